// What people were told and when, so that a standing matter is told again after a while and not every minute.
import { z } from 'zod';
import type { Store } from '../store/store.ts';

const toldSchema = z.record(z.string(), z.strictObject({ what: z.string(), at: z.iso.datetime() }));

/**
 * True when `matter` is to be told now: it says something else than last time, or was last told longer ago than `againMs`.
 * Then it counts as told.
 */
export function isDueToTell(store: Store, matter: string, what: string, now: Date, againMs: number): boolean {
  const told = load(store);
  const last = told[matter];
  if (last?.what === what && now.getTime() - Date.parse(last.at) < againMs) return false;
  save(store, { ...told, [matter]: { what, at: now.toISOString() } });
  return true;
}

/** What was told of a matter, and when; undefined when it was not, or was forgotten since. */
export function findTold(store: Store, matter: string): { what: string; at: string } | undefined {
  return load(store)[matter];
}

/** Forgets a matter that is settled: when it comes back it is told at once. */
export function forgetTold(store: Store, isSettled: (matter: string) => boolean): void {
  const told = load(store);
  const left = Object.entries(told).filter(([matter]) => !isSettled(matter));
  if (left.length < Object.keys(told).length) save(store, Object.fromEntries(left));
}

const name = 'jobs:told';

function load(store: Store): z.infer<typeof toldSchema> {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(name);
  return row === undefined ? {} : toldSchema.parse(JSON.parse(String(row['value'])));
}

function save(store: Store, told: z.infer<typeof toldSchema>): void {
  store.database.prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)').run(name, JSON.stringify(told));
}
