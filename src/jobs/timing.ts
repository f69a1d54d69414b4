// When a run that is due really starts: not inside hours that are kept free, and not all machines of a site at the same
// second. A run that is under way when free hours begin goes on to its end.
import { hash } from 'node:crypto';
import { z } from 'zod';
import { nextRun } from './schedule.ts';

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 08:00');

/** How the start of scheduled runs is moved. */
export const jobTiming = z.strictObject({
  /** Runs do not start in these hours, which may go past midnight; what is due then starts when they end. */
  notBetween: z
    .array(
      z.strictObject({ from: clockTime, until: clockTime }).refine(({ from, until }) => from !== until, 'two times'),
    )
    .max(10)
    .optional(),
  /** Up to so many minutes later, always the same for one job and day. */
  jitterMinutes: z.number().int().min(0).max(720).optional(),
});

/** How the start of scheduled runs is moved. */
export type JobTiming = z.output<typeof jobTiming>;

/** What decides when a job starts. */
export interface Timed {
  name: string;
  schedule: string;
  timeZone?: string;
  timing?: JobTiming;
}

/** The first moment after `after` at which the job starts. */
export function nextStart(job: Timed, after: Date): Date {
  // A start that was moved past `after` may belong to a due time before it.
  const longestMs = ((job.timing?.jitterMinutes ?? 0) + (job.timing?.notBetween === undefined ? 0 : 24 * 60)) * 60_000;
  let due = new Date(after.getTime() - longestMs);
  for (let step = 0; step < 10_000; step += 1) {
    due = nextRun(job.schedule, due, job.timeZone);
    const start = startOf(job, due);
    if (start > after) return start;
  }
  return nextRun(job.schedule, after, job.timeZone);
}

/** The next `count` starts after `after`. */
export function nextStarts(job: Timed, after: Date, count: number): Date[] {
  const starts: Date[] = [];
  while (starts.length < count) starts.push(nextStart(job, starts.at(-1) ?? after));
  return starts;
}

/** When the run that is due at `due` starts. */
export function startOf({ name, timing, timeZone }: Timed, due: Date): Date {
  const jitterMs = (timing?.jitterMinutes ?? 0) * 60_000;
  const seed = Number.parseInt(hash('sha256', `${name} ${due.toISOString()}`, 'hex').slice(0, 8), 16);
  let start = new Date(due.getTime() + Math.floor((seed / 0xffff_ffff) * jitterMs));
  // Each window can move it into the next one; after one round nothing is left to move.
  const windows = timing?.notBetween ?? [];
  for (let round = 0; round <= windows.length; round += 1) {
    const inside = windows.map((window) => msLeftIn(window, start, timeZone)).find((ms) => ms > 0);
    if (inside === undefined) return start;
    start = new Date(start.getTime() + inside);
  }
  // The windows leave no hour of the day: the schedule then counts as it stands.
  return due;
}

function msLeftIn({ from, until }: { from: string; until: string }, at: Date, timeZone: string | undefined): number {
  const dayMs = 24 * 60 * 60_000;
  const now = msOfDay(at, timeZone);
  const [begin, end] = [msOfText(from), msOfText(until)];
  const isInside = begin < end ? now >= begin && now < end : now >= begin || now < end;
  return isInside ? (end - now + dayMs) % dayMs : 0;
}

function msOfText(text: string): number {
  const [hours, minutes] = text.split(':');
  return (Number(hours) * 60 + Number(minutes)) * 60_000;
}

// Making a format costs more than using it a thousand times.
const formats = new Map<string, Intl.DateTimeFormat>();

function msOfDay(at: Date, timeZone = ''): number {
  const format = formats.get(timeZone) ?? newFormat(timeZone);
  formats.set(timeZone, format);
  const parts = format.formatToParts(at);
  const part = (type: string): number => Number(parts.find((each) => each.type === type)?.value ?? 0);
  return ((part('hour') * 60 + part('minute')) * 60 + part('second')) * 1000 + at.getMilliseconds();
}

function newFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(timeZone === '' ? {} : { timeZone }),
  });
}
