// Keeps the catalogue of recordings: after each run from the snapshot it made, and anew from the repositories alone.
import { type Note, note, reasonOf } from '../base/note.ts';
import { orbitEvent } from '../base/event.ts';
import { isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { prefixedBackend } from '../backends/prefixed.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { BlobId, SnapshotId } from '../engine/ids.ts';
import { Repository } from '../engine/repository/repository.ts';
import {
  type CatalogueEvent,
  type CatalogueResult,
  catalogueSnapshot,
} from '../recordings/catalogue/catalogue-snapshot.ts';
import { type CatalogueTools, catalogueTools } from '../recordings/catalogue/catalogue-tools.ts';
import type { KeptChange } from '../recordings/catalogue/keep-recording.ts';
import { listJobs } from './job.ts';
import { openPlace, signalOf } from './place.ts';
import { repositoryPassword } from './repository-passwords.ts';
import type { RunSurroundings } from './surroundings.ts';

/** Takes in the snapshot that a run made. What goes wrong is a note of the run: the backup itself is good. */
export async function catalogueRun(
  surroundings: RunSurroundings,
  repository: Repository,
  destination: string,
  snapshotId: SnapshotId,
  options: Operation<never>,
): Promise<Note[]> {
  try {
    const snapshot = await repository.loadSnapshot(snapshotId, signalOf(options));
    const previous = cataloguedTree(surroundings, destination);
    if (previous === undefined && (await hasOlder(repository, options))) return [note('recordings.not-catalogued')];
    const indexed = await repository.loadIndex(signalOf(options));
    try {
      const from = { destination, snapshot, ...(previous === undefined ? {} : { previous }) };
      const changedPaths: string[] = [];
      const report = (event: CatalogueEvent): void => {
        if (event.type !== 'changed') return;
        tellChange(surroundings, destination, event.change);
        if (changedPaths.length < changesNoted) changedPaths.push(event.change.path);
      };
      const how = { ...signalOf(options), report };
      return notesOf(await catalogueSnapshot(catalogueTools(surroundings), indexed, from, how), changedPaths);
    } finally {
      await indexed.close();
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    return [failedNote(error)];
  }
}

const changesNoted = 20;

// A repository that an earlier Orbit filled is taken in as a whole, from its oldest snapshot on.
async function hasOlder(repository: Repository, options: Operation<never>): Promise<boolean> {
  return (await repository.listSnapshots(signalOf(options))).length > 1;
}

function cataloguedTree({ store }: RunSurroundings, destination: string): BlobId | undefined {
  const row = store.database.prepare('SELECT tree FROM recording_catalogued WHERE destination = ?').get(destination);
  return row === undefined ? undefined : (String(row['tree']) as BlobId);
}

function tellChange(
  { tell, clock }: RunSurroundings,
  destination: string,
  { host, path, before, after }: KeptChange,
): void {
  const facts = {
    recording: after.id,
    path,
    destination,
    subject: host,
    sizeBefore: before.size,
    sizeNow: after.size,
    ...(before.sha256 === undefined ? {} : { sha256Before: before.sha256 }),
    ...(after.sha256 === undefined ? {} : { sha256Now: after.sha256 }),
  };
  tell(orbitEvent('recording.changed', facts, clock.now()));
}

function notesOf({ added, moved, others }: CatalogueResult, changedPaths: readonly string[]): Note[] {
  const notes: Note[] = [];
  if (added > 0) notes.push(note('recordings.added', { count: added }));
  if (moved > 0) notes.push(note('recordings.moved', { count: moved }));
  for (const path of changedPaths) notes.push(note('recordings.changed', { path }));
  if (others > 0) notes.push(note('recordings.others', { count: others }));
  return notes;
}

/** Takes in what a destination was given from another one: every snapshot since the last that was taken in. As a note what goes wrong. */
export async function catalogueGiven(
  surroundings: RunSurroundings,
  repository: Repository,
  destination: string,
  options: Operation<never>,
): Promise<Note[]> {
  try {
    const all = await repository.listSnapshots(signalOf(options));
    const previous = cataloguedTree(surroundings, destination);
    const last = all.findLastIndex(({ tree }) => tree === previous);
    // What is older than the last would give recordings their former names again.
    const snapshots = previous !== undefined && last < 0 ? all.slice(-1) : all.slice(last + 1);
    const since = { snapshots, ...(previous === undefined ? {} : { previous }) };
    await takeIn(catalogueTools(surroundings), repository, destination, since, signalOf(options));
    return [];
  } catch (error) {
    options.signal?.throwIfAborted();
    return [failedNote(error)];
  }
}

// The backup itself is good. @throws what is no failure
function failedNote(error: unknown): Note {
  if (!isFailure(error)) throw error;
  return note('recordings.catalogue-failed', { reason: reasonOf(error) });
}

async function takeIn(
  tools: CatalogueTools,
  repository: Repository,
  destination: string,
  since: { snapshots: readonly NamedSnapshot[]; previous?: BlobId },
  options: Operation<CatalogueEvent>,
): Promise<{ added: number }> {
  const indexed = await repository.loadIndex(signalOf(options));
  try {
    let { previous } = since;
    let added = 0;
    for (const snapshot of since.snapshots) {
      const from = { destination, snapshot, ...(previous === undefined ? {} : { previous }) };
      added += (await catalogueSnapshot(tools, indexed, from, options)).added;
      previous = snapshot.tree;
    }
    return { added };
  } finally {
    await indexed.close();
  }
}

/** What making the catalogue anew tells. */
export type RebuildEvent = { type: 'destination'; name: string; snapshots: number } | CatalogueEvent;

/**
 * Makes the catalogue anew from the repositories of every destination that a recordings job uses; nothing else is needed.
 * Holds and viewings stay. @throws what opening a destination throws; then the catalogue holds what was read so far
 */
export async function rebuildCatalogue(
  surroundings: RunSurroundings,
  options: Operation<RebuildEvent> & { destinations?: readonly string[] } = {},
): Promise<{ recordings: number; destinations: string[] }> {
  const { store } = surroundings;
  const used = listJobs(store).flatMap((job) => (job.kind === 'recordings' ? job.destinations : []));
  const destinations = [...new Set(options.destinations ?? used)];
  store.transaction(() => store.database.exec('DELETE FROM recording; DELETE FROM recording_catalogued'));
  const tools = catalogueTools(surroundings);
  let recordings = 0;
  const opened: OpenedDestination[] = [];
  try {
    for (const destination of destinations) {
      const one = await openDestination(surroundings, destination, options);
      if (one !== undefined) opened.push(one);
    }
    // The one that reaches furthest back knows what each recording was called first, which gives it its id.
    opened.sort((one, other) => firstTime(one) - firstTime(other));
    for (const { name, repository, snapshots } of opened) {
      options.report?.({ type: 'destination', name, snapshots: snapshots.length });
      recordings += (await takeIn(tools, repository, name, { snapshots }, options)).added;
    }
  } finally {
    for (const one of opened) await one.close();
  }
  return { recordings, destinations };
}

interface OpenedDestination {
  name: string;
  repository: Repository;
  /** Oldest first. */
  snapshots: NamedSnapshot[];
  close(): Promise<void>;
}

function firstTime({ snapshots: [first] }: OpenedDestination): number {
  return first === undefined ? Infinity : Date.parse(first.time);
}

// Undefined where nothing was backed up yet.
async function openDestination(
  surroundings: RunSurroundings,
  name: string,
  options: Operation<RebuildEvent>,
): Promise<OpenedDestination | undefined> {
  const place = await openPlace(surroundings, name, signalOf(options));
  let repository: Repository | undefined;
  try {
    const password = repositoryPassword(surroundings, name, 'recordings');
    const backend = prefixedBackend(place.backend, 'recordings');
    repository = await openIfThere(() => Repository.open(backend, password, signalOf(options)));
    if (repository !== undefined) {
      const opened = repository;
      const snapshots = await opened.listSnapshots(signalOf(options));
      const close = async (): Promise<void> => {
        opened.close();
        await place.close();
      };
      return { name, repository: opened, snapshots, close };
    }
  } catch (error) {
    repository?.close();
    await place.close();
    throw error;
  }
  await place.close();
  return undefined;
}

async function openIfThere(open: () => Promise<Repository>): Promise<Repository | undefined> {
  try {
    return await open();
  } catch (error) {
    if (isFailure(error, 'repository.not-found')) return undefined;
    throw error;
  }
}
