// One backup into several repositories: one walk, each file read, cut, hashed and compressed once, one tree for all.
import { systemClock } from '../../base/clock.ts';
import type { Compression } from '../format/compression.ts';
import type { NamedSnapshot, Snapshot } from '../format/snapshot-types.ts';
import type { SnapshotId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { backup, type BackupOptions, type BackupResult, wantedParent } from './backup.ts';
import { type FedPlace, FedRepository } from './fed-repository.ts';
import { FedResealer } from './fed-resealer.ts';
import { FedTarget } from './fed-target.ts';
import { defaultPatience, Feed, NobodyWholeError, type Patience } from './feed.ts';
import { inProcessFileSaver } from './in-process-file-saver.ts';
import { findParent } from './parent.ts';
import { indexFilesOf, type KeptOptions, openNotes, openStatCache } from './kept-between-runs.ts';
import { resumingFileSaver } from './resuming-file-saver.ts';
import { workerFileSaver } from './worker-file-saver.ts';

/**
 * How it ended for one repository. `made`: it has the snapshot. `behind`: it lacks something that those which have it can
 * give: copying their snapshot completes it. `lost`: nothing more could be done there.
 */
export type FedEnd =
  | { name: string; state: 'made'; snapshotId: SnapshotId; snapshot: Snapshot }
  | { name: string; state: 'behind' }
  | { name: string; state: 'lost'; failure: unknown };

/** How the backup goes about its repositories. */
export interface SeveralOptions
  extends Omit<BackupOptions, 'snapshots' | 'parent' | 'dryRun' | 'skipIfUnchanged'>,
    KeptOptions {
  /** Threads that read files; 0 reads in this one. Default: one a core. */
  workers?: number;
  compression?: Compression;
  patience?: Patience;
  /** So many packs may wait for one place before it is passed over; default 4. */
  packsAhead?: number;
  /** What is sealed anew for another repository is sealed by a thread after so many bytes; default 24 MiB. */
  threadAfterBytes?: number;
  /** Called once for each repository, as soon as it has ended, while others may go on. */
  onEnd: (end: FedEnd) => void;
}

/** What one reading of the source came to: its result, or the places for which it has to be read again. */
interface Attempt {
  result?: BackupResult;
  left: FedPlace[];
}

interface Opened {
  place: FedPlace;
  indexed: IndexedRepository;
}

/**
 * Backs up into all places at once. Ends when every one of them has; gives undefined when all were lost. The parent is the
 * newest one that any place has. When only places are left that missed something, the source is read once more for them.
 * @throws what `backup` throws for its source, and the signal's reason; then no place has the snapshot
 */
export async function backupIntoSeveral(
  places: readonly FedPlace[],
  paths: readonly (string | Buffer)[],
  options: SeveralOptions,
): Promise<BackupResult | undefined> {
  const { signal } = options;
  for (
    let left = places.map((place) => ({ ...(signal === undefined ? {} : { signal }), ...place }));
    left.length > 0;
  ) {
    const attempt = await readOnce(left, paths, options);
    if (attempt.result !== undefined) return attempt.result;
    // Their indexes tell of blobs that were never stored.
    left = attempt.left.map((place) => {
      const again = { ...place };
      delete again.indexed;
      return again;
    });
  }
  return undefined;
}

async function readOnce(
  places: readonly FedPlace[],
  paths: readonly (string | Buffer)[],
  options: SeveralOptions,
): Promise<Attempt> {
  const { sorted, parent } = leaderFirst(places, paths, options);
  const [leader, ...followers] = await openAll(sorted, options);
  if (leader === undefined) return { left: [] };
  const feedKey = leader.place.repository.masterKey;
  const fed = [leader, ...followers].map(async ({ place, indexed }) => {
    const { name } = place;
    const { packsAhead, threadAfterBytes } = options;
    return new FedRepository(place, indexed, {
      ...(place === leader.place ? {} : { resealer: await FedResealer.create(indexed, { feedKey, threadAfterBytes }) }),
      ...(packsAhead === undefined ? {} : { packsAhead }),
      onLost: (failure) => options.onEnd({ name, state: 'lost', failure }),
    });
  });
  const repositories = await Promise.all(fed);
  for (const repository of repositories) if (!isAlike(repository, leader)) repository.miss();
  try {
    const result = await feedAll(repositories, leader, parent, paths, options);
    return { result, left: [] };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof NobodyWholeError)) throw error;
    return { left: repositories.filter(({ standing }) => standing !== 'lost').map(({ place }) => place) };
  } finally {
    await Promise.all(repositories.map((repository) => repository.end()));
    await Promise.all([leader, ...followers].map(({ indexed }) => indexed.close()));
  }
}

async function feedAll(
  repositories: readonly FedRepository[],
  leader: Opened,
  parent: NamedSnapshot | undefined,
  paths: readonly (string | Buffer)[],
  options: SeveralOptions,
): Promise<BackupResult> {
  const { workers, onEnd } = options;
  const alike = repositories.filter((repository) => isAlike(repository, leader));
  const hub = leader.indexed.writingTo(new Feed(alike, options.patience ?? defaultPatience));
  const target = new FedTarget(repositories, hub);
  const reader =
    workers === 0
      ? inProcessFileSaver(hub)
      : workerFileSaver(hub, { ...pickSignal(options), ...(workers === undefined ? {} : { workers }) });
  const fed = repositories.map(({ indexed }) => indexed);
  const notes = openNotes(fed, paths, options);
  const saver = notes === undefined ? reader : resumingFileSaver(reader, notes, (id) => target.hasBlob('data', id));
  const statCache = await openStatCache(fed, paths, options);
  const made: IndexedRepository[] = [];
  let all: Promise<unknown> = Promise.resolve();
  const saveSnapshot = (snapshot: Snapshot): Promise<SnapshotId> => {
    const finishing = finishAll(repositories, snapshot, parent, (end) => {
      if (end.state === 'made') made.push(...fed.filter((_indexed, at) => repositories[at]?.place.name === end.name));
      onEnd(end);
    });
    all = finishing.all;
    return finishing.first;
  };
  try {
    const result = await backup(
      {
        hasBlob: (type, id) => target.hasBlob(type, id),
        loadBlob: (type, id, how) => target.loadBlob(type, id, how),
        locateBlob: (type, id) => hub.locateBlob(type, id),
        loadBlobs: (packId, wanted, how) => target.loadBlobs(packId, wanted, how),
        saveBlob: (type, plaintext, how) => target.saveBlob(type, plaintext, how),
        flush: (how) => hub.flush(how),
        saveSnapshot,
      },
      target.watching(saver),
      paths,
      {
        ...options,
        ...(parent === undefined ? {} : { parent }),
        ...(statCache === undefined ? {} : { statCache }),
      },
    );
    await all;
    statCache?.keep(indexFilesOf(made));
    notes?.forget();
    return result;
  } catch (error) {
    statCache?.discard();
    throw error;
  } finally {
    await all;
    await saver.close();
    await hub.close();
  }
}

// What is compressed, and how, depends on the version; a copy knows how to bring one to the other.
function isAlike({ place }: FedRepository, leader: Opened): boolean {
  return place.repository.version === leader.place.repository.version;
}

// Each stores its snapshot when it is ready. Whoever is behind is told when there is somebody to copy from.
function finishAll(
  repositories: readonly FedRepository[],
  snapshot: Snapshot,
  parent: NamedSnapshot | undefined,
  onEnd: SeveralOptions['onEnd'],
): { first: Promise<SnapshotId>; all: Promise<unknown> } {
  const made = repositories.map(async (repository) => {
    const { name } = repository.place;
    const snapshotId = await repository.finish(snapshot, parent);
    if (snapshotId === undefined) throw new NobodyWholeError();
    onEnd({ name, state: 'made', snapshotId, snapshot });
    return snapshotId;
  });
  const first = Promise.any(made).catch(() => {
    throw new NobodyWholeError();
  });
  const tellBehind = async (repository: FedRepository, ended: Promise<SnapshotId>): Promise<void> => {
    const isMade = await ended.then(
      () => true,
      () => false,
    );
    if (isMade || repository.standing === 'lost') return;
    await first.then(
      () => onEnd({ name: repository.place.name, state: 'behind' }),
      () => {},
    );
  };
  return { first, all: Promise.all(repositories.map((repository, at) => tellBehind(repository, made[at] ?? first))) };
}

// The place with the newest parent: what it has need not be read from the source again.
function leaderFirst(
  places: readonly FedPlace[],
  paths: readonly (string | Buffer)[],
  options: SeveralOptions,
): { sorted: FedPlace[]; parent: NamedSnapshot | undefined } {
  const wanted = wantedParent(paths, { ...options, time: options.time ?? (options.clock ?? systemClock).now() });
  const parentOf = ({ snapshots }: FedPlace): NamedSnapshot | undefined =>
    options.force === true ? undefined : findParent(snapshots, wanted);
  const age = (place: FedPlace): number => -Date.parse(parentOf(place)?.time ?? new Date(0).toISOString());
  const sorted = places.toSorted((a, b) => age(a) - age(b));
  return { sorted, parent: sorted[0] === undefined ? undefined : parentOf(sorted[0]) };
}

async function openAll(places: readonly FedPlace[], options: SeveralOptions): Promise<Opened[]> {
  const { compression } = options;
  const open = async (place: FedPlace): Promise<Opened | undefined> => {
    try {
      const how = { ...pickSignal(place), ...(compression === undefined ? {} : { compression }) };
      return { place, indexed: place.indexed ?? (await place.repository.loadIndex(how)) };
    } catch (failure) {
      options.onEnd({ name: place.name, state: 'lost', failure });
      return undefined;
    }
  };
  return (await Promise.all(places.map(open))).filter((opened) => opened !== undefined);
}
