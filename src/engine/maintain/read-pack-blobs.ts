// Reads chosen blobs of one pack, verified. One that is damaged does not hide its neighbours.
import assert from 'node:assert/strict';
import { isFailure, type Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { IndexedPack } from '../format/index-file.ts';
import { PackReader, type LoadedBlob, type LocatedBlob } from '../repository/pack-reader.ts';
import type { Repository } from '../repository/repository.ts';

/** A verified blob, as plaintext and as it lies in its pack. */
export interface ReadBlob extends LoadedBlob {
  /** 0 for one that is not compressed. */
  uncompressedLength: number;
}

/** Gives every blob named, or the failure of one that cannot be read. Failures of the place itself are thrown. */
export async function* readPackBlobs(
  repository: Repository,
  { id: packId, blobs }: IndexedPack,
  options: Operation = {},
): AsyncGenerator<ReadBlob | Failure> {
  if (blobs.length === 0) return;
  const reader = new PackReader(repository);
  const left = new Set<LocatedBlob>(blobs.map((blob) => ({ ...blob, packId })));
  const find = ({ type, id }: LoadedBlob): LocatedBlob | undefined => byName.get(`${type} ${id}`);
  const byName = new Map([...left].map((blob) => [`${blob.type} ${blob.id}`, blob]));
  try {
    try {
      for await (const loaded of reader.loadBlobs(packId, [...left], options)) {
        const blob = find(loaded);
        if (blob === undefined || !left.delete(blob)) continue;
        yield { ...loaded, uncompressedLength: blob.uncompressedLength };
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
    // Together they could not be read; one by one the sound ones can.
    for (const blob of left) yield await readAlone(reader, blob, options);
  } finally {
    reader.close();
  }
}

async function readAlone(reader: PackReader, blob: LocatedBlob, options: Operation): Promise<ReadBlob | Failure> {
  let damage: Failure | undefined;
  // A second look tells a bad moment of the network from a bad pack.
  for (let look = 1; look <= 2; look += 1) {
    try {
      for await (const loaded of reader.loadBlobs(blob.packId, [blob], options))
        return { ...loaded, uncompressedLength: blob.uncompressedLength };
    } catch (error) {
      if (!isDamage(error)) throw error;
      damage = error;
    }
  }
  assert.ok(damage !== undefined);
  return damage;
}

/** True when what was read is not what the repository promises; false when it could not be read now. */
export function isDamage(error: unknown): error is Failure {
  return isFailure(error) && error.code.startsWith('repository.');
}
