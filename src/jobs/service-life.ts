// The service tells that it started and stopped, and at its next start that it did not stop as it should.
import { z } from 'zod';
import { orbitEvent } from '../base/event.ts';
import type { Job } from './job.ts';
import { findRun, markInterruptedRuns } from './run.ts';
import type { RunSurroundings } from './surroundings.ts';

type Told = Pick<RunSurroundings, 'store' | 'clock' | 'tell'>;

// It gives one after each look, and a long run holds the looks up: then the run itself shows that it lives.
const seenWithinMs = 120_000;
const settingName = 'jobs:service';
const kept = z.strictObject({ since: z.iso.datetime(), seen: z.iso.datetime() });

/** Tells the start; before it what the last service left undone: it crashed, or runs of it were cut off. */
export function tellServiceStart(site: Told, address: string): void {
  const { store, clock, tell } = site;
  const now = clock.now();
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(settingName);
  if (row !== undefined) {
    const { seen } = kept.parse(JSON.parse(String(row['value'])));
    tell(orbitEvent('service.crashed', { since: seen, reason: 'it did not end as it should' }, now));
  }
  for (const id of markInterruptedRuns(store, clock)) {
    const { kind, job, startedAt: since } = findRun(store, id);
    tell(orbitEvent('backup.interrupted', { kind, job, since, runId: String(id) }, now));
  }
  remember(site, now.toISOString());
  tell(orbitEvent('service.started', { subject: address }, now));
}

/** Tells that a run was due while no service was there; it is caught up now. */
export function tellMissed({ clock, tell }: Told, { kind, name: job }: Job, dueAt: Date): void {
  const reason = 'Orbit was not running; it is caught up now';
  tell(orbitEvent('backup.missed', { kind, job, dueAt, reason }, clock.now()));
}

/** Notes that the service lives, so that a crash can be dated. */
export function noteServiceLives(site: Told): void {
  const row = site.store.database.prepare('SELECT value FROM setting WHERE name = ?').get(settingName);
  if (row !== undefined) remember(site, kept.parse(JSON.parse(String(row['value']))).since);
}

/** True when a service of this data folder gave a sign of life in the last two minutes. */
export function isServiceSeen({ store, clock }: Pick<Told, 'store' | 'clock'>): boolean {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(settingName);
  if (row === undefined) return false;
  const { seen } = kept.parse(JSON.parse(String(row['value'])));
  return clock.now().getTime() - Date.parse(seen) < seenWithinMs;
}

/** Tells the stop. */
export function tellServiceStop({ store, clock, tell }: Told): void {
  store.database.prepare('DELETE FROM setting WHERE name = ?').run(settingName);
  tell(orbitEvent('service.stopped', {}, clock.now()));
}

function remember({ store, clock }: Told, since: string): void {
  const value = JSON.stringify({ since, seen: clock.now().toISOString() });
  store.database.prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)').run(settingName, value);
}
