// Copies snapshots into another repository: blobs are opened, verified and sealed anew with the other key, not compressed
// again. What the target has already is not sent. Interrupted at any moment, the next run goes on where it stopped.
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { NamedSnapshot, Snapshot } from '../format/snapshot-types.ts';
import type { IndexId, SnapshotId } from '../ids.ts';
import type { SavedBlob } from '../repository/blob-store.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import type { Repository } from '../repository/repository.ts';
import { listFiles, pickSignal } from '../repository/sealed-files.ts';
import { reseal } from '../repository/reseal.ts';
import { carryBlobs, type CarryEvent } from './carry-blobs.ts';
import type { ReadBlob } from './read-pack-blobs.ts';
import { type ResealingOptions, ResealThreads } from './reseal-threads.ts';
import { markUsedBlobs, type UsedBlobsEvent } from './used-blobs.ts';
import { walkTrees } from './walk-trees.ts';

/** What copying tells. */
export type CopyEvent =
  | CarryEvent
  | UsedBlobsEvent
  | { type: 'snapshot-copied'; from: NamedSnapshot; to: SnapshotId }
  | { type: 'snapshot-incomplete'; snapshot: NamedSnapshot; failure: Failure };

/** How snapshots are copied. */
export interface CopyOptions extends Operation<CopyEvent> {
  resealing?: ResealingOptions;
}

/** What was copied. Bytes are those of sealed blobs. */
export interface CopyResult {
  copied: { from: SnapshotId; to: SnapshotId }[];
  /** Snapshots that the target has already. */
  alreadyThere: number;
  /** Snapshots that were not copied, because the source has lost something they need. */
  incomplete: { snapshot: SnapshotId; failure: Failure }[];
  blobs: number;
  bytes: number;
}

/**
 * Copies snapshots from `source` to `target`, oldest first as given; a copy tells in `original` where it comes from. Hold a
 * shared lock on both. Snapshots that cannot be read whole are left out and named; everything else is copied.
 */
export async function copySnapshots(
  source: Repository,
  target: Repository,
  snapshots: readonly NamedSnapshot[],
  options: CopyOptions = {},
): Promise<CopyResult> {
  const operation = pickSignal(options);
  const there = await target.listSnapshots(operation);
  const wanted = snapshots.filter((snapshot) => !there.some((other) => isCopyOf(other, snapshot)));
  const result: CopyResult = {
    copied: [],
    alreadyThere: snapshots.length - wanted.length,
    incomplete: [],
    blobs: 0,
    bytes: 0,
  };
  if (wanted.length === 0) return result;
  const from = await source.loadIndex(operation);
  const to = await target.loadIndex(operation);
  try {
    const isWhole = await copyBlobs(from, to, wanted, result, options);
    for (const snapshot of wanted) {
      options.signal?.throwIfAborted();
      const failure = isWhole ? undefined : await findGap(from, to, snapshot, operation);
      if (failure === undefined) {
        const id = await target.saveSnapshot(copyOf(snapshot), operation);
        result.copied.push({ from: snapshot.id, to: id });
        options.report?.({ type: 'snapshot-copied', from: snapshot, to: id });
      } else {
        result.incomplete.push({ snapshot: snapshot.id, failure });
        options.report?.({ type: 'snapshot-incomplete', snapshot, failure });
      }
    }
    return result;
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

// True when the target has everything now that the snapshots reach.
async function copyBlobs(
  from: IndexedRepository,
  to: IndexedRepository,
  snapshots: readonly NamedSnapshot[],
  result: CopyResult,
  options: CopyOptions,
): Promise<boolean> {
  const operation = pickSignal(options);
  let unreadableTrees = 0;
  const used = await markUsedBlobs(from, snapshots, { ...options, unreadable: () => (unreadableTrees += 1) });
  const files = await listFiles<IndexId>(from.repository.backend, 'index', operation);
  const threads = new ResealThreads(from.repository, to.repository, options.resealing);
  const count = ({ isNew, storedBytes }: SavedBlob): void => {
    if (!isNew) return;
    result.blobs += 1;
    result.bytes += storedBytes;
  };
  try {
    await carryBlobs(
      from,
      {
        indexFiles: files.map(({ id }) => id),
        wanted: used.isUsed,
        isThere: ({ type, id }) => to.hasBlob(type, id),
        store: async (blob) => count(await storeResealed(from, to, blob, operation)),
        quick: {
          lanes: (carriedBytes) => threads.lanes(carriedBytes),
          carry: (pack, blobs, stored) =>
            threads.reseal(
              pack,
              blobs.filter((blob) => staysAsItIs(from, to, blob)),
              async (blob, resealed) => {
                count(await to.saveSealed(blob.type, blob.id, resealed, operation));
                stored(blob);
              },
              operation,
            ),
        },
      },
      options,
    );
  } finally {
    await threads.close();
  }
  await to.flush(operation);
  return unreadableTrees === 0 && used.missingCount === 0 && !used.isUsed.includes(1);
}

// Version 1 cannot compress; version 2 wants trees compressed, and gains from compressing what version 1 could not.
function staysAsItIs(
  from: IndexedRepository,
  to: IndexedRepository,
  { type, uncompressedLength }: Pick<ReadBlob, 'type' | 'uncompressedLength'>,
): boolean {
  const isCompressed = uncompressedLength !== 0;
  if (to.repository.version < 2) return !isCompressed;
  return isCompressed || (type === 'data' && from.repository.version >= 2);
}

async function storeResealed(
  from: IndexedRepository,
  to: IndexedRepository,
  blob: ReadBlob,
  options: Operation,
): Promise<SavedBlob> {
  const { type, id, plaintext, sealed, uncompressedLength } = blob;
  const resealed = staysAsItIs(from, to, blob)
    ? reseal(sealed, from.repository.sealer, to.repository.sealer)
    : undefined;
  if (resealed === undefined) return to.saveBlob(type, plaintext, options);
  return to.saveSealed(type, id, { sealed: resealed, uncompressedLength }, options);
}

// The first thing of a snapshot that did not arrive.
async function findGap(
  from: IndexedRepository,
  to: IndexedRepository,
  { id, tree }: NamedSnapshot,
  options: Operation,
): Promise<Failure | undefined> {
  let failure: Failure | undefined;
  const lost = (what: string, cause?: Failure): void => {
    failure ??= incomplete(id, what, cause);
  };
  await walkTrees(
    from,
    [{ id: tree, snapshot: id, path: '' }],
    {
      tree(met, nodes) {
        if (!to.hasBlob('tree', met.id)) lost(`folder ${met.path || '/'}`);
        for (const node of nodes)
          for (const blob of node.content ?? [])
            if (!to.hasBlob('data', blob)) lost(`file ${met.path}/${node.name.toString('utf8')}`);
      },
      unreadable: (met, cause) => lost(`folder ${met.path || '/'}`, cause),
    },
    options,
  );
  return failure;
}

// The parent means nothing in another repository.
function copyOf({ id, ...snapshot }: NamedSnapshot): Snapshot {
  const copy: Snapshot = { ...snapshot, original: snapshot.original ?? id };
  delete copy.parent;
  return copy;
}

// As restic: everything but parent and original must be the same.
function isCopyOf(other: NamedSnapshot, snapshot: NamedSnapshot): boolean {
  const isSameOrigin = [other.original, other.id].includes(snapshot.original ?? snapshot.id);
  const shape = ({
    time,
    tree,
    hostname,
    username,
    uid,
    gid,
    paths,
    excludes = [],
    tags = [],
  }: NamedSnapshot): string =>
    JSON.stringify([Date.parse(time), tree, hostname, username, uid, gid, paths.toSorted(), excludes, tags.toSorted()]);
  return isSameOrigin && shape(other) === shape(snapshot);
}

function incomplete(id: SnapshotId, what: string, cause: Failure | undefined): Failure {
  return new Failure('copy.incomplete', {
    message: `snapshot ${id.slice(0, 8)} was not copied: ${what} cannot be read whole in the source`,
    hint: 'Run `orbit repo check --read-data` on the source to see what is damaged. The other snapshots were copied.',
    facts: { snapshot: id },
    ...(cause === undefined ? {} : { cause }),
  });
}
