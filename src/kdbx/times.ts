// Times in KDBX: seconds since 0001-01-01T00:00:00Z as base64 of 8 bytes (KDBX 4), or ISO 8601 (KDBX 3.1 and XML).
import { decodeBase64, toBase64 } from './base64.ts';
import { viewOf } from './bytes.ts';

const secondsBefore1970 = 62_135_596_800;
const lastSecond = secondsBefore1970 + Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

// Used within one call only: a time is eight bytes, and twelve characters of base64 decode to up to nine.
const scratch = new Uint8Array(9);
const eight = scratch.subarray(0, 8);
const scratchView = viewOf(scratch);

/** A time as KDBX 4 writes it; parts of a second are dropped, years outside 1 to 9999 become the nearest. */
export function encodeTime(time: Date): string {
  return toBase64(timeBytes(time));
}

/** The bytes of `encodeTime`, which are good until the next call. */
export function timeBytes(time: Date): Uint8Array {
  const seconds = Math.floor(time.getTime() / 1000) + secondsBefore1970;
  const whole = Math.min(Math.max(seconds, 0), lastSecond);
  scratchView.setUint32(0, whole % 2 ** 32, true);
  scratchView.setUint32(4, Math.floor(whole / 2 ** 32), true);
  return eight;
}

/** A time as any version writes it, or undefined when it is none. */
export function decodeTime(text: string): Date | undefined {
  const trimmed = text.trim();
  if (trimmed.includes('-')) {
    const time = new Date(trimmed);
    return Number.isNaN(time.getTime()) ? undefined : time;
  }
  if (trimmed.length > 12 || decodeBase64(trimmed, scratch) !== 8) return undefined;
  return scratchTime();
}

/** The time in the bytes of `timeBytes`, or undefined when there is none. */
export function decodeTimeBytes(bytes: Uint8Array): Date | undefined {
  if (bytes.length !== 8) return undefined;
  scratch.set(bytes);
  return scratchTime();
}

function scratchTime(): Date | undefined {
  const seconds = scratchView.getUint32(0, true) + scratchView.getInt32(4, true) * 2 ** 32;
  if (seconds < 0 || seconds > lastSecond) return undefined;
  return new Date((seconds - secondsBefore1970) * 1000);
}
