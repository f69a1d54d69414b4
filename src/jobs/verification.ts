// Reads repositories back from their destinations, share by share, so that no byte lies unread for longer than the plan says.
import { join } from 'node:path';
import { z } from 'zod';
import { orbitEvent } from '../base/event.ts';
import { isFailure } from '../base/failure.ts';
import { datesPath, parseShare, RollingReading, type RollingShare, verifyRolling } from '../engine/maintain/rolling.ts';
import type { Repository } from '../engine/repository/repository.ts';
import { withLock } from '../engine/repository/repository-lock.ts';
import type { Store } from '../store/store.ts';
import { drillTargets } from './drill.ts';
import { findJobRepository } from './job-repository.ts';
import type { RepositoryKind } from './job.ts';
import { openPlace } from './place.ts';
import { lockRetryMs } from './repository-run.ts';
import { isDue, nextRun } from './schedule.ts';
import type { RunSurroundings } from './surroundings.ts';
import { verificationPlan } from './verification-plan.ts';

const statusSchema = z.strictObject({
  kind: z.enum(['system', 'recordings']),
  destination: z.string(),
  /** When it was last looked at. */
  at: z.iso.datetime(),
  packs: z.number(),
  bytes: z.number(),
  readPacks: z.number(),
  readBytes: z.number(),
  /** Everything was read back since then; absent while something never was. */
  since: z.iso.datetime().optional(),
  /** What this turn read. */
  readNow: z.strictObject({ packs: z.number(), bytes: z.number() }),
  errors: z.number(),
  /** The first trouble, in words. */
  trouble: z.string().optional(),
});

/** How much of one repository was read back. Times are ISO, bytes stored bytes. */
export type VerificationStatus = z.infer<typeof statusSchema>;

/** A repository to read back. */
export interface VerificationTarget {
  kind: RepositoryKind;
  destination: string;
}

// A prune or another exclusive lock waits no longer than this for a share to be read.
const sliceMs = 60_000;

/** What was found by the last turns. Repositories of jobs that are gone are left out. */
export function listVerifications(store: Store): VerificationStatus[] {
  const wanted = new Set(verificationTargets(store).map(nameOf));
  return load(store, statusName, z.array(statusSchema), []).filter((status) => wanted.has(nameOf(status)));
}

/** What is known of one, if anything. */
export function findVerification(store: Store, kind: string, destination: string): VerificationStatus | undefined {
  return listVerifications(store).find((status) => status.kind === kind && status.destination === destination);
}

/** The repositories of all enabled jobs. */
export function verificationTargets(store: Store): VerificationTarget[] {
  return drillTargets(store).flatMap(({ kind, destination }) => (kind === 'secrets' ? [] : [{ kind, destination }]));
}

/** Reads back what is due by the plan, one repository after the other. For every look of the service. */
export async function verifyDue(
  surroundings: RunSurroundings,
  options: { signal?: AbortSignal } = {},
): Promise<VerificationStatus[]> {
  const { store, clock } = surroundings;
  const plan = verificationPlan(store);
  if (!plan.enabled) return [];
  const turns = load(store, turnsName, z.record(z.string(), z.iso.datetime()), {});
  const read: VerificationStatus[] = [];
  for (const target of verificationTargets(store)) {
    const last = turns[nameOf(target)];
    const now = clock.now();
    // A turn that is cut short is not begun again at once: what it read counts, and the next one comes.
    if (last !== undefined && !isDue(plan.schedule, new Date(last), now)) continue;
    turns[nameOf(target)] = now.toISOString();
    keep(store, turnsName, turns);
    if (last === undefined) continue;
    options.signal?.throwIfAborted();
    const status = await verify(surroundings, target, { ...options, share: parseShare(plan.share) });
    if (status !== undefined) read.push(status);
  }
  return read;
}

/** When the next turn comes. */
export function nextVerification({ store, clock }: Pick<RunSurroundings, 'store' | 'clock'>): Date | undefined {
  const plan = verificationPlan(store);
  return plan.enabled ? nextRun(plan.schedule, clock.now()) : undefined;
}

/** Reads one share of one repository back, keeps and tells what came of it. Undefined when there is no repository yet. */
export async function verify(
  surroundings: RunSurroundings,
  target: VerificationTarget,
  options: { share: RollingShare; signal?: AbortSignal },
): Promise<VerificationStatus | undefined> {
  const { store, clock, tell } = surroundings;
  try {
    const status = await readShare(surroundings, target, options);
    if (status === undefined) return undefined;
    keepStatus(store, status);
    if (status.errors > 0)
      tell(
        orbitEvent(
          'check.failed',
          { ...target, reason: `${status.errors} error(s), the first: ${status.trouble}` },
          clock.now(),
        ),
      );
    return status;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isFailure(error)) throw error;
    // Not reached, or locked all the time: the destination's own watch tells that; here it is only shown.
    const before = findVerification(store, target.kind, target.destination);
    const nothing = { packs: 0, bytes: 0, readPacks: 0, readBytes: 0, errors: 0 };
    const readNow = { packs: 0, bytes: 0 };
    const status = { ...nothing, ...before, ...target, readNow, at: clock.now().toISOString(), trouble: error.message };
    keepStatus(store, status);
    return status;
  }
}

async function readShare(
  surroundings: RunSurroundings,
  target: VerificationTarget,
  { share, ...options }: { share: RollingShare; signal?: AbortSignal },
): Promise<VerificationStatus | undefined> {
  const place = await openPlace(surroundings, target.destination, options);
  try {
    const existing = await findJobRepository(surroundings, target.kind, place, options);
    if (existing === undefined) return undefined;
    try {
      return await inSlices(surroundings, existing, target, { share, ...options });
    } finally {
      existing.close();
    }
  } finally {
    await place.close();
  }
}

// The lock is given back between two slices, so that a run's retention gets its turn.
async function inSlices(
  { home, clock }: RunSurroundings,
  repository: Repository,
  target: VerificationTarget,
  { share, ...options }: { share: RollingShare; signal?: AbortSignal },
): Promise<VerificationStatus> {
  const path = datesPath(join(home, 'read-back'), repository);
  const since = clock.now();
  const readNow = { packs: 0, bytes: 0 };
  const errors = new Set<string>();
  for (;;) {
    const reading = new RollingReading(path, share, { clock, since });
    const sliceEndsAt = performance.now() + sliceMs;
    const isEnough = (): boolean => performance.now() >= sliceEndsAt;
    const { result, problems, isComplete } = await withLock(
      repository,
      { ...options, retryMs: lockRetryMs },
      async (signal) => verifyRolling(repository, reading, { signal, isEnough }),
    );
    readNow.packs += result.readNow.packs;
    readNow.bytes += result.readNow.bytes;
    for (const { severity, message } of problems) if (severity === 'error') errors.add(message);
    const isOver = 'ms' in share && clock.now().getTime() - since.getTime() >= share.ms;
    // A pack that is damaged stays first in the queue: read again and again, it would never let a turn end.
    if (!isComplete && !isOver && result.damagedPacks.length === 0) continue;
    const { packs, bytes, readPacks, readBytes } = result;
    return {
      ...target,
      at: clock.now().toISOString(),
      ...{ packs, bytes, readPacks, readBytes, readNow },
      ...(result.since === undefined ? {} : { since: result.since.toISOString() }),
      errors: errors.size,
      ...(errors.size === 0 ? {} : { trouble: [...errors][0] ?? '' }),
    };
  }
}

const statusName = 'jobs:verification';
const turnsName = 'jobs:verification-turns';

function nameOf({ kind, destination }: VerificationTarget): string {
  return `${kind}@${destination}`;
}

function keepStatus(store: Store, status: VerificationStatus): void {
  const others = load(store, statusName, z.array(statusSchema), []).filter((one) => nameOf(one) !== nameOf(status));
  keep(store, statusName, [...others, status]);
}

function load<Value>(store: Store, name: string, schema: z.ZodType<Value>, nothing: Value): Value {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(name);
  return row === undefined ? nothing : schema.parse(JSON.parse(String(row['value'])));
}

function keep(store: Store, name: string, value: unknown): void {
  store.database.prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)').run(name, JSON.stringify(value));
}
