// Which copies of a job stay at a destination. Without a rule all of them do: Orbit deletes nothing it was not told to.
import { z } from 'zod';
import type { Backend } from '../backends/backend.ts';
import type { Clock } from '../base/clock.ts';
import { isFailure } from '../base/failure.ts';
import { formatBytes, formatCount } from '../base/quantities.ts';
import { forgetKit } from '../breakglass/kit/kit-history.ts';
import { listKits, removeKit } from '../breakglass/kit/store-kit.ts';
import { applyRetention } from '../engine/maintain/apply-retention.ts';
import type { Protection } from '../engine/maintain/plan-forget.ts';
import { applyPolicy } from '../engine/maintain/retention-policy.ts';
import type { Store } from '../store/store.ts';
import type { Repository } from '../engine/repository/repository.ts';

const count = z.number().int().min(1).max(100_000).optional();

/** How many stay: the newest ones, and one for each of so many hours, days, weeks, months and years. What any rule keeps stays. */
export const retentionRule = z
  .strictObject({ last: count, hourly: count, daily: count, weekly: count, monthly: count, yearly: count })
  .transform((rule) => Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)) as Counts);

type Counts = Partial<Record<'last' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly', number>>;

/** A job's retention. */
export type Retention = z.infer<typeof retentionRule>;

/** True when `after` lets go of what `before` kept: whoever keeps all keeps most; else a smaller number anywhere is less. */
export function keepsLess(before: Retention | undefined, after: Retention | undefined): boolean {
  if (after === undefined) return false;
  if (before === undefined) return true;
  return Object.entries(before).some(([rule, count]) => (after[rule as keyof Retention] ?? 0) < (count ?? 0));
}

/**
 * Lets go of snapshots and frees their data. The newest stays, and so does what carries a date that cannot be believed.
 * Trouble here is a note, never the failure of a backup that was made.
 */
export async function keepSnapshots(
  repository: Repository,
  rule: Retention,
  options: { signal?: AbortSignal; clock: Clock; retryMs: number; protect?: readonly Protection[] },
): Promise<string[]> {
  return await asNotes(async () => {
    // A job has one history, also when its folders change.
    const groupBy = { host: true, paths: false, tags: false };
    const { removedSnapshots, freedBytes } = await applyRetention(repository, rule, { ...options, groupBy });
    if (removedSnapshots === 0) return [];
    return [`retention: ${formatCount(removedSnapshots)} snapshots let go, ${formatBytes(freedBytes)} freed`];
  });
}

/** Lets go of kits, by the same rules; the newest always stays. */
export async function keepKits(
  backend: Backend,
  rule: Retention,
  options: { signal?: AbortSignal; clock: Clock; store: Store; scope: string },
): Promise<string[]> {
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  return await asNotes(async () => {
    const { finished } = await listKits(backend, signal);
    const kits = finished.map((name) => ({ name, time: timeOfKit(name) }));
    const { remove } = applyPolicy(kits, rule, options.clock.now());
    const leaving = remove.filter(({ name }) => name !== finished[0]);
    for (const { name } of leaving) {
      await removeKit(backend, name, signal);
      forgetKit(options.store, options.scope, name);
    }
    return leaving.length === 0 ? [] : [`retention: ${formatCount(leaving.length)} kits let go`];
  });
}

// Kits are named by their time in UTC, with dashes where a file name must not have colons.
function timeOfKit(name: string): string {
  return name.replace(/T(\d\d)-(\d\d)-(\d\d)/, 'T$1:$2:$3');
}

async function asNotes(work: () => Promise<string[]>): Promise<string[]> {
  try {
    return await work();
  } catch (error) {
    if (!isFailure(error)) throw error;
    return [`retention could not be applied: ${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`];
  }
}
