// Runs and their results: what history shows, and the rule that a job never runs twice at once.
import type { KeptNote } from '../base/note.ts';
import { readFileSync } from 'node:fs';
import { Failure, isFailure } from '../base/failure.ts';
import type { Clock } from '../base/clock.ts';
import type { Store } from '../store/store.ts';
import type { BackupKind, Job } from './job.ts';

/** How a run ended. `partial`: a backup was made and something is missing from it. */
export type RunOutcome = 'succeeded' | 'partial' | 'failed' | 'cancelled' | 'skipped';

/** Who or what asked for a run. `catch-up`: one destination gets what it missed. */
export const runTriggers = ['person', 'schedule', 'change', 'first-start', 'catch-up'] as const;

/** One of `runTriggers`. */
export type RunTrigger = (typeof runTriggers)[number];

/** What a run did at one destination. Sizes in bytes, times in milliseconds. */
export interface RunSummary {
  /** Items seen in the source: files, or secrets. */
  items: number;
  /** Of them: new or changed since the last backup at this destination. */
  newItems: number;
  /** Bytes of all items. */
  bytes: number;
  /** Bytes that were new before compression. */
  newBytes: number;
  /** Bytes and objects really sent. */
  sentBytes: number;
  sentObjects: number;
  /** Time spent sending and confirming. */
  transferMs: number;
  /** Objects and bytes read back from the destination and found equal. */
  verifiedObjects: number;
  verifiedBytes: number;
  /** Name of what was made: a snapshot id, or the kit's folder; absent when nothing had changed. */
  made?: string;
  /** The moment it shows, where that is not the run's own: a catch-up brings what an earlier run made. ISO. */
  asOf?: string;
  /** What could not be taken, for people; at most 20 lines. */
  omissions: string[];
  omitted: number;
  /** What people should know and need not mend, such as recordings that wait for the next run. */
  notes: KeptNote[];
}

/** A failure as it is kept. */
export interface KeptFailure {
  code: string;
  message: string;
  hint?: string;
}

/** A run's result at one destination. */
export interface RunResult {
  destination: string;
  startedAt: string;
  endedAt: string;
  outcome: RunOutcome;
  summary?: RunSummary;
  failure?: KeptFailure;
}

/** A run as history shows it. `outcome` is absent while it runs. */
export interface Run {
  id: number;
  job: string;
  kind: BackupKind;
  startedBy: RunTrigger;
  startedAt: string;
  endedAt?: string;
  outcome?: RunOutcome;
  failure?: KeptFailure;
  /** The one destination that a catch-up serves. */
  destination?: string;
  /** Why a sudden drop in the number of secrets was accepted. */
  dropAccepted?: string;
  results: RunResult[];
}

/** What else there is to keep of a run that starts. */
export interface RunStart {
  /** Only this destination is served, from what others have: such a run goes on beside the job's own. */
  catchesUp?: string;
  dropAccepted?: string;
}

/**
 * Notes the start of a run. Runs of this job whose process is gone are marked failed first.
 * @throws Failure `jobs.already-running` when the job runs now, in this process or another.
 */
export function startRun(
  store: Store,
  job: Job,
  startedBy: RunTrigger,
  clock: Clock,
  { catchesUp, dropAccepted }: RunStart = {},
): number {
  markInterruptedRuns(store, clock);
  return store.transaction(() => {
    const running = store.database
      .prepare('SELECT * FROM run WHERE job = ? AND outcome IS NULL AND destination IS ?')
      .get(job.name, catchesUp ?? null);
    if (running !== undefined) {
      throw new Failure('jobs.already-running', {
        message: `the job '${job.name}' is running since ${String(running['started_at'])}`,
        hint: 'Wait until it ends; orbit backup list shows it. Its result covers what you asked for.',
        facts: { run: Number(running['id']) },
      });
    }
    const inserted = store.database
      .prepare(
        'INSERT INTO run (job, kind, started_by, started_at, process, destination, drop_accepted) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        job.name,
        job.kind,
        startedBy,
        clock.now().toISOString(),
        thisProcess(),
        catchesUp ?? null,
        dropAccepted ?? null,
      );
    return Number(inserted.lastInsertRowid);
  });
}

/** Keeps what a run did at one destination. */
export function addResult(store: Store, run: number, result: RunResult): void {
  store.database
    .prepare('INSERT INTO run_result VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(
      run,
      result.destination,
      result.startedAt,
      result.endedAt,
      result.outcome,
      result.summary === undefined ? null : JSON.stringify(result.summary),
      result.failure === undefined ? null : JSON.stringify(result.failure),
    );
}

/** Notes how a run ended. */
export function endRun(store: Store, run: number, outcome: RunOutcome, clock: Clock, failure?: KeptFailure): void {
  store.database
    .prepare('UPDATE run SET ended_at = ?, outcome = ?, failure = ? WHERE id = ?')
    .run(clock.now().toISOString(), outcome, failure === undefined ? null : JSON.stringify(failure), run);
}

/** Which runs. `before` and `from` are two ways through pages: by number, or so many from the newest. */
export interface RunFilter {
  /** Without catch-ups of single destinations. */
  ownOnly?: boolean;
  job?: string | undefined;
  kind?: BackupKind | undefined;
  outcome?: RunOutcome | undefined;
  startedBy?: RunTrigger | undefined;
  /** With a result at this destination. */
  destination?: string | undefined;
  /** Started at or after, before. ISO 8601. */
  since?: string | undefined;
  until?: string | undefined;
  before?: number | undefined;
  from?: number | undefined;
  /** Default 50. */
  limit?: number | undefined;
}

/** The newest runs first. */
export function listRuns(store: Store, filter: RunFilter = {}): Run[] {
  const { where, values } = conditionsOf(filter);
  const rows = store.database
    .prepare(`SELECT * FROM run ${where} ORDER BY id DESC LIMIT ? OFFSET ?`)
    .all(...values, filter.limit ?? 50, filter.from ?? 0);
  return rows.map((row) => runOfRow(store, row));
}

/** How many runs fit. */
export function countRuns(store: Store, filter: RunFilter = {}): number {
  const { where, values } = conditionsOf(filter);
  return Number(store.database.prepare(`SELECT count(*) AS count FROM run ${where}`).get(...values)?.['count']);
}

function conditionsOf(filter: RunFilter): { where: string; values: (string | number)[] } {
  const conditions: [string, string | number | undefined][] = [
    ['job = ?', filter.job],
    ['kind = ?', filter.kind],
    ['outcome = ?', filter.outcome],
    ['started_by = ?', filter.startedBy],
    ['id IN (SELECT run FROM run_result WHERE destination = ?)', filter.destination],
    ['started_at >= ?', filter.since],
    ['started_at < ?', filter.until],
    ['id < ?', filter.before],
  ];
  const given = conditions.flatMap(([text, value]) => (value === undefined ? [] : [[text, value] as const]));
  const texts = [...given.map(([text]) => text), ...(filter.ownOnly === true ? ['destination IS NULL'] : [])];
  const where = texts.length === 0 ? '' : `WHERE ${texts.join(' AND ')}`;
  return { where, values: given.map(([, value]) => value) };
}

/** One run. @throws Failure `jobs.no-such-run`. */
export function findRun(store: Store, id: number): Run {
  const row = store.database.prepare('SELECT * FROM run WHERE id = ?').get(id);
  if (row !== undefined) return runOfRow(store, row);
  throw new Failure('jobs.no-such-run', {
    message: `there is no run ${id}`,
    hint: 'orbit backup list shows the newest ones.',
  });
}

function runOfRow(store: Store, row: Record<string, unknown>): Run {
  const results = store.database.prepare('SELECT * FROM run_result WHERE run = ? ORDER BY rowid');
  return {
    id: Number(row['id']),
    job: String(row['job']),
    kind: String(row['kind']) as BackupKind,
    startedBy: String(row['started_by']) as RunTrigger,
    startedAt: String(row['started_at']),
    ...(row['ended_at'] === null ? {} : { endedAt: String(row['ended_at']) }),
    ...(row['outcome'] === null ? {} : { outcome: String(row['outcome']) as RunOutcome }),
    ...(row['failure'] === null ? {} : { failure: JSON.parse(String(row['failure'])) as KeptFailure }),
    ...(row['destination'] === null ? {} : { destination: String(row['destination']) }),
    ...(row['drop_accepted'] === null ? {} : { dropAccepted: String(row['drop_accepted']) }),
    results: results.all(Number(row['id'])).map(resultOfRow),
  };
}

/** Marks runs whose process is gone as failed with `jobs.interrupted`, and gives their ids. */
export function markInterruptedRuns(store: Store, clock: Clock): number[] {
  return store.transaction(() => {
    const open = store.database.prepare('SELECT id, process FROM run WHERE outcome IS NULL').all();
    const lost = open.filter((row) => !isAlive(String(row['process']))).map((row) => Number(row['id']));
    const failure: KeptFailure = {
      code: 'jobs.interrupted',
      message: 'the process that ran this backup ended before it was done',
      hint: 'Run it again: what was already stored is used. Look for a crash, a full disk or a power cut at that time.',
    };
    for (const id of lost) endRun(store, id, 'failed', clock, failure);
    return lost;
  });
}

/** The part of an error that is kept and shown. Bugs are named as such, without their text's secrets. */
export function keptFailure(error: unknown): KeptFailure {
  if (!isFailure(error)) {
    const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { code: 'jobs.unexpected', message: name };
  }
  return { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
}

function resultOfRow(row: Record<string, unknown>): RunResult {
  return {
    destination: String(row['destination']),
    startedAt: String(row['started_at']),
    endedAt: String(row['ended_at']),
    outcome: String(row['outcome']) as RunOutcome,
    ...(row['summary'] === null ? {} : { summary: JSON.parse(String(row['summary'])) as RunSummary }),
    ...(row['failure'] === null ? {} : { failure: JSON.parse(String(row['failure'])) as KeptFailure }),
  };
}

// A pid alone is reused after a reboot, and within one boot after a while: the start time of the process tells them apart.
function thisProcess(): string {
  return `${bootId()} ${process.pid} ${startTime(process.pid) ?? '?'}`;
}

function isAlive(processName: string): boolean {
  const [boot, pid, started] = processName.split(' ');
  return boot === bootId() && startTime(Number(pid)) === started;
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

// proc(5): field 22 of /proc/PID/stat, counted after the command name, which may hold blanks and brackets.
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
