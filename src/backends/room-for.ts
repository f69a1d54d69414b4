// Where the bytes of an object go: into memory that the caller offers, where they fit.

/** Memory for so many bytes; it is not cleared. Whoever fills it must have stopped when the call settles: an offered room is used again. */
export function roomFor(bytes: number, room: Uint8Array | undefined): Buffer {
  if (room === undefined || bytes > room.length) return Buffer.allocUnsafeSlow(bytes);
  return Buffer.from(room.buffer, room.byteOffset, bytes);
}
