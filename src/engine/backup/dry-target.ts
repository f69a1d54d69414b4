// Stands in for a repository in a dry run: it knows what is there, counts what would come, and stores nothing.
import { hash } from 'node:crypto';
import type { Operation } from '../../base/operation.ts';
import type { BlobId, BlobType, SnapshotId } from '../ids.ts';
import type { SavedBlob } from '../repository/blob-store.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import type { BackupTarget } from './backup.ts';
import type { SaverTarget } from './in-process-file-saver.ts';

/** A target and a saver's target at once. Stored bytes are unknown and count as 0. */
export function dryTarget(indexed: IndexedRepository): BackupTarget & SaverTarget {
  const seen = new Set<string>();
  const hasBlob = (type: BlobType, id: BlobId): boolean => seen.has(id) || indexed.hasBlob(type, id);
  return {
    repository: indexed.repository,
    hasBlob,
    loadBlob: (type: BlobType, id: BlobId, options?: Operation) => indexed.loadBlob(type, id, options),
    saveBlob(type: BlobType, plaintext: Uint8Array): Promise<SavedBlob> {
      const id = hash('sha256', plaintext) as BlobId;
      const isNew = !hasBlob(type, id);
      seen.add(id);
      return Promise.resolve({ id, isNew, storedBytes: 0 });
    },
    flush: () => Promise.resolve(),
    saveSnapshot: () => Promise.reject<SnapshotId>(new Error('a dry run saves no snapshot')),
  };
}
