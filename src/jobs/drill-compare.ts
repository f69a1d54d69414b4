// Compares a file's bytes with what the snapshot says of them, and with the source where that still has the same file.
import { createHash, hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { Failure, systemErrorCode } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import type { SnapshotEntry } from '../engine/browse/entries.ts';
import { isContentUnchanged } from '../engine/backup/same-node.ts';
import { quote } from '../engine/format/go-text.ts';
import type { BlobReader } from '../engine/repository/blob-store.ts';
import type { SampledFile } from '../breakglass/drills/drill-report.ts';

type SourceVerdict = SampledFile['source'];

const pieceBytes = 1024 * 1024;

/**
 * Proves bytes against the snapshot: each piece that the snapshot names has its SHA-256 and length, and nothing comes after.
 * Gives the SHA-256 of the whole.
 * @throws Failure `drill.content-differs`
 */
export async function proveContent(
  { path, node }: SnapshotEntry,
  reader: Pick<BlobReader, 'blobSize'>,
  file: FileHandle,
): Promise<string> {
  const whole = createHash('sha256');
  let position = 0;
  for (const id of node.content ?? []) {
    const size = reader.blobSize('data', id);
    if (size === undefined) throw differs(path, `the index does not know its part ${id.slice(0, 8)}`);
    const piece = Buffer.alloc(size);
    await readFully(file, piece, position);
    if (hash('sha256', piece) !== id)
      throw differs(path, `its part at ${position} has another SHA-256 than the snapshot says`);
    whole.update(piece);
    position += size;
  }
  const { size } = await file.stat();
  if (size !== position) throw differs(path, `${size} bytes were restored, the snapshot has ${position}`);
  return whole.digest('hex');
}

/** Gives the SHA-256 of a file that is read without being written; its pieces were verified by the repository as they came. */
export async function proveStream({ path, node }: SnapshotEntry, content: AsyncIterable<Buffer>): Promise<string> {
  const whole = createHash('sha256');
  let size = 0;
  for await (const bytes of content) {
    whole.update(bytes);
    size += bytes.length;
  }
  if (BigInt(size) !== node.size) throw differs(path, `${size} bytes were read, the snapshot has ${node.size}`);
  return whole.digest('hex');
}

/**
 * Compares the source's file with the same bytes from the repository, where it is still the very file that was backed up
 * (size, times, inode). One that changes meanwhile counts as changed.
 * @throws Failure `drill.source-differs` when the file is unchanged and its bytes are others.
 */
export async function compareWithSource(
  { path, node }: SnapshotEntry,
  content: AsyncIterable<Buffer> | Iterable<Buffer>,
  options: Operation = {},
): Promise<SourceVerdict> {
  const isSame = async (): Promise<boolean> => isContentUnchanged(node, await lstat(path, { bigint: true }), {});
  let file: FileHandle;
  try {
    if (!(await isSame())) return 'changed';
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP'].includes(systemErrorCode(error) ?? '')) return 'gone';
    throw error;
  }
  try {
    const isEqual = await equalTo(file, content, options);
    // What was changed between our two looks is no finding.
    if (!(await isSame())) return 'changed';
    if (isEqual) return 'unchanged';
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 'gone';
    throw error;
  } finally {
    await file.close();
  }
  throw new Failure('drill.source-differs', {
    message: `${quote(path)} has not changed since the backup by its size and times, and yet its bytes differ from it`,
    hint: 'Either the disk of the source has rotted or the backup took something else. Compare both by hand, and check the disk.',
    facts: { path: quote(path) },
  });
}

async function equalTo(
  file: FileHandle,
  content: AsyncIterable<Buffer> | Iterable<Buffer>,
  options: Operation,
): Promise<boolean> {
  let position = 0;
  for await (const bytes of content) {
    options.signal?.throwIfAborted();
    const own = Buffer.alloc(bytes.length);
    const { bytesRead } = await fillFrom(file, own, position);
    if (bytesRead !== bytes.length || !own.equals(bytes)) return false;
    position += bytes.length;
  }
  return (await file.read(Buffer.alloc(1), 0, 1, position)).bytesRead === 0;
}

/** A file's bytes in pieces. */
export async function* piecesOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    const piece = Buffer.alloc(pieceBytes);
    const { bytesRead } = await fillFrom(file, piece, position);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
    position += bytesRead;
  }
}

async function readFully(file: FileHandle, into: Buffer, position: number): Promise<void> {
  const { bytesRead } = await fillFrom(file, into, position);
  // The rest stays zero and fails the hash.
  into.fill(0, bytesRead);
}

async function fillFrom(file: FileHandle, into: Buffer, position: number): Promise<{ bytesRead: number }> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await file.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return { bytesRead: done };
}

function differs(path: Buffer, why: string): Failure {
  return new Failure('drill.content-differs', {
    message: `${quote(path)} did not come back as it was backed up: ${why}`,
    hint: 'Run orbit repo check --read-data on this destination, and take the file from another one.',
    facts: { path: quote(path) },
  });
}
