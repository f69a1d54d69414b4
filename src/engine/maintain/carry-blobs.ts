// Reads wanted blobs pack by pack, in the order of the index files, and hands each over once. Memory stays small however
// many there are: one byte for each, and one index file at a time.
import { setImmediate as turnOfOthers } from 'node:timers/promises';
import { isFailure, type Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeIndex, type IndexedPack } from '../format/index-file.ts';
import { fileKey } from '../format/layout.ts';
import type { PackedBlob } from '../format/pack-header.ts';
import type { IndexId, PackId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { loadSealedFile, pickSignal } from '../repository/sealed-files.ts';
import { readPackBlobs, type ReadBlob } from './read-pack-blobs.ts';

// Opening, hashing and sealing take the thread: whoever else it serves gets a turn after this much.
const bytesPerTurn = 1024 * 1024;

/** What is carried, from where, and where to. */
export interface Carrying {
  indexFiles: Iterable<IndexId>;
  /** By the number of a blob: 1 when it is wanted. Becomes 0 for each one that was handed over. */
  wanted: Uint8Array;
  /** Passes over packs for which this is false. */
  isSource?: (pack: PackId) => boolean;
  /** Passes over blobs for which this is true: they need not be carried. */
  isThere?: (blob: PackedBlob) => boolean;
  store(blob: ReadBlob): Promise<void>;
}

/** A pack was gone through. Bytes of the blobs that were carried out of it. */
export interface CarryEvent {
  type: 'pack-carried';
  pack: PackId;
  bytes: number;
}

/**
 * Carries blobs out of `source`. One that is damaged in a pack stays wanted, and is tried again in every other pack that has
 * it. Gives the first damage met: it matters only while something is still wanted.
 */
export async function carryBlobs(
  source: IndexedRepository,
  carrying: Carrying,
  options: Operation<CarryEvent> = {},
): Promise<Failure | undefined> {
  const { repository } = source;
  const done = new Set<PackId>();
  let damage: Failure | undefined;
  for (const file of carrying.indexFiles) {
    const json = await loadSealedFile(repository, 'index', file, pickSignal(options));
    for (const pack of decodeIndex(fileKey('index', file), json)) {
      if (done.has(pack.id) || carrying.isSource?.(pack.id) === false) continue;
      done.add(pack.id);
      damage = (await carryPack(source, pack, carrying, options)) ?? damage;
    }
  }
  return damage;
}

async function carryPack(
  { repository, index }: IndexedRepository,
  pack: IndexedPack,
  { wanted, isThere, store }: Carrying,
  options: Operation<CarryEvent>,
): Promise<Failure | undefined> {
  const numberOf = ({ type, id }: Pick<PackedBlob, 'type' | 'id'>): number => index.numberOf(type, id) ?? -1;
  const blobs = pack.blobs.filter((blob) => {
    const number = numberOf(blob);
    if (wanted[number] !== 1) return false;
    if (isThere?.(blob) !== true) return true;
    wanted[number] = 0;
    return false;
  });
  if (blobs.length === 0) return undefined;
  let damage: Failure | undefined;
  let bytes = 0;
  let sinceTurn = 0;
  for await (const blob of readPackBlobs(repository, { id: pack.id, blobs }, pickSignal(options))) {
    if (isFailure(blob)) damage ??= blob;
    else {
      await store(blob);
      wanted[numberOf(blob)] = 0;
      bytes += blob.sealed.length;
      sinceTurn += blob.sealed.length;
      if (sinceTurn < bytesPerTurn) continue;
      sinceTurn = 0;
      await turnOfOthers();
    }
  }
  options.report?.({ type: 'pack-carried', pack: pack.id, bytes });
  return damage;
}
