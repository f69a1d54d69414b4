// What is known of a recorded session, and how what a recording says of itself becomes such facts.

/** What is known of a recorded session. Every fact may be missing. */
export interface RecordingFacts {
  user?: string;
  /** Where the user came from: an address or a host. */
  origin?: string;
  /** The machine that was worked on. */
  target?: string;
  /** The account used there. */
  account?: string;
  protocol?: string;
  sessionId?: string;
  title?: string;
  startedAt?: Date;
  durationMs?: number;
  /** Columns and rows of a terminal, pixels of a picture. */
  width?: number;
  height?: number;
  tags?: string[];
}

/** A terminal of this size is drawn where the recording does not say. */
export const defaultTerminal = { width: 80, height: 24 };

/** A size that a terminal can really have, or undefined. */
export function terminalSize(columns: unknown, rows: unknown): { width: number; height: number } | undefined {
  const width = Number(columns);
  const height = Number(rows);
  const isSane = (count: number): boolean => Number.isInteger(count) && count >= 1 && count <= 1000;
  return isSane(width) && isSane(height) ? { width, height } : undefined;
}

/** A fact that is a text worth keeping: a string, or a number as one; cut at 500 characters. */
export function textFact(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' ? undefined : [...text.slice(0, 1000)].slice(0, 500).join('');
}

/** A moment given in seconds or milliseconds since 1970, or in ISO 8601; undefined when it is none. */
export function timeFact(value: unknown): Date | undefined {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\d{9,13}(\.\d+)?$/.test(value));
  const number = Number(value);
  // JumpServer writes '2024/05/01 10:00:00 +0800', util-linux '2024-05-01 10:00:00+00:00'.
  const text = String(value).replace(
    /^(\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?/,
    '$1-$2-$3T$4',
  );
  const zoned = text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
  const time = isNumber ? new Date(number > 1e11 ? number : number * 1000) : new Date(zoned);
  if (value === null || value === undefined || value === '' || Number.isNaN(time.getTime())) return undefined;
  return isOfOurTime(time) ? time : undefined;
}

function isOfOurTime(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year >= 1980 && year <= 2200;
}

// No session lasts ten years, and no picture is so large.
const most = { durationMs: 10 * 366 * 86_400_000, pixels: 1_000_000 };

/** The facts without those that cannot be: a damaged file must not stop whoever lists it with others. */
export function plausible({ startedAt, durationMs, width, height, ...facts }: RecordingFacts): RecordingFacts {
  const upTo = (max: number, value: number | undefined): number | undefined =>
    value !== undefined && value >= 0 && value <= max ? value : undefined;
  return known({
    ...facts,
    startedAt: startedAt !== undefined && isOfOurTime(startedAt) ? startedAt : undefined,
    durationMs: upTo(most.durationMs, durationMs),
    width: upTo(most.pixels, width),
    height: upTo(most.pixels, height),
  });
}

/** The facts that are known, without those that are undefined. */
export function known(facts: { [Name in keyof RecordingFacts]: RecordingFacts[Name] | undefined }): RecordingFacts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
