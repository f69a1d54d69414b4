// A backup from an open repository to its snapshot: what the command line and the jobs do.
import type { Compression } from '../format/compression.ts';
import type { Repository } from '../repository/repository.ts';
import { backup, type BackupOptions, type BackupResult, type BackupTarget } from './backup.ts';
import { dryTarget } from './dry-target.ts';
import { inProcessFileSaver } from './in-process-file-saver.ts';
import { indexFilesOf, type KeptOptions, openNotes, openStatCache } from './kept-between-runs.ts';
import { resumingFileSaver } from './resuming-file-saver.ts';
import { workerFileSaver } from './worker-file-saver.ts';

/** How a backup goes about its repository. */
export interface BackupIntoOptions extends Omit<BackupOptions, 'snapshots'>, KeptOptions {
  compression?: Compression;
  /** Threads that read files; 0 reads in this one. Default: one a core. */
  workers?: number;
}

/**
 * Loads snapshots and index, backs up as `backup` does, and frees what it used. The caller holds the lock.
 * Snapshots are listed before the index is read, so that nothing a snapshot needs can be missing from the index.
 */
export async function backupInto(
  repository: Repository,
  paths: readonly (string | Buffer)[],
  options: BackupIntoOptions = {},
): Promise<BackupResult> {
  const { signal, compression, workers } = options;
  const operation = signal === undefined ? {} : { signal };
  const snapshots = options.parent === undefined && !options.force ? await repository.listSnapshots(operation) : [];
  const indexed = await repository.loadIndex({ ...operation, ...(compression === undefined ? {} : { compression }) });
  try {
    if (options.dryRun) {
      const target = dryTarget(indexed);
      const saver = inProcessFileSaver(target);
      return await backup(target, saver, paths, { ...options, snapshots });
    }
    const target: BackupTarget = {
      hasBlob: (type, id) => indexed.hasBlob(type, id),
      loadBlob: (type, id, how) => indexed.loadBlob(type, id, how),
      readBlob: (type, id, how) => indexed.readBlob(type, id, how),
      locateBlob: (type, id) => indexed.locateBlob(type, id),
      loadBlobs: (packId, wanted, how) => indexed.loadBlobs(packId, wanted, how),
      saveBlob: (type, plaintext, how) => indexed.saveBlob(type, plaintext, how),
      streamBlob: (type) => indexed.streamBlob(type),
      flush: (how) => indexed.flush(how),
      saveSnapshot: (snapshot, how) => repository.saveSnapshot(snapshot, how),
    };
    const reader =
      workers === 0
        ? inProcessFileSaver(indexed)
        : workerFileSaver(indexed, { ...operation, ...(workers === undefined ? {} : { workers }) });
    const notes = openNotes([indexed], paths, options);
    const saver = notes === undefined ? reader : resumingFileSaver(reader, notes, (id) => indexed.hasBlob('data', id));
    const statCache = await openStatCache([indexed], paths, options);
    try {
      const result = await backup(target, saver, paths, {
        ...options,
        snapshots,
        ...(statCache === undefined ? {} : { statCache }),
      });
      statCache?.keep(indexFilesOf([indexed]));
      notes?.forget();
      return result;
    } catch (error) {
      statCache?.discard();
      throw error;
    } finally {
      await saver.close();
    }
  } finally {
    await indexed.close();
  }
}
