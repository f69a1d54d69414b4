// Holds the drills that are due, and tells when one is overdue: nobody notices by themselves that a rehearsal was never held.
import { orbitEvent } from '../base/event.ts';
import { lastPassed } from '../breakglass/drills/drill-store.ts';
import { findCurrentKey } from '../breakglass/recovery-key-store.ts';
import { type DrillTarget, drillTargets, type HeldDrill, holdDrill } from './drill.ts';
import { type DrillPlan, drillPlan } from './drill-plan.ts';
import { isDue, nextRun } from './schedule.ts';
import type { RunSurroundings } from './surroundings.ts';
import { forgetTold, isDueToTell } from './told.ts';

const dayMs = 24 * 60 * 60_000;
const tellAgainMs = 7 * dayMs;

/** A drill that ought to have been held. */
export interface OverdueDrill {
  way: 'automatic' | 'people';
  kind: DrillTarget['kind'];
  destination?: string;
  dueAt: Date;
  lastGoodAt?: Date;
}

/**
 * Holds every drill that is due by the plan, one after the other. Only what was backed up once is tested: that a backup
 * never happened is told elsewhere.
 */
export async function holdDueDrills(
  surroundings: RunSurroundings,
  options: { signal?: AbortSignal } = {},
): Promise<HeldDrill[]> {
  const { store, clock } = surroundings;
  const plan = drillPlan(store);
  if (!plan.enabled || !isDue(plan.schedule, lastTurn(surroundings), clock.now())) return [];
  // A turn that is cut short is not begun again at once: the next one comes, and overdue drills are told.
  noteTurn(surroundings);
  const held: HeldDrill[] = [];
  for (const target of drillTargets(store).filter((one) => wasBackedUp(surroundings, one))) {
    options.signal?.throwIfAborted();
    const { sample, readBytes } = plan;
    held.push(await holdDrill(surroundings, target, { ...options, startedBy: 'schedule', sample, readBytes }));
  }
  return held;
}

/** Tells what is overdue, once a week while it is. Gives what is. */
export function tellOverdueDrills({ store, clock, tell }: RunSurroundings): OverdueDrill[] {
  const now = clock.now();
  const overdue = overdueDrills(store, drillPlan(store), now);
  for (const drill of overdue) {
    if (!isDueToTell(store, matterOf(drill), 'overdue', now, tellAgainMs)) continue;
    const { way, kind, destination, dueAt, lastGoodAt } = drill;
    tell(orbitEvent('drill.overdue', { kind, dueAt, destination, lastGoodAt, task: way }, now));
  }
  const standing = new Set(overdue.map(matterOf));
  forgetTold(store, (matter) => matter.startsWith('drill ') && !standing.has(matter));
  return overdue;
}

/**
 * What is overdue: a drill with people when none passed within the plan's days (counted from the ceremony at first), and
 * an automatic one when none passed for two turns of the schedule.
 */
export function overdueDrills(store: RunSurroundings['store'], plan: DrillPlan, now: Date): OverdueDrill[] {
  const overdue: OverdueDrill[] = [];
  const people = lastPassed(store, { way: 'people' });
  const from = people === undefined ? findCurrentKey(store)?.createdAt : new Date(people.startedAt);
  if (from !== undefined) {
    const dueAt = new Date(from.getTime() + plan.peopleEveryDays * dayMs);
    if (dueAt <= now) overdue.push({ way: 'people', kind: 'secrets', dueAt, ...goodAt(people?.startedAt) });
  }
  if (!plan.enabled) return overdue;
  for (const { kind, destination } of drillTargets(store)) {
    const passed = lastPassed(store, { way: 'automatic', kind, destination });
    const since = passed?.startedAt ?? firstBackup(store, kind, destination);
    if (since === undefined) continue;
    const dueAt = nextRun(plan.schedule, new Date(since));
    if (nextRun(plan.schedule, dueAt) <= now)
      overdue.push({ way: 'automatic', kind, destination, dueAt, ...goodAt(passed?.startedAt) });
  }
  return overdue;
}

function goodAt(time: string | undefined): { lastGoodAt?: Date } {
  return time === undefined ? {} : { lastGoodAt: new Date(time) };
}

function matterOf({ way, kind, destination }: Pick<OverdueDrill, 'way' | 'kind' | 'destination'>): string {
  return `drill ${way} ${kind} ${destination ?? ''}`;
}

function wasBackedUp({ store }: RunSurroundings, { kind, destination }: DrillTarget): boolean {
  return firstBackup(store, kind, destination) !== undefined;
}

function firstBackup(store: RunSurroundings['store'], kind: string, destination: string): string | undefined {
  const row = store.database
    .prepare(
      `SELECT min(run_result.ended_at) AS first FROM run_result JOIN run ON run.id = run_result.run
       WHERE run.kind = ? AND run_result.destination = ? AND run_result.outcome IN ('succeeded', 'partial')`,
    )
    .get(kind, destination);
  return typeof row?.['first'] === 'string' ? row['first'] : undefined;
}

const turnName = 'jobs:drills-turn';

// Counted from the first time the service looked, not from its last start: a machine that restarts daily holds drills too.
function lastTurn(surroundings: RunSurroundings): Date {
  const row = surroundings.store.database.prepare('SELECT value FROM setting WHERE name = ?').get(turnName);
  return row === undefined ? noteTurn(surroundings) : new Date(JSON.parse(String(row['value'])) as string);
}

function noteTurn({ store, clock }: RunSurroundings): Date {
  const now = clock.now();
  store.database
    .prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
    .run(turnName, JSON.stringify(now.toISOString()));
  return now;
}
