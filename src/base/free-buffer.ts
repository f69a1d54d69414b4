// Memory outside the heap, freed before the collector comes by.

/** Frees the memory of these bytes at once: the collector knows nothing of how large it is. Nobody may use the bytes afterwards. */
export function freeBuffer({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
