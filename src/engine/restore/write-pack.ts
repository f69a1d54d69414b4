// Carries out one job: opens the blobs of a stretch of a pack, writes them where they belong, and finishes the files that
// are whole then. All of it is synchronous; it runs in worker threads as well as here.
import { hash } from 'node:crypto';
import { closeSync, constants, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { type Failure, systemErrorCode } from '../../base/failure.ts';
import type { PosixFiles } from '../files/posix-files.ts';
import { quote } from '../format/go-text.ts';
import type { BlobOpener, BlobInPack } from '../repository/blob-opener.ts';
import { toWire } from '../threads/wire-error.ts';
import { verifyFailed } from './failures.ts';
import { setMetadataOf } from './metadata.ts';
import type { JobBlob, JobFile, WriteJob, WriteOutcome } from './write-job.ts';

/** What one thread writes with. */
export interface WriteTools {
  opener: BlobOpener;
  files: PosixFiles;
}

/** Does the job. Trouble with a file or a blob is told, never thrown. */
export function writePack(tools: WriteTools, job: WriteJob): WriteOutcome {
  const run = new WriteRun(tools, job);
  return run.run();
}

class WriteRun {
  readonly #tools: WriteTools;
  readonly #job: WriteJob;
  readonly #open: OpenFiles;
  readonly #outcome: WriteOutcome = { bytes: 0, damaged: [], failed: [], made: [], notSet: [] };
  readonly #failed = new Set<number>();
  /** Files that lack a damaged blob. */
  readonly #waiting = new Set<number>();
  /** Files in which a run of zeros was left out. */
  readonly #withHoles = new Set<number>();
  /** How many places of each file are still to be written. */
  readonly #left: Uint32Array;

  constructor(tools: WriteTools, job: WriteJob) {
    this.#tools = tools;
    this.#job = job;
    this.#open = new OpenFiles(job.files);
    this.#left = new Uint32Array(job.files.length);
    for (const { places } of job.blobs) for (const { file } of places) this.#left[file] = this.#leftOf(file) + 1;
  }

  run(): WriteOutcome {
    const { blobs, files } = this.#job;
    // Each file is finished as soon as it is whole: of thousands, only a few can stay open.
    for (const file of files.keys()) if (this.#leftOf(file) === 0) this.#finish(file);
    for (let number = 0; number < blobs.length; number += 2) this.#writeTwo(number);
    for (const file of this.#waiting)
      if (!this.#failed.has(file) && this.#open.isMade(file)) this.#outcome.made.push(file);
    this.#open.closeAll();
    return this.#outcome;
  }

  #leftOf(file: number): number {
    return this.#left[file] ?? 0;
  }

  // That blob and the next, if there is one.
  #writeTwo(number: number): void {
    const { blobs, start, bytes } = this.#job;
    const [first, second] = blobs.slice(number, number + 2);
    const sealed = ({ blob }: JobBlob): BlobInPack => ({
      blob,
      sealed: bytes.subarray(blob.offset - start, blob.offset - start + blob.length),
    });
    if (first === undefined) return;
    const [one, other] = this.#tools.opener.viewTwo(sealed(first), second && sealed(second));
    this.#writeBlob(number, first, one);
    if (second !== undefined && other !== undefined) this.#writeBlob(number + 1, second, other);
  }

  #writeBlob(number: number, { places }: JobBlob, plaintext: Buffer | Failure): void {
    if (!(plaintext instanceof Buffer)) {
      this.#outcome.damaged.push({ blob: number, error: toWire(plaintext) });
      for (const { file } of places) this.#waiting.add(file);
      return;
    }
    const isHole = this.#job.isSparse && isZero(plaintext);
    for (const { file, offset: to } of places) {
      this.#attempt(file, ({ isInPlace }) => {
        if (!isHole || isInPlace) writeAt(this.#open.descriptor(file), plaintext, to);
        else this.#withHoles.add(file);
        this.#outcome.bytes += plaintext.length;
      });
      this.#left[file] = this.#leftOf(file) - 1;
      if (this.#leftOf(file) === 0 && !this.#waiting.has(file)) this.#finish(file);
    }
  }

  #finish(file: number): void {
    this.#attempt(file, (of) => {
      if (!of.isLast) return;
      const descriptor = this.#open.descriptor(file);
      // A file that is all hole, or ends in one, gets its length here; earlier jobs may have left one out.
      const mayLackEnd = of.isInPlace || this.#withHoles.has(file) || (this.#job.isSparse && !of.isNew);
      if (mayLackEnd) ftruncateSync(descriptor, of.size);
      if (of.proof !== undefined) prove(of, descriptor);
      setMetadataOf(descriptor, of.path, of.metadata, this.#tools.files, (aspect, error) => {
        if (hopeless.has(systemErrorCode(error) ?? '')) throw error;
        this.#outcome.notSet.push({ file, aspect, error: toWire(error) });
      });
      this.#open.close(file);
      if (of.finalPath !== undefined) renameSync(of.path, of.finalPath);
    });
  }

  #attempt(file: number, action: (of: JobFile) => void): void {
    const of = this.#job.files[file];
    if (of === undefined || this.#failed.has(file)) return;
    try {
      action(of);
    } catch (error) {
      this.#failed.add(file);
      this.#open.close(file);
      this.#outcome.failed.push({ file, isMade: this.#open.isMade(file), error: toWire(error) });
    }
  }
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
