// Takes damaged packs out of the repository: what can still be read of them is stored anew first, then the index forgets
// them, then their files go. The caller keeps a copy of each file before anything is changed.
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeIndex, type IndexedPack } from '../format/index-file.ts';
import { packBytesMax } from '../format/file-limits.ts';
import { fileKey, packKey } from '../format/layout.ts';
import type { BlobId, IndexId, PackId } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { listFiles, loadSealedFiles, pickSignal, sha256 } from '../repository/sealed-files.ts';
import { readPackBlobs } from './read-pack-blobs.ts';
import { rescueBlobs } from './rescue-blobs.ts';
import { rewriteIndex } from './rewrite-index.ts';
import { indexFirst } from './sound-index.ts';

/** How packs are repaired. */
export interface RepairPacksOptions extends Operation {
  /** Finds out, and changes nothing. */
  dryRun?: boolean;
  /** Called with the bytes of each damaged pack before anything is changed. When it fails, nothing is. */
  keep(pack: PackId, bytes: Buffer): Promise<void>;
}

/** What was found and done. */
export interface RepairPacksResult {
  /** Damaged packs, and the blobs of each that cannot be read. Those are lost, unless another pack has them. */
  damaged: { pack: PackId; unreadable: BlobId[] }[];
  /** Packs that are whole; they stay. */
  whole: PackId[];
  /** Blobs stored anew. */
  rescuedBlobs: number;
}

/**
 * Repairs these packs. Hold the exclusive lock.
 * @throws Failure `repair.no-such-pack`, `repair.index-first`, and `repository.damaged-file` for an index file that cannot be read
 */
export async function repairPacks(
  repository: Repository,
  ids: readonly PackId[],
  options: RepairPacksOptions,
): Promise<RepairPacksResult> {
  const operation = pickSignal(options);
  const files = await listFiles<IndexId>(repository.backend, 'index', operation);
  const packs = new Map<PackId, IndexedPack>();
  for await (const { id, json } of loadSealedFiles(repository, 'index', files, operation))
    for (const pack of decodeIndex(fileKey('index', id), await json())) packs.set(pack.id, pack);
  const result: RepairPacksResult = { damaged: [], whole: [], rescuedBlobs: 0 };
  for (const id of new Set(ids)) {
    const pack = packs.get(id);
    if (pack === undefined) throw noSuchPack(id);
    const bytes = await loadPack(repository, id, operation);
    const unreadable = await unreadableBlobs(repository, pack, operation);
    if (sha256(bytes) === id) {
      if (unreadable.length > 0) throw indexFirst(`pack ${id} is whole, but holds something else than the index says`);
      result.whole.push(id);
    } else {
      if (options.dryRun !== true) await options.keep(id, bytes);
      result.damaged.push({ pack: id, unreadable });
    }
  }
  if (options.dryRun === true || result.damaged.length === 0) return result;
  const damaged = result.damaged.map(({ pack }) => pack);
  const drop = new Set(damaged);
  result.rescuedBlobs = await rescueBlobs(repository, packs, damaged, operation);
  const all = (await listFiles<IndexId>(repository.backend, 'index', operation)).map(({ id }) => id);
  await rewriteIndex(repository, { files: all, drop }, operation);
  for (const id of damaged) await repository.backend.remove(packKey(id), operation);
  return result;
}

async function unreadableBlobs(repository: Repository, pack: IndexedPack, options: Operation): Promise<BlobId[]> {
  const left = new Set(pack.blobs.map(({ id }) => id));
  for await (const blob of readPackBlobs(repository, pack, options)) if (!isFailure(blob)) left.delete(blob.id);
  return [...left];
}

async function loadPack({ backend }: Repository, id: PackId, options: Operation): Promise<Buffer> {
  try {
    return await backend.load(packKey(id), undefined, { ...options, maxBytes: packBytesMax });
  } catch (error) {
    if (isFailure(error, 'backend.not-found')) throw noSuchPack(id, error);
    throw error;
  }
}

function noSuchPack(id: PackId, cause?: Failure): Failure {
  return new Failure('repair.no-such-pack', {
    message: cause === undefined ? `no index names the pack ${id}` : `pack ${id} is gone`,
    hint: 'Give whole ids as `orbit repo check --read-data` prints them. For a pack that is gone run `orbit repo repair index`.',
    facts: { pack: id },
    ...(cause === undefined ? {} : { cause }),
  });
}
