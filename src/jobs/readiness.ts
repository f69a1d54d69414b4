// Could we recover right now? Per kind and destination: the newest good copy, its age against the schedule, and what stands in the way.
import { lastPassed } from '../breakglass/drills/drill-store.ts';
import { findCurrentKey } from '../breakglass/recovery-key-store.ts';
import type { Clock } from '../base/clock.ts';
import { type Destination, listDestinations } from '../destinations/destination.ts';
import type { DestinationState } from '../destinations/health.ts';
import type { Store } from '../store/store.ts';
import { type BackupKind, type Job, listJobs } from './job.ts';
import type { KeptFailure, RunOutcome } from './run.ts';
import { nextRun } from './schedule.ts';
import { nextStart } from './timing.ts';
import { findVerification } from './verification.ts';

/** `good`: young enough; `late`: older than the schedule promises; `never`: there is none. */
export type CopyState = 'good' | 'late' | 'never';

/** The copy of one job at one destination. Times are ISO, durations milliseconds. */
export interface CopyHealth {
  job: string;
  kind: BackupKind;
  destination: string;
  destinationState: DestinationState;
  /** True when the copy lies on the machine that it protects. */
  onThisMachine: boolean;
  state: CopyState;
  goodAt?: string;
  ageMs?: number;
  /** The age that a healthy copy never has. */
  objectiveMs: number;
  /** Run and result of the newest good copy. */
  run?: number;
  items?: number;
  bytes?: number;
  lastOutcome?: RunOutcome;
  lastFailure?: KeptFailure;
  /** When a drill by itself last passed on this copy. */
  drilledAt?: string;
  /** Everything in its repository was read back from the destination since then. */
  readBackSince?: string;
}

/** A job with its copies. */
export interface JobReadiness {
  job: string;
  kind: BackupKind;
  enabled: boolean;
  next?: string;
  copies: CopyHealth[];
}

/** `yes`; `yes-here`: while this machine lives; `partly`: something is missing or old; `no`. */
export type Verdict = 'yes' | 'yes-here' | 'partly' | 'no';

/** The answer, with its reasons. */
export interface Readiness {
  verdict: Verdict;
  /** The oldest of the newest good copies: everything could be brought back to at least this moment. */
  recoverableTo?: string;
  hasRecoveryKey: boolean;
  jobs: JobReadiness[];
}

/** Judges every job from the history and the state of the destinations. */
export function readReadiness(store: Store, clock: Clock): Readiness {
  const places = new Map(listDestinations(store).map((place) => [place.name, place]));
  const now = clock.now();
  const jobs = listJobs(store).map((job): JobReadiness => {
    const copies = job.enabled
      ? job.destinations.map((name) => copyHealth(store, job, name, places.get(name), now))
      : [];
    const next = job.enabled ? { next: nextStart(job, now).toISOString() } : {};
    return { job: job.name, kind: job.kind, enabled: job.enabled, ...next, copies };
  });
  const hasRecoveryKey = findCurrentKey(store) !== undefined;
  return { ...judge(jobs, hasRecoveryKey), hasRecoveryKey, jobs };
}

/** The verdict over all copies. Pure. A copy at a place that is lost now does not count: nobody could fetch it. */
export function judge(jobs: JobReadiness[], hasRecoveryKey: boolean): Pick<Readiness, 'verdict' | 'recoverableTo'> {
  const wanted = jobs.filter((job) => job.enabled);
  const best = wanted.map((job) => newest(job.copies.filter(isReachable)));
  const usable = best.filter((copy) => copy !== undefined);
  if (!hasRecoveryKey || usable.length === 0) return { verdict: 'no' };
  const recoverableTo = usable.map(({ goodAt = '' }) => goodAt).sort()[0];
  const moment = recoverableTo === undefined ? {} : { recoverableTo };
  if (usable.length < wanted.length || usable.some(({ state }) => state === 'late'))
    return { verdict: 'partly', ...moment };
  const isElsewhere = wanted.every((job) =>
    job.copies.some((copy) => !copy.onThisMachine && copy.state === 'good' && isReachable(copy)),
  );
  return { verdict: isElsewhere ? 'yes' : 'yes-here', ...moment };
}

function isReachable(copy: CopyHealth): boolean {
  return copy.destinationState !== 'lost' && copy.goodAt !== undefined;
}

function newest(copies: CopyHealth[]): CopyHealth | undefined {
  return copies.toSorted((a, b) => ((a.goodAt ?? '') < (b.goodAt ?? '') ? 1 : -1))[0];
}

function copyHealth(store: Store, job: Job, name: string, place: Destination | undefined, now: Date): CopyHealth {
  const { database } = store;
  const good = database
    .prepare(
      `SELECT result.*, run.id AS run_id FROM run_result AS result JOIN run ON run.id = result.run
       WHERE run.job = ? AND result.destination = ? AND result.outcome IN ('succeeded', 'partial')
       ORDER BY run.id DESC LIMIT 1`,
    )
    .get(job.name, name);
  const last = database
    .prepare(
      `SELECT result.outcome, result.failure FROM run_result AS result JOIN run ON run.id = result.run
       WHERE run.job = ? AND result.destination = ? ORDER BY run.id DESC LIMIT 1`,
    )
    .get(job.name, name);
  const drill = lastPassed(store, { way: 'automatic', kind: job.kind, destination: name });
  const readBackSince = findVerification(store, job.kind, name)?.since;
  const summary =
    typeof good?.['summary'] === 'string'
      ? (JSON.parse(good['summary']) as { items: number; bytes: number; asOf?: string })
      : undefined;
  const goodAt = good === undefined ? undefined : (summary?.asOf ?? String(good['ended_at']));
  const ageMs = goodAt === undefined ? undefined : Math.max(0, now.getTime() - Date.parse(goodAt));
  const objectiveMs = objectiveOf(job, now);
  const failure = typeof last?.['failure'] === 'string' ? (JSON.parse(last['failure']) as KeptFailure) : undefined;
  return {
    job: job.name,
    kind: job.kind,
    destination: name,
    destinationState: place?.state ?? 'lost',
    onThisMachine: place?.kind === 'folder' && place.pins.mount === undefined,
    state: ageMs === undefined ? 'never' : ageMs > objectiveMs ? 'late' : 'good',
    ...(goodAt === undefined ? {} : { goodAt }),
    ...(ageMs === undefined ? {} : { ageMs }),
    objectiveMs,
    ...(good === undefined ? {} : { run: Number(good['run_id']) }),
    ...(summary === undefined ? {} : { items: summary.items, bytes: summary.bytes }),
    ...(last === undefined ? {} : { lastOutcome: String(last['outcome']) as RunOutcome }),
    ...(failure === undefined ? {} : { lastFailure: failure }),
    ...(drill === undefined ? {} : { drilledAt: new Date(drill.startedAt).toISOString() }),
    ...(readBackSince === undefined ? {} : { readBackSince }),
  };
}

const graceMs = 60 * 60_000;
const dayMs = 24 * 60 * 60_000;

// The longest pause between two runs of the coming weeks, a quarter more for how long they take, and an hour.
function objectiveOf(job: Job, now: Date): number {
  let at = nextRun(job.schedule, now, job.timeZone);
  let longestMs = 0;
  for (let step = 0; step < 10; step += 1) {
    const next = nextRun(job.schedule, at, job.timeZone);
    longestMs = Math.max(longestMs, next.getTime() - at.getTime());
    at = next;
  }
  // Hours that are kept free and jitter make a pause longer, by as much as they are.
  const movedMs = (job.timing?.jitterMinutes ?? 0) * 60_000 + (job.timing?.notBetween?.length ? dayMs : 0);
  return Math.round(longestMs * 1.25) + graceMs + movedMs;
}
