// A repository with a history: a folder that changes, a snapshot after each change, and a copy of every state to compare with.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { memoryBackend } from '../../src/backends/memory.ts';
import { backupInto } from '../../src/engine/backup/backup-into.ts';
import type { SnapshotId } from '../../src/engine/ids.ts';
import { Repository } from '../../src/engine/repository/repository.ts';
import { compareTrees } from './compare-trees.ts';
import { cheapCost, testPassword } from './repositories.ts';
import { resticFor } from './restic.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Objects of a backend in memory. */
export type Objects = Map<string, Buffer>;

/** What was backed up, and what the repository holds. */
export interface History {
  folder: string;
  source: string;
  /** The snapshots, oldest first, each with the folder that it must restore to. */
  states: Map<SnapshotId, string>;
  objects: Objects;
}

/** When each snapshot says it was made: daily, at noon. */
export function dayOf(number: number): Date {
  return new Date(Date.UTC(2026, 9, 1 + number, 12));
}

/**
 * Backs up a folder `count` times. Each state drops half of the files that the one before added, and adds some, so that packs
 * are used in part.
 */
export async function makeHistory(context: TestContext, count: number, version: 1 | 2 = 2): Promise<History> {
  const folder = await temporaryFolder(context);
  const source = join(folder, 'source');
  const states = new Map<SnapshotId, string>();
  const backend = memoryBackend();
  const repository = await Repository.init(backend, testPassword, { cost: cheapCost, version });
  mkdirSync(join(source, 'folder'), { recursive: true });
  writeFileSync(join(source, 'always'), 'in every snapshot\n');
  for (let number = 0; number < count; number += 1) {
    for (let file = 0; file < 3; file += 1) rmSync(join(source, `${number - 1}-${file}`), { force: true });
    for (let file = 0; file < 6; file += 1) writeFileSync(join(source, `${number}-${file}`), randomBytes(20_000));
    writeFileSync(join(source, 'folder', 'text'), `state ${number}\n`.repeat(1000));
    const { snapshotId } = await backupInto(repository, [source], { time: dayOf(number), host: 'host', workers: 0 });
    const state = join(folder, `state-${number}`);
    // Node's own copy keeps only microseconds.
    execFileSync('cp', ['-a', source, state]);
    if (snapshotId !== undefined) states.set(snapshotId, state);
  }
  repository.close();
  return { folder, source, states, objects: backend.objects };
}

/** A backend in memory that holds these objects; `objects` stays as it is. */
export function backendWith(objects: Objects): ReturnType<typeof memoryBackend> {
  const backend = memoryBackend();
  for (const [key, bytes] of objects) backend.objects.set(key, Buffer.from(bytes));
  return backend;
}

/** Without locks, as after `orbit repo unlock`: a test that crashes goes on living, and its locks with it. */
export function unlocked(objects: Objects): Objects {
  return new Map([...objects].filter(([key]) => !key.startsWith('locks/')));
}

/**
 * Names what is stored, so that equal states are judged once. Locks do not count, and of what is new since `start` only how
 * much there is: sealing twice gives different names.
 */
export function nameState(objects: Objects, start: Objects): string {
  const names = [...unlocked(objects)].map(([key, bytes]) =>
    start.has(key) ? key : `new ${key.split('/')[0]} ${key.startsWith('data/') ? bytes.length : ''}`,
  );
  return names.sort().join('\n');
}

/**
 * Lets stock restic judge: `check --read-data`, then every snapshot that is there is restored and compared with its state.
 * `originOf` finds the state of a copied snapshot. Gives the snapshots that are there.
 */
export async function judge(
  history: History,
  objects: Objects,
  originOf: (id: SnapshotId) => SnapshotId = (id) => id,
): Promise<SnapshotId[]> {
  const folder = mkdtempSync(join(history.folder, 'judge-'));
  const path = join(folder, 'repository');
  for (const kind of ['keys', 'locks', 'snapshots', 'index', 'data']) mkdirSync(join(path, kind), { recursive: true });
  for (const [key, bytes] of unlocked(objects)) {
    mkdirSync(dirname(join(path, key)), { recursive: true });
    writeFileSync(join(path, key), bytes);
  }
  const restic = await resticFor(path, folder);
  await restic.ok('check', '--read-data', '--no-lock');
  const ids = [...objects.keys()]
    .flatMap((key) => (key.startsWith('snapshots/') ? [key.slice(10) as SnapshotId] : []))
    .sort();
  for (const id of ids) {
    const state = history.states.get(originOf(id));
    if (state === undefined) throw new Error(`snapshot ${id} came from nowhere`);
    const out = join(folder, id.slice(0, 8));
    await restic.ok('restore', id, '--target', out, '--no-lock');
    const differences = await compareTrees(state, join(out, history.source), { ignore: ['folder-mtime'] });
    if (differences.length > 0) throw new Error(`snapshot ${id} is not what it was:\n${differences.join('\n')}`);
  }
  rmSync(folder, { recursive: true, force: true });
  return ids;
}
