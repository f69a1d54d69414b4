// Looks after the service's own data folder while it still can tell: the key that seals the database, and the database itself.
// One that is so damaged that nothing can be written into it is told on standard error only, by whoever fails over it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { orbitEvent } from '../base/event.ts';
import { type InstanceKey, instanceKeyFrom } from '../store/instance-key.ts';
import type { RunSurroundings } from './surroundings.ts';
import { forgetTold, isDueToTell } from './told.ts';

type Watched = Pick<RunSurroundings, 'home' | 'store' | 'instanceKey' | 'clock' | 'tell'>;

const dayMs = 24 * 60 * 60_000;

/** One look: the key each time, the database once a day. What stands is told again each day. */
export function tellDataTrouble(site: Watched): void {
  tellKey(site);
  tellDatabase(site);
}

function tellKey({ home, store, instanceKey, clock, tell }: Watched): void {
  const path = join(home, 'instance.key');
  const trouble = keyTrouble(path, instanceKey);
  if (trouble === undefined) return forgetTold(store, (matter) => matter === 'data:key');
  if (!isDueToTell(store, 'data:key', trouble, clock.now(), dayMs)) return;
  tell(orbitEvent('instance-key.missing', { path, reason: trouble }, clock.now()));
}

// The key in memory is the right one: it opened what is in the database. The file must still be the same.
function keyTrouble(path: string, key: InstanceKey): string | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return 'the file cannot be read; the next start would make another key, which opens nothing';
  }
  try {
    key.open('data-watch', instanceKeyFrom(bytes).seal('data-watch', 'same'));
    return undefined;
  } catch {
    return 'it is not the key that this service was started with';
  } finally {
    bytes.fill(0);
  }
}

function tellDatabase({ home, store, clock, tell }: Watched): void {
  const today = clock.now().toISOString().slice(0, 10);
  if (!isDueToTell(store, 'data:checked', today, clock.now(), dayMs)) return;
  const faults = store.database
    .prepare('PRAGMA quick_check(5)')
    .all()
    .map((row) => String(row['quick_check']))
    .filter((text) => text !== 'ok');
  if (faults.length === 0) return;
  const facts = { path: join(home, 'orbit.db'), reason: faults.join('; ').slice(0, 500) };
  tell(orbitEvent('database.damaged', facts, clock.now()));
}
