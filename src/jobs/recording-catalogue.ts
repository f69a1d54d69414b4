// Keeps the catalogue of recordings: after each run from the snapshot it made, and anew from the repositories alone.
import { type Note, note, reasonOf } from '../base/note.ts';
import { orbitEvent } from '../base/event.ts';
import { isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { prefixedBackend } from '../backends/prefixed.ts';
import type { BlobId, SnapshotId } from '../engine/ids.ts';
import { Repository } from '../engine/repository/repository.ts';
import {
  type CatalogueEvent,
  type CatalogueResult,
  catalogueSnapshot,
} from '../recordings/catalogue/catalogue-snapshot.ts';
import { catalogueTools } from '../recordings/catalogue/catalogue-tools.ts';
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
    if (!isFailure(error)) throw error;
    return [note('recordings.catalogue-failed', { reason: reasonOf(error) })];
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
  for (const destination of destinations) {
    const place = await openPlace(surroundings, destination, signalOf(options));
    try {
      const password = repositoryPassword(surroundings, destination, 'recordings');
      const repository = await openIfThere(() =>
        Repository.open(prefixedBackend(place.backend, 'recordings'), password, signalOf(options)),
      );
      if (repository === undefined) continue;
      try {
        const snapshots = await repository.listSnapshots(signalOf(options));
        options.report?.({ type: 'destination', name: destination, snapshots: snapshots.length });
        const indexed = await repository.loadIndex(signalOf(options));
        let previous: BlobId | undefined;
        for (const snapshot of snapshots) {
          const from = { destination, snapshot, ...(previous === undefined ? {} : { previous }) };
          recordings += (await catalogueSnapshot(tools, indexed, from, options)).added;
          previous = snapshot.tree;
        }
        await indexed.close();
      } finally {
        repository.close();
      }
    } finally {
      await place.close();
    }
  }
  return { recordings, destinations };
}

async function openIfThere(open: () => Promise<Repository>): Promise<Repository | undefined> {
  try {
    return await open();
  } catch (error) {
    if (isFailure(error, 'repository.not-found')) return undefined;
    throw error;
  }
}
