// Reports that are sent by mail on a schedule: kept, changed, and which are due.
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { readConfig } from '../base/secret-schema.ts';
import { cronOf, nextRun } from '../jobs/schedule.ts';
import type { Store } from '../store/store.ts';
import { type ReportPlan, reportPlan } from './report-fields.ts';
import { lastTurn } from './sending.ts';

/** A report as it is kept. */
export interface ScheduledReport {
  name: string;
  isEnabled: boolean;
  plan: ReportPlan;
  /** Turns count from here. ISO. */
  since: string;
}

/** Where they are kept. */
export interface ReportStore {
  store: Store;
  clock: Clock;
}

/** All of them, by name. */
export function listReports({ database }: Store): ScheduledReport[] {
  return database.prepare('SELECT * FROM report ORDER BY name').all().map(reportOf);
}

/** Names of the reports that go through this channel: without it they cannot be sent. */
export function reportsThrough(store: Store, channel: string): string[] {
  return listReports(store).flatMap(({ name, plan }) => (plan.channel === channel ? [name] : []));
}

/** One of them. @throws Failure `reports.no-such-report`. */
export function findReport({ database }: Store, name: string): ScheduledReport {
  const row = database.prepare('SELECT * FROM report WHERE name = ?').get(name);
  if (row !== undefined) return reportOf(row);
  throw new Failure('reports.no-such-report', {
    message: `there is no report called '${name}'`,
    hint: 'orbit report list shows them.',
  });
}

/** Keeps a new one. @throws Failure `config.invalid`, `jobs.bad-schedule`, `reports.name-taken`. */
export function addReport({ store, clock }: ReportStore, name: string, values: unknown): ScheduledReport {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(name)) {
    throw new Failure('config.invalid', {
      message: `'${name}' cannot be the name of a report`,
      hint: 'Use letters, digits, spaces, dots, dashes; at most 64, the first a letter or digit.',
    });
  }
  const plan = readPlan(values);
  const { changes } = store.database
    .prepare('INSERT INTO report VALUES (?, 1, ?, ?) ON CONFLICT DO NOTHING')
    .run(name, JSON.stringify(plan), clock.now().toISOString());
  if (changes > 0) return findReport(store, name);
  throw new Failure('reports.name-taken', {
    message: `there is a report called '${name}' already`,
    hint: 'Give the new one another name, or change the old one.',
  });
}

/** Changes what is named of one; the rest stays. @throws Failure `reports.no-such-report`, `config.invalid`, `jobs.bad-schedule`. */
export function changeReport(
  { store, clock }: ReportStore,
  name: string,
  change: { isEnabled?: boolean | undefined; plan?: Partial<Record<keyof ReportPlan, unknown>> | undefined },
): ScheduledReport {
  const before = findReport(store, name);
  const plan = readPlan({ ...before.plan, ...change.plan });
  const isEnabled = change.isEnabled ?? before.isEnabled;
  // What was missed under another schedule, or while it was off on purpose, is not caught up.
  const isSame = plan.schedule === before.plan.schedule && plan.timeZone === before.plan.timeZone;
  const since = isSame && isEnabled === before.isEnabled ? before.since : clock.now().toISOString();
  store.database
    .prepare('UPDATE report SET is_enabled = ?, plan = ?, since = ? WHERE name = ?')
    .run(isEnabled ? 1 : 0, JSON.stringify(plan), since, name);
  return findReport(store, name);
}

/** Takes one away with what is kept of its sendings. @throws Failure `reports.no-such-report`. */
export function removeReport(store: Store, name: string): void {
  store.database.prepare('DELETE FROM report WHERE name = ?').run(findReport(store, name).name);
}

/** A report whose turn has come. `dueAt` is the last turn that has passed: of several that were missed, one is sent. */
export interface DueReport {
  report: ScheduledReport;
  dueAt: Date;
}

// A mail server that is down is asked again; a turn is given up when the next one comes.
const againAfterMs = 15 * 60_000;

/** Those whose turn has come and was not delivered yet. */
export function dueReports({ store, clock }: ReportStore): DueReport[] {
  const now = clock.now();
  return listReports(store).flatMap((report): DueReport[] => {
    if (!report.isEnabled) return [];
    const { schedule, timeZone } = report.plan;
    const last = lastTurn(store, report.name);
    const counted = new Date(last === undefined || last.dueAt < report.since ? report.since : last.dueAt);
    const passed = lastPassed(schedule, counted, now, timeZone);
    if (passed !== undefined) return [{ report, dueAt: passed }];
    if (last?.failure === undefined || !isWorthTrying(last.failure.code) || last.dueAt < report.since) return [];
    return now.getTime() - Date.parse(last.at) >= againAfterMs ? [{ report, dueAt: new Date(last.dueAt) }] : [];
  });
}

function isWorthTrying(code: string): boolean {
  return code !== 'notify.refused' && code.startsWith('notify.');
}

const turnsMax = 100_000;

// Turns are few: this walks over those that were missed.
function lastPassed(schedule: string, after: Date, now: Date, timeZone: string | undefined): Date | undefined {
  let found: Date | undefined;
  for (let turns = 0; turns < turnsMax; turns += 1) {
    const next = nextRun(schedule, found ?? after, timeZone);
    if (next > now) return found;
    found = next;
  }
  return found;
}

function readPlan(values: unknown): ReportPlan {
  const plan = readConfig(reportPlan, values);
  return { ...plan, schedule: cronOf(plan.schedule, plan.timeZone) };
}

function reportOf(row: Record<string, unknown>): ScheduledReport {
  return {
    name: String(row['name']),
    isEnabled: row['is_enabled'] === 1,
    plan: reportPlan.parse(JSON.parse(String(row['plan']))),
    since: String(row['since']),
  };
}
