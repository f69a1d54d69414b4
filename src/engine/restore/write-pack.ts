// Carries out one job: opens the blobs of a stretch of a pack, writes them where they belong, and finishes the files that
// are whole then. All of it is synchronous; it runs in worker threads as well as here.
import { hash } from 'node:crypto';
import { closeSync, constants, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { isFailure, systemErrorCode } from '../../base/failure.ts';
import type { PosixFiles } from '../files/posix-files.ts';
import { quote } from '../format/go-text.ts';
import type { BlobOpener } from '../repository/blob-opener.ts';
import { toWire } from '../threads/wire-error.ts';
import { verifyFailed } from './failures.ts';
import { setMetadata } from './metadata.ts';
import type { JobFile, WriteJob, WriteOutcome } from './write-job.ts';

/** What one thread writes with. */
export interface WriteTools {
  opener: BlobOpener;
  files: PosixFiles;
}

/** Does the job. Trouble with a file or a blob is told, never thrown. */
export function writePack({ opener, files }: WriteTools, job: WriteJob): WriteOutcome {
  const outcome: WriteOutcome = { bytes: 0, damaged: [], failed: [], made: [], notSet: [] };
  const open = new OpenFiles(job.files);
  const failed = new Set<number>();
  const waiting = new Set<number>();
  const attempt = (file: number, action: (of: JobFile) => void): void => {
    const of = job.files[file];
    if (of === undefined || failed.has(file)) return;
    try {
      action(of);
    } catch (error) {
      failed.add(file);
      open.close(file);
      outcome.failed.push({ file, isMade: open.isMade(file), error: toWire(error) });
    }
  };
  for (const [number, { blob, places }] of job.blobs.entries()) {
    const offset = blob.offset - job.start;
    let plaintext: Buffer;
    try {
      plaintext = opener.view(blob, job.bytes.subarray(offset, offset + blob.length));
    } catch (error) {
      if (!isFailure(error)) throw error;
      outcome.damaged.push({ blob: number, error: toWire(error) });
      for (const { file } of places) waiting.add(file);
      continue;
    }
    const isHole = job.isSparse && isZero(plaintext);
    for (const { file, offset: to } of places) {
      attempt(file, ({ isInPlace }) => {
        if (!isHole || isInPlace) writeAt(open.descriptor(file), plaintext, to);
        outcome.bytes += plaintext.length;
      });
    }
  }
  for (const [file, { isLast }] of job.files.entries()) {
    if (waiting.has(file) && !failed.has(file) && open.isMade(file)) outcome.made.push(file);
    if (!isLast || waiting.has(file)) continue;
    attempt(file, (of) => {
      // A file that is all hole, or ends in one, gets its length here.
      if (job.isSparse || of.size === 0 || of.isInPlace) ftruncateSync(open.descriptor(file), of.size);
      if (of.proof !== undefined) prove(of, open.descriptor(file));
      open.close(file);
      setMetadata(of.path, of.metadata, files, (aspect, error) => {
        if (hopeless.has(systemErrorCode(error) ?? '')) throw error;
        outcome.notSet.push({ file, aspect, error: toWire(error) });
      });
      if (of.finalPath !== undefined) renameSync(of.path, of.finalPath);
    });
  }
  open.closeAll();
  return outcome;
}

// With these nothing more can be written: the file does not count as restored.
const hopeless = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

const create = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const again = constants.O_RDWR | constants.O_NOFOLLOW;
// A process has some thousand descriptors, and there are several threads.
const openMax = 128;

class OpenFiles {
  readonly #files: readonly JobFile[];
  readonly #open = new Map<number, number>();
  readonly #made = new Set<number>();

  constructor(files: readonly JobFile[]) {
    this.#files = files;
  }

  descriptor(file: number): number {
    const known = this.#open.get(file);
    if (known !== undefined) return known;
    if (this.#open.size >= openMax) this.closeAll();
    const of = this.#files[file] as JobFile;
    const makes = of.isNew && !this.#made.has(file);
    const descriptor = openSync(of.path, makes ? create : again, 0o600);
    this.#made.add(file);
    this.#open.set(file, descriptor);
    return descriptor;
  }

  /** True when this job has made the file. */
  isMade(file: number): boolean {
    return this.#made.has(file) && this.#files[file]?.isNew === true;
  }

  close(file: number): void {
    const descriptor = this.#open.get(file);
    if (descriptor !== undefined) closeSync(descriptor);
    this.#open.delete(file);
  }

  closeAll(): void {
    for (const file of [...this.#open.keys()]) this.close(file);
  }
}

function writeAt(descriptor: number, bytes: Buffer, offset: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
}

function prove({ path, finalPath, proof }: JobFile, descriptor: number): void {
  let offset = 0;
  for (const [at, id] of (proof?.ids ?? []).entries()) {
    const bytes = Buffer.allocUnsafe(proof?.lengths[at] ?? 0);
    let read = 0;
    while (read < bytes.length) {
      const count = readSync(descriptor, bytes, read, bytes.length - read, offset + read);
      if (count === 0) break;
      read += count;
    }
    if (read < bytes.length || hash('sha256', bytes) !== id) throw verifyFailed(quote(finalPath ?? path));
    offset += bytes.length;
  }
}

const zeros = Buffer.alloc(1024 * 1024);

function isZero(bytes: Buffer): boolean {
  if (bytes[0] !== 0) return false;
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const piece = bytes.subarray(at, at + zeros.length);
    if (!piece.equals(zeros.subarray(0, piece.length))) return false;
  }
  return bytes.length > 0;
}
