// When a job runs: cron expressions, in a time zone, with the runs that were missed.
import { Cron } from 'croner';
import { Failure } from '../base/failure.ts';
import { cronOfWords } from './plain-schedule.ts';

/** The cron expression of words such as `every day at 05:00` or `a cada 4 horas`, or of an expression. @throws Failure `jobs.bad-schedule`, `jobs.bad-time-zone`. */
export function cronOf(schedule: string, timeZone?: string): string {
  const expression = cronOfWords(schedule) ?? schedule.trim();
  checkSchedule(expression, timeZone);
  return expression;
}

/** Fails with `jobs.bad-schedule` unless `schedule` is a cron expression of five or six fields that has a next run, with `jobs.bad-time-zone` unless the zone is known. */
export function checkSchedule(schedule: string, timeZone?: string): void {
  checkTimeZone(timeZone);
  let next: Date | null;
  try {
    next = cron(schedule, timeZone).nextRun();
  } catch (error) {
    throw badSchedule(schedule, error);
  }
  if (next === null) throw badSchedule(schedule);
}

/** The first run after `after`. */
export function nextRun(schedule: string, after: Date, timeZone?: string): Date {
  const next = cron(schedule, timeZone).nextRun(after);
  if (next === null) throw badSchedule(schedule);
  return next;
}

/** The next `count` runs after `after`. @throws Failure `jobs.bad-schedule`, `jobs.bad-time-zone`. */
export function nextRuns(schedule: string, after: Date, count: number, timeZone?: string): Date[] {
  checkSchedule(schedule, timeZone);
  return cron(schedule, timeZone).nextRuns(count, after);
}

/** True when a run was due since the last one started (or since `since`, when there was none) and did not happen. */
export function isDue(schedule: string, lastStart: Date, now: Date, timeZone?: string): boolean {
  return nextRun(schedule, lastStart, timeZone) <= now;
}

/** The schedule of a run every day at that hour, 0 to 23; 24 is midnight, as the documented `backup time` allows. */
export function dailyAt(hour: number): string {
  return `0 ${hour % 24} * * *`;
}

function cron(schedule: string, timeZone: string | undefined): Cron {
  return new Cron(schedule, { paused: true, ...(timeZone === undefined ? {} : { timezone: timeZone }) });
}

function checkTimeZone(timeZone: string | undefined): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new Failure('jobs.bad-time-zone', {
      message: `'${timeZone}' is not a time zone`,
      hint: "Name one as the system does: 'America/Sao_Paulo', 'Europe/Lisbon', 'UTC'. Left out, it is the machine's own.",
      cause,
    });
  }
}

function badSchedule(schedule: string, cause?: unknown): Failure {
  return new Failure('jobs.bad-schedule', {
    message: `'${schedule}' is not a schedule`,
    hint: "Say 'every day at 05:00', 'every 4 hours' or 'weekdays at 22:30', or give five fields (minute, hour, day, month, weekday): '0 5 * * *'.",
    cause,
  });
}
