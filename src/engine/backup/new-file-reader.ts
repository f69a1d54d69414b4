// A worker's whole look at one new file: what the system says of it, its content, and its node, ready for the tree.
import type { BigIntStats } from 'node:fs';
import { closeSync, fstatSync } from 'node:fs';
import type { PosixFiles } from '../files/posix-files.ts';
import { encodeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import { entryNode } from './entry-node.ts';
import type { NewFilesLook } from './new-files.ts';
import type { FoundFile } from './new-files-wire.ts';
import { openUnseen } from './open-source.ts';
import type { FileResult } from './worker-messages.ts';

/** Reads and saves an open file; `isWhole` is asked with what was read so far, and may spare the last, empty read. */
export type ReadAndSave = (fd: number, isWhole: (bytes: number) => boolean) => FileResult;

/** Undefined when it is not plain sailing: it cannot be read, is no file, has several names, lies elsewhere. */
export function readNewFile(
  path: Buffer,
  name: Buffer,
  { device, withAtime }: NewFilesLook,
  files: PosixFiles,
  readAndSave: ReadAndSave,
): FoundFile | 'cancelled' | undefined {
  let fd: number | undefined;
  try {
    fd = openUnseen(path);
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile() || stat.nlink !== 1n || (device !== undefined && stat.dev !== device)) return undefined;
    const node = entryNode(name, path, stat, { files, fd, withAtime, onAttributesUnreadable: rethrow });
    const { saved, after } = readSteadily(fd, stat, readAndSave);
    if (saved === 'cancelled') return saved;
    if ('error' in saved) return undefined;
    const { digests, ...counts } = saved;
    node.content = digests.map((digest) => digest.toString('hex') as BlobId);
    node.size = BigInt(counts.size);
    return { ...counts, node: encodeNode(node), hasChanged: !isSteady(stat, after), stat };
  } catch (error) {
    if (error instanceof SavingError) throw error.cause;
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** What the repository's side throws ends the run; it must not pass for an unreadable file. */
class SavingError extends Error {}

function readSteadily(
  fd: number,
  stat: BigIntStats,
  readAndSave: ReadAndSave,
): { saved: FileResult; after: BigIntStats } {
  const expected = Number(stat.size);
  let after: BigIntStats | undefined;
  // A file that is as long as it was, and was not written to, ends there.
  const isWhole = (bytes: number): boolean => {
    if (bytes !== expected) return false;
    after = fstatSync(fd, { bigint: true });
    return isSteady(stat, after);
  };
  let saved: FileResult;
  try {
    saved = readAndSave(fd, isWhole);
  } catch (error) {
    throw new SavingError('not saved', { cause: error });
  }
  return { saved, after: after ?? fstatSync(fd, { bigint: true }) };
}

function isSteady(before: BigIntStats, after: BigIntStats): boolean {
  return before.mtimeNs === after.mtimeNs && before.size === after.size;
}

function rethrow(_path: Buffer, error: unknown): never {
  throw error;
}
