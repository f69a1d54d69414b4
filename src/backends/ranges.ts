// Which bytes a range means, decided in one place for every kind.
import assert from 'node:assert';
import type { ByteRange } from './backend.ts';
import { shortObject } from './failures.ts';

/** The first byte and the byte after the last of `range` in an object of `size` bytes. @throws Failure `backend.short-object`. */
export function resolveRange(
  location: string,
  key: string,
  size: number,
  range: ByteRange = { offset: 0 },
): { start: number; end: number } {
  checkRange(range);
  const end = range.length === undefined ? Math.max(size, range.offset) : range.offset + range.length;
  if (end > size) throw shortObject(location, key, end, size);
  return { start: range.offset, end };
}

/** Trips on a range that no object can have: that is the caller's bug. */
export function checkRange(range: ByteRange): void {
  assert.ok(Number.isSafeInteger(range.offset) && range.offset >= 0, 'a range starts at a whole, positive byte');
  assert.ok(range.length === undefined || (Number.isSafeInteger(range.length) && range.length >= 0), 'a range length');
}
