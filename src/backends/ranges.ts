// Which bytes a range means, decided in one place for every kind.
import assert from 'node:assert';
import type { ByteRange } from './backend.ts';
import { shortObject, tooLarge } from './failures.ts';

/** What one load gives at most where its caller knows no better: no object of ours comes near it. Bytes. */
export const loadBytesMax = 4 * 2 ** 30;

/**
 * The first byte and the byte after the last of `range` in an object of `size` bytes, of which no more than `maxBytes` are wanted.
 * @throws Failure `backend.short-object`, `backend.too-large`.
 */
export function resolveRange(
  location: string,
  key: string,
  size: number,
  range: ByteRange = { offset: 0 },
  maxBytes = loadBytesMax,
): { start: number; end: number } {
  checkRange(range);
  const end = range.length === undefined ? Math.max(size, range.offset) : range.offset + range.length;
  if (end > size) throw shortObject(location, key, end, size);
  checkLoadSize(location, key, end - range.offset, maxBytes);
  return { start: range.offset, end };
}

/** @throws Failure `backend.too-large` for more bytes than are wanted. */
export function checkLoadSize(location: string, key: string, bytes: number, maxBytes = loadBytesMax): void {
  if (bytes > maxBytes) throw tooLarge(location, key, bytes, maxBytes);
}

/** Trips on a range that no object can have: that is the caller's bug. */
export function checkRange(range: ByteRange): void {
  assert.ok(Number.isSafeInteger(range.offset) && range.offset >= 0, 'a range starts at a whole, positive byte');
  assert.ok(range.length === undefined || (Number.isSafeInteger(range.length) && range.length >= 0), 'a range length');
}
