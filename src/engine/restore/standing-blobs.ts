// Which parts of a file that is there already are as they should be: those need not be written again.
import { hash } from 'node:crypto';
import { accessSync, closeSync, constants, fchmodSync, openSync, readSync, type BigIntStats } from 'node:fs';
import type { BlobId } from '../ids.ts';

/** A blob and where it belongs in the file. Bytes. */
export interface PlacedBlob {
  id: BlobId;
  offset: number;
  length: number;
}

/**
 * True when the file may be changed where it stands: it is a file, has no other name, belongs to whom it shall belong (nobody
 * else may look at the new content meanwhile), and this account may read and write it.
 */
export function canChangeInPlace(path: Buffer, stat: BigIntStats, owner: number): boolean {
  if (!stat.isFile() || stat.nlink > 1n || stat.uid !== BigInt(owner)) return false;
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The blobs of `blobs` that do not stand where they belong. When there are any, only the owner may read the file from now on. */
export function differingBlobs<Blob extends PlacedBlob>(path: Buffer, blobs: readonly Blob[]): Blob[] {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const differing = blobs.filter(({ id, offset, length }) => {
      const bytes = Buffer.allocUnsafe(length);
      let read = 0;
      while (read < length) {
        const count = readSync(descriptor, bytes, read, length - read, offset + read);
        if (count === 0) return true;
        read += count;
      }
      return hash('sha256', bytes) !== id;
    });
    if (differing.length > 0) fchmodSync(descriptor, 0o600);
    return differing;
  } finally {
    closeSync(descriptor);
  }
}
