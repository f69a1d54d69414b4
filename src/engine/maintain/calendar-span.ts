// Spans of years, months, days and hours, as retention rules name them, and the calendar of a snapshot's own time zone.
import { Failure } from '../../base/failure.ts';
import type { NodeTime } from '../format/node-time.ts';

/** Calendar years and months, then whole days and hours. Never negative. */
export interface CalendarSpan {
  years: number;
  months: number;
  days: number;
  hours: number;
}

const units = { y: 'years', m: 'months', d: 'days', h: 'hours' } as const;

/** Reads `1y5m7d2h`, in any order, each unit at most once (restic internal/data/duration.go). @throws Failure `retention.bad-span` */
export function parseSpan(text: string): CalendarSpan {
  const span: CalendarSpan = { years: 0, months: 0, days: 0, hours: 0 };
  const seen = new Set<string>();
  const rest = text.trim().replace(/(\d{1,6})([ymdh])/g, (_, digits: string, unit: keyof typeof units) => {
    span[units[unit]] = Number(digits);
    const isRepeated = seen.has(unit);
    seen.add(unit);
    return isRepeated ? unit : '';
  });
  if (rest !== '' || seen.size === 0) throw badSpan(text);
  return span;
}

/** Undoes `parseSpan`, in restic's own writing; empty for nothing. */
export function formatSpan({ years, months, days, hours }: CalendarSpan): string {
  const part = (count: number, unit: string): string => (count === 0 ? '' : `${count}${unit}`);
  return part(years, 'y') + part(months, 'm') + part(days, 'd') + part(hours, 'h');
}

/** True for a span that is not there or is nothing: such a rule is switched off. */
export function isNoSpan(span: CalendarSpan | undefined): span is undefined {
  return span === undefined || formatSpan(span) === '';
}

const msPerMinute = 60_000;
const nsPerMs = 1_000_000n;

/**
 * The moment so long before `time`, in nanoseconds, by the calendar of the zone `time` is written in. A day that its month
 * does not have becomes one of the next month, as in Go's `AddDate`. Summer time is not known here: a snapshot tells its
 * offset, not its place.
 */
export function momentBefore({ ns, offsetMinutes }: NodeTime, span: CalendarSpan): bigint {
  const ms = ns / nsPerMs;
  const local = new Date(Number(ms) + offsetMinutes * msPerMinute);
  local.setUTCFullYear(
    local.getUTCFullYear() - span.years,
    local.getUTCMonth() - span.months,
    local.getUTCDate() - span.days,
  );
  const earlierMs = local.getTime() - offsetMinutes * msPerMinute - span.hours * 3_600_000;
  return BigInt(earlierMs) * nsPerMs + (ns - ms * nsPerMs);
}

/** The periods a moment lies in, each as one number that is equal exactly within the period. */
export interface Periods {
  hour: number;
  day: number;
  /** ISO 8601: weeks start on Monday, the first of a year holds its first Thursday. */
  week: number;
  month: number;
  year: number;
}

/** Year, month, ISO week, day and hour on the clock where the snapshot was made. */
export function periodsOf({ ns, offsetMinutes }: NodeTime): Periods {
  const local = new Date(Number(ns / nsPerMs) + offsetMinutes * msPerMinute);
  const year = local.getUTCFullYear();
  const month = year * 100 + local.getUTCMonth() + 1;
  const day = month * 100 + local.getUTCDate();
  return { hour: day * 100 + local.getUTCHours(), day, week: isoWeek(local), month, year };
}

const msPerDay = 86_400_000;

function isoWeek(date: Date): number {
  const thursday = new Date(date);
  thursday.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  const year = thursday.getUTCFullYear();
  const newYear = new Date(thursday);
  newYear.setUTCMonth(0, 1);
  return year * 100 + Math.floor((thursday.getTime() - newYear.getTime()) / msPerDay / 7) + 1;
}

function badSpan(text: string): Failure {
  return new Failure('retention.bad-span', {
    message: `'${text}' is no span of time`,
    hint: 'Write years, months, days and hours such as 1y5m7d2h, each at most once.',
  });
}
