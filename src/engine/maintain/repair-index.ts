// Makes an index again from what packs say of themselves. Nothing but index files is removed; and of a pack that has lost its
// header, what the old index still finds is carried into a new pack first.
import { isFailure, type Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeIndex, type IndexedPack } from '../format/index-file.ts';
import { fileKey, idOfKey, packKey } from '../format/layout.ts';
import { encodePackHeader, packBytes } from '../format/pack-header.ts';
import type { IndexId, PackId } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { listFiles, loadSealedFiles, pickSignal } from '../repository/sealed-files.ts';
import { readPackHeader } from './read-pack-header.ts';
import { rescueBlobs } from './rescue-blobs.ts';
import { rewriteIndex } from './rewrite-index.ts';

/** How the index is repaired. */
export interface RepairIndexOptions extends Operation<{ type: 'pack-looked-at'; pack: PackId }> {
  /** Looks into every pack; otherwise only into those that no index names or whose size is not the promised one. */
  readAll?: boolean;
  /** Finds out, and writes nothing. */
  dryRun?: boolean;
}

/** What was found and done. */
export interface RepairIndexResult {
  /** Packs that the index names again, or rightly now. */
  added: PackId[];
  /** Packs that the index named and that are gone. */
  missing: PackId[];
  /** Packs that cannot be understood: their blobs are lost, except for those rescued. The files stay until prune. */
  damaged: { pack: PackId; failure: Failure }[];
  /** Blobs carried out of damaged packs. */
  rescuedBlobs: number;
  /** Index files that could not be read; they are replaced. */
  unreadableFiles: IndexId[];
  /** False when the index was sound and nothing had to be done. */
  isChanged: boolean;
}

interface FoundIndex {
  unreadable: IndexId[];
  packs: Map<PackId, IndexedPack>;
  disputed: Set<PackId>;
}

/** Repairs the index. Hold the exclusive lock. */
export async function repairIndex(
  repository: Repository,
  options: RepairIndexOptions = {},
): Promise<RepairIndexResult> {
  const operation = pickSignal(options);
  const index = await readWhatCanBeRead(repository, operation);
  const missing = new Set(index.packs.keys());
  const added: IndexedPack[] = [];
  const damaged: RepairIndexResult['damaged'] = [];
  for await (const { key, size } of repository.backend.list('data/', operation)) {
    const id = idOfKey(key) as PackId | undefined;
    if (id === undefined || key !== packKey(id)) continue;
    missing.delete(id);
    const known = index.packs.get(id);
    const isTrusted = known !== undefined && packBytes(known.blobs) === size && !index.disputed.has(id);
    if (isTrusted && options.readAll !== true) continue;
    options.report?.({ type: 'pack-looked-at', pack: id });
    try {
      const pack = await readPackHeader(repository, id, size, operation);
      if (!isTrusted || contentOf(pack) !== contentOf(known)) added.push(pack);
    } catch (error) {
      if (!isFailure(error) || error.code !== 'repository.damaged-pack') throw error;
      damaged.push({ pack: id, failure: error });
    }
  }
  const result: RepairIndexResult = {
    added: added.map(({ id }) => id),
    missing: [...missing],
    damaged,
    rescuedBlobs: 0,
    unreadableFiles: index.unreadable,
    isChanged:
      added.length + missing.size + index.unreadable.length > 0 || damaged.some(({ pack }) => index.packs.has(pack)),
  };
  if (!result.isChanged || options.dryRun === true) return result;
  const drop = new Set([...result.added, ...missing, ...damaged.map(({ pack }) => pack)]);
  result.rescuedBlobs = await rescueBlobs(
    repository,
    index.packs,
    damaged.map(({ pack }) => pack),
    operation,
  );
  const files = (await listFiles<IndexId>(repository.backend, 'index', operation)).map(({ id }) => id);
  const unreadable = new Set(index.unreadable);
  const readable = files.filter((id) => !unreadable.has(id));
  await rewriteIndex(repository, { files: readable, drop, add: added, unreadable }, operation);
  return result;
}

async function readWhatCanBeRead(repository: Repository, options: Operation): Promise<FoundIndex> {
  const found: FoundIndex = { unreadable: [], packs: new Map(), disputed: new Set() };
  const files = await listFiles<IndexId>(repository.backend, 'index', options);
  for await (const { id, json } of loadSealedFiles(repository, 'index', files, options)) {
    options.signal?.throwIfAborted();
    try {
      for (const pack of decodeIndex(fileKey('index', id), await json())) {
        const other = found.packs.get(pack.id);
        if (other !== undefined && contentOf(other) !== contentOf(pack)) found.disputed.add(pack.id);
        found.packs.set(pack.id, pack);
      }
    } catch (error) {
      if (!isFailure(error, 'repository.damaged-file')) throw error;
      found.unreadable.push(id);
    }
  }
  return found;
}

function contentOf({ blobs }: IndexedPack): string {
  return encodePackHeader(blobs.toSorted((a, b) => a.offset - b.offset)).toString('latin1');
}
