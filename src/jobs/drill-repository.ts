// The drill of a system or recordings backup: opens the repository at the destination anew, checks it, restores files drawn
// at random from its newest snapshot, and compares them with the snapshot and with their source.
import { chmod, open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { prefixedBackend } from '../backends/prefixed.ts';
import type { Backend } from '../backends/backend.ts';
import { Failure } from '../base/failure.ts';
import { note } from '../base/note.ts';
import type { Operation } from '../base/operation.ts';
import type { SecretString } from '../base/secret-string.ts';
import type { SampledFile } from '../breakglass/drills/drill-report.ts';
import type { SnapshotEntry } from '../engine/browse/entries.ts';
import { readFile } from '../engine/browse/file-content.ts';
import { quote } from '../engine/format/go-text.ts';
import { literalPattern } from '../engine/path-patterns.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import { check } from '../engine/maintain/check.ts';
import type { IndexedRepository } from '../engine/repository/indexed-repository.ts';
import { Repository } from '../engine/repository/repository.ts';
import { withLock } from '../engine/repository/repository-lock.ts';
import { chooseSnapshot } from '../engine/repository/snapshot-choice.ts';
import type { RestoreEvent } from '../engine/restore/events.ts';
import { restore } from '../engine/restore/restore.ts';
import { orbitFolder } from '../sources/trees/recovery-facts.ts';
import { compareWithSource, piecesOf, proveContent, proveStream } from './drill-compare.ts';
import { drillDatabases } from './drill-databases.ts';
import { type DrillFolder, withDrillFolder } from './drill-folder.ts';
import type { DrillLog, StepNotes } from './drill-log.ts';
import { drawSample } from './drill-sample.ts';

/** What the drill of one repository takes. Sizes in bytes. */
export interface RepositoryDrill extends Operation {
  kind: 'system' | 'recordings';
  /** Of the destination; the repository lies below `kind`. */
  backend: Backend;
  password: SecretString;
  /** Files to draw. */
  sample: number;
  /** Packs drawn at random are read whole up to so many bytes. */
  readBytes: number;
}

// Somebody else's prune is waited for, not fought with.
const lockRetryMs = 120_000;

/** Holds the drill, step by step. @throws Failure of the step that failed, which the log holds too. */
export async function drillRepository(drill: RepositoryDrill, log: DrillLog): Promise<void> {
  // Orbit keeps no cache of repositories; this handle knows nothing but what it reads from the destination now.
  const { repository, snapshot } = await log.step('newest', ({ facts }) => openNewest(drill, log, facts));
  try {
    await withLock(repository, { ...signalOf(drill), retryMs: lockRetryMs }, async (signal) => {
      const locked = { ...drill, signal };
      await log.step('structure', ({ facts, notes }) => checkStructure(repository, locked, facts, notes));
      const indexed = await repository.loadIndex({ signal });
      try {
        await withDrillFolder((folder) => restoreSample(indexed, snapshot, folder, locked, log));
        if (drill.kind === 'system') await drillDatabases(indexed, snapshot, log, signal);
      } finally {
        await indexed.close();
      }
    });
  } finally {
    repository.close();
  }
}

async function openNewest(
  drill: RepositoryDrill,
  log: DrillLog,
  facts: StepNotes['facts'],
): Promise<{ repository: Repository; snapshot: NamedSnapshot }> {
  const backend = prefixedBackend(drill.backend, drill.kind);
  const repository = await Repository.open(backend, drill.password, signalOf(drill));
  try {
    const all = await repository.listSnapshots(signalOf(drill));
    const snapshot = all.findLast(({ tags }) => tags?.includes(drill.kind)) ?? chooseSnapshot(all, 'latest');
    const paths = snapshot.paths.join(' ').slice(0, 500);
    log.copy.name = snapshot.id;
    log.copy.madeAt = new Date(snapshot.time).toISOString();
    Object.assign(facts, { snapshots: all.length, host: snapshot.hostname ?? '', paths });
    return { repository, snapshot };
  } catch (error) {
    repository.close();
    throw error;
  }
}

async function checkStructure(
  repository: Repository,
  { readBytes, signal }: RepositoryDrill,
  facts: StepNotes['facts'],
  notes: StepNotes['notes'],
): Promise<void> {
  const result = await check(repository, {
    ...(signal === undefined ? {} : { signal }),
    readData: readBytes > 0 ? { bytes: readBytes } : false,
  });
  const { problems, ...counted } = result;
  Object.assign(facts, counted);
  const errors = problems.filter((problem) => problem.severity === 'error');
  for (const hint of problems.filter((problem) => problem.severity === 'hint').slice(0, 10)) notes.push(hint.message);
  if (errors.length === 0) return;
  throw new Failure('drill.damaged-repository', {
    message: `the repository has ${errors.length} error(s), the first: ${errors[0]?.message}`,
    hint: 'orbit repo check tells them all. Make a new backup, and take what is damaged from another destination.',
    facts: { errors: errors.length },
  });
}

async function restoreSample(
  indexed: IndexedRepository,
  snapshot: NamedSnapshot,
  folder: DrillFolder,
  drill: RepositoryDrill,
  log: DrillLog,
): Promise<void> {
  const chosen = await log.step('restore', async ({ facts, notes }) => {
    const { files, outOf, bytesOutOf } = await drawSample(indexed, snapshot, drill.sample, signalOf(drill));
    Object.assign(facts, {
      files: files.length,
      outOf,
      bytesOutOf,
      folder: folder.isInMemory ? 'in memory' : 'on disk',
    });
    if (files.length === 0) throw nothingToRestore(snapshot);
    const { small, large } = divide(files, folder.bytesMax);
    facts['bytes'] = files.reduce((sum, { node }) => sum + Number(node.size), 0);
    await restoreFiles(indexed, snapshot, small, folder, drill, log);
    if (large.length > 0) notes.push(note('drill.too-large', { count: large.length }));
    return { small, large };
  });
  const digests = await log.step('hashes', async ({ facts }) => {
    const proved = new Map<SnapshotEntry, string>();
    for (const entry of chosen.small) {
      const path = Buffer.concat([Buffer.from(folder.path), entry.path]);
      // Restored with its own rights, which may not let us read it.
      await chmod(path, 0o600);
      const file = await open(path);
      try {
        proved.set(entry, await proveContent(entry, indexed, file));
      } finally {
        await file.close();
      }
    }
    for (const entry of chosen.large)
      proved.set(entry, await proveStream(entry, readFile(indexed, entry.node, {}, signalOf(drill))));
    facts['files'] = proved.size;
    return proved;
  });
  await log.step('source', async ({ facts }) => {
    const isHere = snapshot.hostname === hostname();
    for (const [entry, sha256] of digests) {
      const isRestored = chosen.small.includes(entry);
      // What Orbit added to the snapshot was never a file of this machine.
      const hasSource = isHere && !entry.path.toString('latin1').startsWith(`${orbitFolder}/`);
      const source = hasSource ? await compareOne(indexed, entry, isRestored ? folder : undefined, drill) : 'elsewhere';
      const { path, node } = entry;
      log.sample.push({
        path: quote(path),
        bytes: Number(node.size),
        sha256,
        how: isRestored ? 'restored' : 'read',
        source,
      });
    }
    for (const verdict of ['unchanged', 'changed', 'gone', 'elsewhere'] as const)
      facts[verdict] = log.sample.filter(({ source }) => source === verdict).length;
  });
}

async function compareOne(
  indexed: IndexedRepository,
  entry: SnapshotEntry,
  folder: DrillFolder | undefined,
  drill: RepositoryDrill,
): Promise<SampledFile['source']> {
  if (folder === undefined)
    return compareWithSource(entry, readFile(indexed, entry.node, {}, signalOf(drill)), signalOf(drill));
  const file = await open(Buffer.concat([Buffer.from(folder.path), entry.path]));
  try {
    return await compareWithSource(entry, piecesOf(file), signalOf(drill));
  } finally {
    await file.close();
  }
}

async function restoreFiles(
  indexed: IndexedRepository,
  snapshot: NamedSnapshot,
  entries: SnapshotEntry[],
  folder: DrillFolder,
  drill: RepositoryDrill,
  log: DrillLog,
): Promise<void> {
  if (entries.length === 0) return;
  const skipped: { path: string; failure: Failure }[] = [];
  const options = {
    include: entries.map(({ path }) => literalPattern(path.toString('utf8'))),
    ...signalOf(drill),
    report: (event: RestoreEvent) => {
      if (event.type === 'file-done') log.readable();
      else if (event.type === 'file-skipped') skipped.push(event);
    },
  };
  const { files } = await restore(indexed, snapshot, folder.path, options);
  const [first] = skipped;
  if (first === undefined && files >= entries.length) return;
  const why =
    first === undefined
      ? `${entries.length - files} of ${entries.length} are missing`
      : `${first.path}: ${first.failure.message}`;
  throw new Failure('drill.not-restored', {
    message: `the sample did not come back whole: ${why}`,
    hint: 'Run orbit repo check --read-data on this destination, make a new backup, and take what is damaged from another one.',
    facts: { missing: Math.max(skipped.length, entries.length - files) },
    ...(first === undefined ? {} : { cause: first.failure }),
  });
}

function divide(files: SnapshotEntry[], bytesMax: number): { small: SnapshotEntry[]; large: SnapshotEntry[] } {
  const small: SnapshotEntry[] = [];
  const large: SnapshotEntry[] = [];
  let left = bytesMax;
  for (const entry of files) {
    const bytes = Number(entry.node.size);
    if (bytes > left) large.push(entry);
    else {
      small.push(entry);
      left -= bytes;
    }
  }
  return { small, large };
}

function signalOf({ signal }: Operation): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function nothingToRestore({ id }: NamedSnapshot): Failure {
  return new Failure('drill.nothing-to-restore', {
    message: `the newest snapshot ${id.slice(0, 8)} holds no file`,
    hint: 'See what the job protects: orbit job list. A backup of nothing proves nothing.',
  });
}
