// Looks at a whole repository before anything is removed: which packs there are, which blobs they hold, which blobs
// snapshots still reach. Compact: 8 bytes for each place of a blob besides the index, 1 for each blob.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { canDate } from '../../backends/abilities.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { RepositoryVersion } from '../format/config.ts';
import { decodeIndex, type IndexedPack } from '../format/index-file.ts';
import { fileKey, idOfKey, packKey } from '../format/layout.ts';
import { encodePackHeader, packBytes, type PackedBlob } from '../format/pack-header.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { BlobType, IndexId, PackId, SnapshotId } from '../ids.ts';
import { loadRekeyState } from '../rekey/rekey-state.ts';
import { IndexedRepository } from '../repository/indexed-repository.ts';
import type { Repository } from '../repository/repository.ts';
import { type ListedFile, listFiles, loadSealedFiles, pickSignal } from '../repository/sealed-files.ts';
import { GrowingNumbers } from './growing-numbers.ts';
import { markUsedBlobs, type MissingBlob } from './used-blobs.ts';

/** A pack that an index names. Bytes are those of the whole pack. */
export interface PackUsage {
  id: PackId;
  type: BlobType | 'mixed';
  /** What its blobs and its header make up, by the index. */
  bytes: number;
  /** What is stored; undefined for a pack that is missing. */
  storedBytes: number | undefined;
  /** Holds trees that are not compressed. */
  hasRawTrees: boolean;
  /** Its blobs' part of `placeBlobs` and `placeLengths`. */
  first: number;
  end: number;
}

/** A pack that no index names. */
export interface UnindexedPack {
  id: PackId;
  bytes: number;
  /** When it was stored, where the place tells. */
  storedAt?: Date;
}

/** What a repository holds and what of it is needed: all that planning needs to know. */
export interface RepositoryUsage {
  version: RepositoryVersion;
  packs: PackUsage[];
  /** For each place of a blob in a pack: the blob's number, and its sealed length there. */
  placeBlobs: Uint32Array;
  placeLengths: Uint32Array;
  /** By a blob's number: 1 when a snapshot reaches it. */
  isUsed: Uint8Array;
  unindexed: UnindexedPack[];
  /** Blobs that snapshots need and no index knows; the first ones, and how many there are. */
  missing: MissingBlob[];
  missingCount: number;
  /** Packs of which two index files say different things. */
  disputed: PackId[];
}

/** A surveyed repository: its usage, and what it was like when it was looked at. */
export interface Survey {
  usage: RepositoryUsage;
  indexed: IndexedRepository;
  indexFiles: ReadonlySet<IndexId>;
  /** The snapshots whose data counts as used. */
  needed: readonly NamedSnapshot[];
}

/** What the survey tells. */
export interface SurveyEvent {
  type: 'trees-walked';
  trees: number;
}

/**
 * Surveys. `without`: snapshots that will be gone, so that what only they reach counts as unused. The caller closes
 * `indexed`, and holds a lock: the exclusive one if it means to remove anything.
 * @throws Failure `prune.unreadable` when a snapshot or a tree cannot be read: then nobody knows what is needed
 */
export async function surveyRepository(
  repository: Repository,
  options: Operation<SurveyEvent> & { without?: ReadonlySet<SnapshotId> } = {},
): Promise<Survey> {
  const operation = pickSignal(options);
  // Snapshots before the index: of one that is added meanwhile we might not know the packs.
  const snapshots = await readable('its snapshots', () => repository.listSnapshots(operation));
  const indexed = IndexedRepository.empty(repository);
  try {
    const { index, ...tables } = await readIndex(indexed, operation);
    const needed = snapshots.filter(({ id }) => options.without?.has(id) !== true);
    const marked = await readable('its trees', () => markUsedBlobs(indexed, needed, options));
    const usage = { version: repository.version, ...tables, unindexed: [] as UnindexedPack[], ...marked };
    await readPackSizes(repository, usage, operation);
    return { usage, indexed, indexFiles: index, needed };
  } catch (error) {
    await indexed.close();
    throw error;
  }
}

type IndexTables = Pick<RepositoryUsage, 'packs' | 'placeBlobs' | 'placeLengths' | 'disputed'>;

async function readIndex(
  indexed: IndexedRepository,
  options: Operation,
): Promise<IndexTables & { index: Set<IndexId> }> {
  const { repository } = indexed;
  const files = await listFiles<IndexId>(repository.backend, 'index', options);
  const contents = new Map<PackId, string>();
  const disputed = new Set<PackId>();
  const packs: PackUsage[] = [];
  const blobs = new GrowingNumbers();
  const lengths = new GrowingNumbers();
  for await (const { id, json } of loadSealedFiles(repository, 'index', files, options)) {
    options.signal?.throwIfAborted();
    const listed = decodeIndex(fileKey('index', id), await json());
    indexed.addPacks(listed);
    for (const pack of listed) {
      const sorted = { id: pack.id, blobs: pack.blobs.toSorted((a, b) => a.offset - b.offset) };
      const content = createHash('sha256').update(encodePackHeader(sorted.blobs)).digest('base64');
      const other = contents.get(pack.id);
      // Two index files may name the same pack, as long as they say the same.
      if (other !== undefined && other !== content) disputed.add(pack.id);
      if (other !== undefined) continue;
      contents.set(pack.id, content);
      packs.push(packUsage(sorted, lengths.length));
      for (const { length } of sorted.blobs) lengths.push(length);
      if (!indexed.index.isOnDisk) pushNumbers(blobs, indexed, sorted.blobs);
    }
  }
  return {
    index: new Set(files.map(({ id }) => id)),
    packs,
    placeBlobs: (indexed.index.isOnDisk ? await numbersOnDisk(indexed, files, options) : blobs).toArray(),
    placeLengths: lengths.toArray(),
    disputed: [...disputed],
  };
}

// On disk a blob has its number only once everything is there, so the files are read a second time.
async function numbersOnDisk(
  indexed: IndexedRepository,
  files: readonly ListedFile<IndexId>[],
  options: Operation,
): Promise<GrowingNumbers> {
  const { repository } = indexed;
  const blobs = new GrowingNumbers();
  const seen = new Set<PackId>();
  for await (const { id, json } of loadSealedFiles(repository, 'index', files, options)) {
    options.signal?.throwIfAborted();
    for (const pack of decodeIndex(fileKey('index', id), await json())) {
      if (seen.has(pack.id)) continue;
      seen.add(pack.id);
      pushNumbers(
        blobs,
        indexed,
        pack.blobs.toSorted((a, b) => a.offset - b.offset),
      );
    }
  }
  return blobs;
}

function pushNumbers(numbers: GrowingNumbers, { index }: IndexedRepository, blobs: readonly PackedBlob[]): void {
  for (const { type, id } of blobs) {
    const number = index.numberOf(type, id);
    assert.ok(number !== undefined);
    numbers.push(number);
  }
}

function packUsage({ id, blobs }: IndexedPack, first: number): PackUsage {
  const types = new Set(blobs.map(({ type }) => type));
  const [type = 'data'] = types;
  const hasRawTrees = blobs.some((blob) => blob.type === 'tree' && blob.uncompressedLength === 0);
  return {
    id,
    type: types.size > 1 ? 'mixed' : type,
    bytes: packBytes(blobs),
    storedBytes: undefined,
    hasRawTrees,
    first,
    end: first + blobs.length,
  };
}

async function readPackSizes(repository: Repository, usage: RepositoryUsage, options: Operation): Promise<void> {
  const { backend } = repository;
  const byId = new Map(usage.packs.map((pack) => [pack.id, pack]));
  for await (const { key, size } of backend.list('data/', options)) {
    const id = idOfKey(key) as PackId | undefined;
    if (id === undefined || key !== packKey(id)) continue;
    const pack = byId.get(id);
    if (pack !== undefined) pack.storedBytes = size;
    else usage.unindexed.push({ id, bytes: size });
  }
  // They may be those of the other of two repositories that share the place for a while.
  if (usage.unindexed.length > 0 && (await loadRekeyState(backend, options)) !== undefined) usage.unindexed = [];
  if (!canDate(backend)) return;
  for (const pack of usage.unindexed) pack.storedAt = await backend.modifiedAt(packKey(pack.id), options);
}

async function readable<Result>(what: string, read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (!isFailure(error) || error.code.startsWith('backend.')) throw error;
    throw new Failure('prune.unreadable', {
      message: `not all of ${what} can be read, so it is unknown which data is still needed; nothing was removed`,
      hint: 'Run `orbit repo check` to see what is affected. Copy the file named from another destination, or forget the snapshot that needs it.',
      cause: error,
    });
  }
}
