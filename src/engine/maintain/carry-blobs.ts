// Reads wanted blobs pack by pack, in the order of the index files, and hands each over once. Memory stays small however
// many there are: one byte for each, and the index files that are fetched ahead.
import { setImmediate as turnOfOthers } from 'node:timers/promises';
import { isFailure, type Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { decodeIndex, type IndexedPack } from '../format/index-file.ts';
import { fileKey } from '../format/layout.ts';
import type { PackedBlob } from '../format/pack-header.ts';
import type { IndexId, PackId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { loadSealedFiles, pickSignal, withSizes } from '../repository/sealed-files.ts';
import type { LocatedBlob } from '../repository/pack-reader.ts';
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
  /** Gets the blobs of each pack first. */
  quick?: QuickCarrier;
}

/** Stores blobs quicker than one by one, in other threads, and leaves what it does not manage. */
export interface QuickCarrier {
  /** How many packs may be under way at once, now that so many bytes were carried. */
  lanes(carriedBytes: number): number;
  /** Calls `stored` for each blob of this pack that it stored. */
  carry(pack: PackId, blobs: readonly LocatedBlob[], stored: (blob: LocatedBlob) => void): Promise<void>;
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
  const packs = packsOf(source, carrying, options);
  const lanes: Promise<void>[] = [];
  let carriedBytes = 0;
  let damage: Failure | undefined;
  let failed: { reason: unknown } | undefined;
  const openLanes = (): void => {
    const wanted = carrying.quick?.lanes(carriedBytes) ?? 1;
    while (lanes.length < wanted) lanes.push(carryNext().catch((reason: unknown) => void (failed ??= { reason })));
  };
  // The first that fails ends the packs for all.
  const carryNext = async (): Promise<void> => {
    for await (const pack of packs) {
      const carried = await carryPack(source, pack, carrying, options);
      carriedBytes += carried.bytes;
      damage ??= carried.damage;
      openLanes();
    }
  };
  openLanes();
  // More lanes may come while the first is waited for. All of them end before this does: nothing goes on behind it.
  for (const lane of lanes) await lane;
  if (failed !== undefined) throw failed.reason;
  return damage;
}

async function* packsOf(
  { repository }: IndexedRepository,
  { indexFiles, isSource }: Carrying,
  options: Operation,
): AsyncGenerator<IndexedPack> {
  const done = new Set<PackId>();
  const files = await withSizes(repository.backend, 'index', indexFiles, pickSignal(options));
  for await (const { id, json } of loadSealedFiles(repository, 'index', files, pickSignal(options))) {
    for (const pack of decodeIndex(fileKey('index', id), await json())) {
      if (done.has(pack.id) || isSource?.(pack.id) === false) continue;
      done.add(pack.id);
      yield pack;
    }
  }
}

async function carryPack(
  { repository, index }: IndexedRepository,
  pack: IndexedPack,
  { wanted, isThere, store, quick }: Carrying,
  options: Operation<CarryEvent>,
): Promise<{ bytes: number; damage?: Failure }> {
  const numberOf = ({ type, id }: Pick<PackedBlob, 'type' | 'id'>): number => index.numberOf(type, id) ?? -1;
  const blobs = pack.blobs.filter((blob) => {
    const number = numberOf(blob);
    if (wanted[number] !== 1) return false;
    if (isThere?.(blob) !== true) return true;
    wanted[number] = 0;
    return false;
  });
  if (blobs.length === 0) return { bytes: 0 };
  let damage: Failure | undefined;
  let bytes = 0;
  let sinceTurn = 0;
  const located = blobs.map((blob) => ({ ...blob, packId: pack.id }));
  const left = new Set<LocatedBlob>(located);
  await quick?.carry(pack.id, located, (blob) => {
    left.delete(blob);
    wanted[numberOf(blob)] = 0;
    bytes += blob.length;
  });
  for await (const blob of readPackBlobs(repository, { id: pack.id, blobs: [...left] }, pickSignal(options))) {
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
  return damage === undefined ? { bytes } : { bytes, damage };
}
