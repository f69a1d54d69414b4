// Bytes that no compressor shrinks, the same at every run.
import { createCipheriv, createHash } from 'node:crypto';

/** `length` bytes that depend on the seed only. */
export function randomBytesOf(seed: string | number, length: number): Buffer {
  const key = createHash('sha256').update(String(seed)).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
