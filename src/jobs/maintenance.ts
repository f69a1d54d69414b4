// Maintenance: no run starts by itself, until a time that was given. It shows everywhere, is told when it begins, every few
// hours while it lasts and when it ends, and it ends by itself: nobody can forget it.
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { type ReportEvent, orbitEvent } from '../base/event.ts';
import { Failure } from '../base/failure.ts';
import type { Store } from '../store/store.ts';
import { forgetTold, isDueToTell } from './told.ts';

const maintenance = z.strictObject({
  by: z.string(),
  reason: z.string(),
  since: z.iso.datetime(),
  until: z.iso.datetime(),
});

/** Maintenance that is on. Times are ISO. */
export type Maintenance = z.infer<typeof maintenance>;

/** Where it is kept, and who is told. */
export interface MaintenanceSite {
  store: Store;
  clock: Clock;
  tell: ReportEvent;
}

const settingName = 'jobs:maintenance';
const hourMs = 60 * 60_000;
const longestMs = 7 * 24 * hourMs;
const remindEveryMs = 4 * hourMs;

/** Maintenance, when it is on now. */
export function findMaintenance({ store, clock }: Pick<MaintenanceSite, 'store' | 'clock'>): Maintenance | undefined {
  const kept = load(store);
  return kept !== undefined && kept.until > clock.now().toISOString() ? kept : undefined;
}

/** Begins it, or moves its end. @throws Failure `jobs.bad-maintenance` for an end in the past or more than a week away. */
export function beginMaintenance(
  site: MaintenanceSite,
  wanted: { by: string; reason: string; until: Date },
): Maintenance {
  const now = site.clock.now();
  const lastsMs = wanted.until.getTime() - now.getTime();
  if (!(lastsMs > 0 && lastsMs <= longestMs)) {
    throw new Failure('jobs.bad-maintenance', {
      message: 'maintenance ends within the next seven days',
      hint: 'Give how long it takes, such as --for 2h. It can be made longer while it is on.',
    });
  }
  const since = findMaintenance(site)?.since ?? now.toISOString();
  const begun = { by: wanted.by, reason: wanted.reason, since, until: wanted.until.toISOString() };
  site.store.database
    .prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
    .run(settingName, JSON.stringify(begun));
  const facts = { user: begun.by, reason: begun.reason, expiresAt: begun.until };
  site.tell(orbitEvent('maintenance.entered', facts, now));
  isDueToTell(site.store, settingName, 'on', now, remindEveryMs);
  return begun;
}

/** Ends it; false when it was not on. */
export function endMaintenance(site: MaintenanceSite, by: string): boolean {
  const kept = load(site.store);
  if (kept === undefined) return false;
  end(site, kept, by);
  return true;
}

/** Reminds people of it, and ends it when its time is over. For every look of the service. */
export function watchMaintenance(site: MaintenanceSite): void {
  const kept = load(site.store);
  if (kept === undefined) return;
  const now = site.clock.now();
  if (kept.until <= now.toISOString()) return end(site, kept);
  if (!isDueToTell(site.store, settingName, 'on', now, remindEveryMs)) return;
  site.tell(orbitEvent('maintenance.forgotten', { since: kept.since, user: kept.by }, now));
}

function end({ store, clock, tell }: MaintenanceSite, kept: Maintenance, user?: string): void {
  store.database.prepare('DELETE FROM setting WHERE name = ?').run(settingName);
  forgetTold(store, (matter) => matter === settingName);
  const now = clock.now();
  const downMs = now.getTime() - Date.parse(kept.since);
  tell(orbitEvent('maintenance.left', { since: kept.since, downMs, user }, now));
}

function load(store: Store): Maintenance | undefined {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(settingName);
  return row === undefined ? undefined : maintenance.parse(JSON.parse(String(row['value'])));
}
