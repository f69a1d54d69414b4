// Copies of the database, made while it is in use: before it is changed by a newer version, and once a day. Values in them
// are sealed by the instance key, which is not copied along.
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backup, type DatabaseSync } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';

const daysKept = 7;
const versionsKept = 3;

/** The folder of the copies below the data folder. */
export function copiesFolder(home: string): string {
  return join(home, 'database-copies');
}

/** The newest daily copy, when there is one. */
export function newestCopy(home: string): string | undefined {
  const name = copiesOf(home, /^\d{4}-\d\d-\d\d\.db$/).at(-1);
  return name === undefined ? undefined : join(copiesFolder(home), name);
}

/** Makes today's copy unless it is there; of the days before the newest seven stay. SQLite's own backup: nobody waits. */
export async function copyDaily(database: DatabaseSync, home: string, clock: Clock): Promise<void> {
  const name = `${clock.now().toISOString().slice(0, 10)}.db`;
  const file = join(prepared(home), name);
  if (existsSync(file)) return;
  // A copy has its name only once it is whole.
  await backup(database, `${file}.part`);
  chmodSync(`${file}.part`, 0o600);
  renameSync(`${file}.part`, file);
  for (const old of copiesOf(home, /^\d{4}-\d\d-\d\d\.db$/).slice(0, -daysKept)) rmSync(join(copiesFolder(home), old));
}

/** Makes a copy before a newer version changes the database, so that the version before can be gone back to. */
export function copyBeforeChange(database: DatabaseSync, home: string, lastMigration: string): void {
  const file = join(prepared(home), `before-change-${lastMigration.replace(/\.sql$/, '')}.db`);
  rmSync(file, { force: true });
  database.prepare('VACUUM INTO ?').run(file);
  chmodSync(file, 0o600);
  for (const old of copiesOf(home, /^before-change-/).slice(0, -versionsKept)) rmSync(join(copiesFolder(home), old));
}

function prepared(home: string): string {
  const folder = copiesFolder(home);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

// Names sort by their time.
function copiesOf(home: string, pattern: RegExp): string[] {
  const folder = copiesFolder(home);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => pattern.test(name))
        .sort()
    : [];
}
