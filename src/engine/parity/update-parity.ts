// Brings the side files of a place up to date: stock restic stores files without them and removes files beside them.
import type { Backend, BackendKey } from '../../backends/backend.ts';
import type { Operation } from '../../base/operation.ts';
import { ifThere } from '../../backends/if-there.ts';
import { packBytesMax } from '../format/file-limits.ts';
import { configKey, idOfKey } from '../format/layout.ts';
import { pickSignal, sha256 } from '../repository/sealed-files.ts';
import { isCovered, parityPrefix, removeParityShare, removeSideFile, saveSideFile } from './parity-backend.ts';

/** What is covered and what is not. Bytes are stored bytes. */
export interface ParitySurvey {
  files: number;
  bytes: number;
  sideFiles: number;
  sideBytes: number;
  /** Files without a side file. */
  uncovered: BackendKey[];
  /** Files whose side file has nothing to stand beside any more: the file was removed, or lost. */
  orphans: BackendKey[];
}

/** What was done. */
export interface ParityUpdate {
  added: number;
  removed: number;
  /** Files that are damaged already: they get no side file, which would only keep the damage. */
  damaged: BackendKey[];
}

/** What a place has, without reading files. */
export async function surveyParity(backend: Backend, options: Operation = {}): Promise<ParitySurvey> {
  const operation = pickSignal(options);
  const files = await coveredFiles(backend, operation);
  const survey: ParitySurvey = { files: files.size, bytes: 0, sideFiles: 0, sideBytes: 0, uncovered: [], orphans: [] };
  const uncovered = new Set(files.keys());
  for await (const { key, size } of backend.list(parityPrefix, operation)) {
    const covered = key.slice(parityPrefix.length);
    if (!isCovered(covered)) continue;
    survey.sideFiles += 1;
    survey.sideBytes += size;
    if (!uncovered.delete(covered)) survey.orphans.push(covered);
  }
  for (const size of files.values()) survey.bytes += size;
  survey.uncovered = [...uncovered].sort();
  return survey;
}

/** Adds what is missing and removes orphans. Interrupted, it is run again. */
export async function updateParity(backend: Backend, percent: number, options: Operation = {}): Promise<ParityUpdate> {
  const operation = pickSignal(options);
  const { uncovered, orphans } = await surveyParity(backend, operation);
  const update: ParityUpdate = { added: 0, removed: 0, damaged: [] };
  for (const key of uncovered) {
    options.signal?.throwIfAborted();
    const bytes = await ifThere(backend.load(key, undefined, { ...operation, maxBytes: packBytesMax }));
    if (bytes === undefined) continue;
    if (key !== configKey && sha256(bytes) !== idOfKey(key)) {
      update.damaged.push(key);
      continue;
    }
    await saveSideFile(backend, key, bytes, percent, operation);
    update.added += 1;
  }
  for (const key of orphans) {
    options.signal?.throwIfAborted();
    // Both may have been stored between one listing and the other.
    if ((await ifThere(backend.stat(key, operation))) !== undefined) continue;
    await removeSideFile(backend, key, operation);
    update.removed += 1;
  }
  return update;
}

/** Removes every side file, and the choice first: nobody adds new ones meanwhile. Gives how many there were. */
export async function removeParity(backend: Backend, options: Operation = {}): Promise<number> {
  const operation = pickSignal(options);
  await ifThere(removeParityShare(backend, operation));
  const found: BackendKey[] = [];
  for await (const { key } of backend.list(parityPrefix, operation)) found.push(key);
  for (const key of found) {
    options.signal?.throwIfAborted();
    await removeSideFile(backend, key.slice(parityPrefix.length), operation);
  }
  return found.length;
}

/** Every file that gets a side file, with its size. */
async function coveredFiles(backend: Backend, options: Operation): Promise<Map<BackendKey, number>> {
  const files = new Map<BackendKey, number>();
  for (const folder of ['keys/', 'snapshots/', 'index/', 'data/'])
    for await (const { key, size } of backend.list(folder, options)) if (isCovered(key)) files.set(key, size);
  const config = await ifThere(backend.stat(configKey, options));
  if (config !== undefined) files.set(configKey, config.size);
  return files;
}
