// Times in a tree: nanoseconds and the zone they were written in, as Go's time.Time prints them.

/** A moment with the zone it is written in. */
export interface NodeTime {
  /** Nanoseconds since 1970-01-01T00:00:00Z; negative before. */
  ns: bigint;
  /** Minutes east of Greenwich. Only how the moment is written; two times are equal when `ns` is. */
  offsetMinutes: number;
}

const nsPerMs = 1_000_000n;
const nsPerSecond = 1_000_000_000n;
const msPerMinute = 60_000;
// 400 Gregorian years are a whole number of weeks; this keeps Date.UTC away from its two-digit years.
const ms400Years = 146_097 * 86_400_000;
const maxDateMs = 8_640_000_000_000_000;

/**
 * A moment in this machine's zone, as restic writes it: years outside 0…9999 are moved to the nearest of them
 * (restic internal/data, FixTime), because RFC 3339 has no others.
 * Where a zone's offset has seconds (local mean time, before about 1914) the moment stays exact: Go drops the seconds.
 */
export function localTime(ns: bigint): NodeTime {
  const ms = Number(floorDivide(ns, nsPerMs));
  if (!(Math.abs(ms) < maxDateMs - 86_400_000)) return ms < 0 ? earliest : latest;
  const offsetMinutes = offsetAt(ms);
  const local = new Date(ms + offsetMinutes * msPerMinute);
  const year = local.getUTCFullYear();
  if (year >= 0 && year <= 9999) return { ns, offsetMinutes };
  local.setUTCFullYear(year < 0 ? 0 : 9999);
  return { ns: BigInt(local.getTime()) * nsPerMs + (ns - floorDivide(ns, nsPerMs) * nsPerMs), offsetMinutes: 0 };
}

const earliest: NodeTime = { ns: BigInt(-ms400Years + Date.UTC(400, 0, 1)) * nsPerMs, offsetMinutes: 0 };
const latest: NodeTime = { ns: BigInt(Date.UTC(9999, 11, 31, 23, 59, 59)) * nsPerMs, offsetMinutes: 0 };

function offsetAt(ms: number): number {
  return -Math.trunc(new Date(ms).getTimezoneOffset()) || 0;
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}

const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');

// Entries of a folder were often made within the same second.
let formattedSecond: bigint | undefined;
let formattedOffset = 0;
let formattedText = '';

/** RFC 3339 as Go's RFC3339Nano prints it: no trailing zeros in the fraction, `Z` for an offset of nothing. */
export function formatNodeTime(time: NodeTime): string {
  const seconds = floorDivide(time.ns, nsPerSecond);
  const nanoseconds = Number(time.ns - seconds * nsPerSecond);
  if (seconds !== formattedSecond || time.offsetMinutes !== formattedOffset) {
    formattedText = formatSecond(Number(seconds), time.offsetMinutes);
    formattedSecond = seconds;
    formattedOffset = time.offsetMinutes;
  }
  return `${formattedText}${formatFraction(nanoseconds)}${formatOffset(time.offsetMinutes)}`;
}

function formatSecond(seconds: number, offsetMinutes: number): string {
  const local = new Date(seconds * 1000 + offsetMinutes * msPerMinute);
  const day = `${pad(local.getUTCFullYear(), 4)}-${pad(local.getUTCMonth() + 1)}-${pad(local.getUTCDate())}`;
  const clock = `${pad(local.getUTCHours())}:${pad(local.getUTCMinutes())}:${pad(local.getUTCSeconds())}`;
  return `${day}T${clock}`;
}

function formatFraction(nanoseconds: number): string {
  if (nanoseconds === 0) return '';
  let digits = 9;
  let rest = nanoseconds;
  for (; rest % 10 === 0; rest /= 10) digits -= 1;
  return `.${pad(rest, digits)}`;
}

function formatOffset(minutes: number): string {
  if (minutes === 0) return 'Z';
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

// What differs from one entry of a folder to the next is mostly below the second.
let lastSecond = '';
let lastSecondMs: number | undefined;

/** Reads RFC 3339; digits beyond nanoseconds are dropped. Gives undefined for anything else. */
export function parseNodeTime(text: string): NodeTime | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [, , , , , , , fraction = '', sign, hours = '0', minutes = '0'] = match;
  const second = text.slice(0, 19);
  if (second !== lastSecond) {
    lastSecondMs = secondMs(match);
    lastSecond = second;
  }
  const [zoneHours, zoneMinutes] = [Number(hours), Number(minutes)];
  if (lastSecondMs === undefined || zoneHours > 23 || zoneMinutes > 59) return undefined;
  const offsetMinutes = (sign === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes) || 0;
  const nanoseconds = BigInt(Number(fraction.slice(0, 9).padEnd(9, '0')));
  return { ns: BigInt(lastSecondMs - offsetMinutes * msPerMinute) * nsPerMs + nanoseconds, offsetMinutes };
}

function secondMs(match: RegExpExecArray): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const ms = Date.UTC(year + 400, month - 1, day, hour, minute, second) - ms400Years;
  const isReal = new Date(ms).getUTCDate() === day && month >= 1 && month <= 12 && hour < 24 && minute < 60;
  return isReal && second <= 59 ? ms : undefined;
}
