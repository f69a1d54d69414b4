// Opens recordings where they lie: in the encrypted repositories at the destinations. Nothing is restored, nothing is
// written to disk; a repository that was opened stays open for a while, because the next question comes soon.
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { prefixedBackend } from '../backends/prefixed.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { TreeNode } from '../engine/format/tree.ts';
import type { IndexedRepository } from '../engine/repository/indexed-repository.ts';
import { Repository } from '../engine/repository/repository.ts';
import { copiesOf, findRecording, type Recording, type RecordingCopy } from '../recordings/catalogue/recording.ts';
import { RecentBlobs } from '../engine/browse/recent-blobs.ts';
import { type SnapshotFolder, SnapshotFolders } from '../engine/browse/snapshot-folders.ts';
import { contentDigest, snapshotSource, type SnapshotReader } from '../recordings/catalogue/snapshot-source.ts';
import { openRecording } from '../recordings/formats/kinds.ts';
import type { RecordingFormat, RecordingSource } from '../recordings/formats/recording-format.ts';
import { withHead } from '../recordings/formats/with-head.ts';
import { openPlace, signalOf, type OpenPlace } from './place.ts';
import { repositoryPassword } from './repository-passwords.ts';
import type { RunSurroundings } from './surroundings.ts';

/** A recording that can be read. */
export interface ArchivedRecording {
  recording: Recording;
  destination: string;
  /** The file as it is. */
  file: RecordingSource;
  /** How to play it; undefined for a kind nobody knows. `source` is the plain bytes of a gzipped one. */
  playable?: { format: RecordingFormat; source: RecordingSource };
}

/** How a recording is opened. */
export interface ArchiveOptions extends Operation {
  /**
   * For those who watch, and ask for pieces of it many times: where it lies is looked up once, and blobs that were read last are kept in
   * memory while the repository is open. Whoever proves a copy leaves this out, and reads what lies at the destination now.
   */
  isWatched?: boolean;
}

// Where a copy lies in its snapshot.
interface FoundCopy {
  folder: SnapshotFolder;
  node: TreeNode;
}

interface OpenArchive {
  place: OpenPlace;
  repository: Repository;
  indexed: IndexedRepository;
  recent: RecentBlobs;
  watched: Map<string, FoundCopy>;
}

const idleMs = 10 * 60_000;
const recentBytesMax = 32 * 1024 * 1024;
const watchedMax = 32;

/** The archive of an instance; close it when it is no longer needed. */
export class RecordingArchive {
  readonly #surroundings: RunSurroundings;
  readonly #open = new Map<string, { archive: Promise<OpenArchive>; timer: NodeJS.Timeout }>();

  constructor(surroundings: RunSurroundings) {
    this.#surroundings = surroundings;
  }

  /**
   * Opens a recording at the first destination that has it and answers.
   * @throws Failure `recordings.unknown`, `recordings.no-copy`, and what the last destination threw
   */
  async open(id: string, options: ArchiveOptions = {}): Promise<ArchivedRecording> {
    const { store } = this.#surroundings;
    const recording = findRecording(store, id);
    let trouble: Failure | undefined;
    for (const copy of copiesOf(store, recording.id)) {
      try {
        return await this.#openCopy(recording, copy, options);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (!isFailure(error)) throw error;
        trouble = error;
      }
    }
    throw trouble ?? noCopy(recording.id);
  }

  /**
   * Opens the repository of the first copy, for somebody who is about to watch: its keys and its index, nothing of the recording. Never
   * throws: what fails is told to whoever opens.
   */
  async prepare(id: string): Promise<void> {
    const [copy] = copiesOf(this.#surroundings.store, id);
    if (copy !== undefined) await this.#archive(copy.destination).catch(() => {});
  }

  /** Opens the copy at one destination. @throws Failure `recordings.no-copy` when that one has none */
  async openAt(id: string, destination: string, options: Operation = {}): Promise<ArchivedRecording> {
    const { store } = this.#surroundings;
    const recording = findRecording(store, id);
    const copy = copiesOf(store, recording.id).find((other) => other.destination === destination);
    if (copy === undefined) throw noCopy(recording.id);
    return this.#openCopy(recording, copy, options);
  }

  /** Closes every repository. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((destination) => this.#drop(destination)));
  }

  async #openCopy(recording: Recording, copy: RecordingCopy, options: ArchiveOptions): Promise<ArchivedRecording> {
    let found = await this.#find(copy, options);
    if (found === undefined) {
      // A run may have added to the repository since it was opened, or pruning may have moved things.
      await this.#drop(copy.destination);
      found = await this.#find(copy, options);
    }
    if (found === undefined) throw noCopy(recording.id);
    const plain = snapshotSource(found.reader, found.folder, found.node, signalOf(options));
    const file = withHead(this.#watched(copy.destination, plain));
    const opened = await openRecording(file);
    return {
      recording,
      destination: copy.destination,
      file,
      ...(opened === undefined ? {} : { playable: { format: opened.format, source: opened.source } }),
    };
  }

  async #find(
    copy: RecordingCopy,
    options: ArchiveOptions,
  ): Promise<(FoundCopy & { reader: SnapshotReader }) | undefined> {
    const archive = await this.#archive(copy.destination);
    if (options.isWatched !== true) {
      const found = await search(archive, copy, options);
      return found === undefined ? undefined : { ...found, reader: archive.indexed };
    }
    const key = `${copy.snapshot} ${copy.content} ${copy.path}`;
    const found = archive.watched.get(key) ?? (await search(archive, copy, options));
    if (found === undefined) return undefined;
    if (archive.watched.size >= watchedMax) archive.watched.delete(archive.watched.keys().next().value ?? '');
    archive.watched.set(key, found);
    return { ...found, reader: archive.recent };
  }

  // Opened for everybody who asks meanwhile: nobody's signal ends it.
  async #archive(destination: string): Promise<OpenArchive> {
    const known = this.#open.get(destination);
    if (known !== undefined) {
      known.timer.refresh();
      return known.archive;
    }
    const archive = this.#openArchive(destination);
    const timer = setTimeout(() => void this.#drop(destination), idleMs).unref();
    this.#open.set(destination, { archive, timer });
    archive.catch(() => this.#open.delete(destination));
    return archive;
  }

  async #openArchive(destination: string): Promise<OpenArchive> {
    const place = await openPlace(this.#surroundings, destination, {});
    try {
      const password = repositoryPassword(this.#surroundings, destination, 'recordings');
      const repository = await Repository.open(prefixedBackend(place.backend, 'recordings'), password);
      try {
        const indexed = await repository.loadIndex();
        return { place, repository, indexed, recent: new RecentBlobs(indexed, recentBytesMax), watched: new Map() };
      } catch (error) {
        repository.close();
        throw error;
      }
    } catch (error) {
      await place.close();
      throw error;
    }
  }

  async #drop(destination: string): Promise<void> {
    const known = this.#open.get(destination);
    if (known === undefined) return;
    this.#open.delete(destination);
    clearTimeout(known.timer);
    const archive = await known.archive.catch(() => undefined);
    if (archive === undefined) return;
    await archive.indexed.close();
    archive.repository.close();
    await archive.place.close();
  }

  // What fails while it is read may be mended by opening the repository anew: the next one who asks gets a fresh one.
  #watched(destination: string, source: RecordingSource): RecordingSource {
    const drop = (): void => void this.#drop(destination);
    const keep = (): void => void this.#open.get(destination)?.timer.refresh();
    return {
      ...source,
      async *read(range) {
        try {
          for await (const piece of source.read(range)) {
            keep();
            yield piece;
          }
        } catch (error) {
          if (isFailure(error)) drop();
          throw error;
        }
      },
    };
  }
}

async function search(
  { repository, indexed }: OpenArchive,
  copy: RecordingCopy,
  options: Operation,
): Promise<FoundCopy | undefined> {
  const inSnapshot = async (snapshot: NamedSnapshot): Promise<FoundCopy | undefined> => {
    const found = await new SnapshotFolders(indexed, snapshot.tree).entry(copy.path);
    return found === undefined || contentDigest(found.node) !== copy.content ? undefined : found;
  };
  const first = await ifThere(async () => inSnapshot(await repository.loadSnapshot(copy.snapshot, signalOf(options))));
  if (first !== undefined) return first;
  for (const snapshot of (await repository.listSnapshots(signalOf(options))).toReversed()) {
    const found = await ifThere(() => inSnapshot(snapshot));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function ifThere<Value>(find: () => Promise<Value | undefined>): Promise<Value | undefined> {
  try {
    return await find();
  } catch (error) {
    const isGone = ['repository.no-such-snapshot', 'repository.blob-missing', 'repository.pack-missing'];
    if (isFailure(error) && isGone.includes(error.code)) return undefined;
    throw error;
  }
}

function noCopy(id: string): Failure {
  return new Failure('recordings.no-copy', {
    message: `no destination has the recording ${id} any more`,
    hint: 'Retention has let its snapshots go, or the catalogue is older than the repository: orbit recording catalogue rebuild.',
  });
}
