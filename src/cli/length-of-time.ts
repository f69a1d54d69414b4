// How long something lasts, as people type it: 30m, 2h, 1d.
import { usageFailure } from './usage.ts';

const unitMs: Record<string, number> = { m: 60_000, h: 60 * 60_000, d: 24 * 60 * 60_000 };

/** Milliseconds of `30m`, `2h` or `1d`. @throws Failure `cli.usage`. */
export function lengthOfTimeMs(text: string): number {
  const match = /^(\d{1,4})([mhd])$/.exec(text);
  if (match !== null) return Number(match[1]) * (unitMs[match[2] ?? ''] ?? 0);
  throw usageFailure(`'${text}' is not a length of time`, 'Say 30m, 2h or 1d.');
}
