// Who writes: this thread as long as there is little, then a worker on each core.
import { availableParallelism } from 'node:os';
import { Failure } from '../../base/failure.ts';
import type { PosixFiles } from '../files/posix-files.ts';
import { createCompressor } from '../format/compression.ts';
import { BlobOpener } from '../repository/blob-opener.ts';
import type { Repository } from '../repository/repository.ts';
import { Rooms } from '../repository/rooms.ts';
import { type AnsweringThread, startThread, wholeBuffer } from '../threads/answering-thread.ts';
import { lendKey } from '../threads/key-for-thread.ts';
import { type PackedJob, packJob, type WriteJob, type WriteOutcome } from './write-job.ts';
import { writePack } from './write-pack.ts';

// Below both, starting threads takes longer than what they save.
const worthThreads = { bytes: 32 * 1024 * 1024, files: 2000 };

/** How much of a pack is fetched and written at once. */
export const stretchBytes = 8 * 1024 * 1024;

/** Writes for one restore. */
export class PackWriters {
  /** Where stretches lie until they are written. */
  readonly rooms = new Rooms(stretchBytes);
  readonly #repository: Pick<Repository, 'sealer' | 'masterKey'>;
  readonly #files: PosixFiles;
  readonly #count: number;
  #opener: Promise<BlobOpener> | undefined;
  #threads: AnsweringThread<PackedJob, WriteOutcome>[] = [];
  readonly #expected = { bytes: 0, files: 0 };

  /** `threads`: how many at most; default one a core. */
  constructor(
    repository: Pick<Repository, 'sealer' | 'masterKey'>,
    files: PosixFiles,
    threads = availableParallelism(),
  ) {
    this.#repository = repository;
    this.#files = files;
    this.#count = threads;
  }

  /** Says what comes beside what was said before, so that threads are started when they are worth it. */
  expect(work: { bytes: number; files: number }): void {
    if (this.#threads.length > 0 || this.#count < 2) return;
    this.#expected.bytes += work.bytes;
    this.#expected.files += work.files;
    const { bytes, files } = this.#expected;
    if (bytes < worthThreads.bytes && files < worthThreads.files) return;
    const module = new URL('./write-pack-worker.ts', import.meta.url);
    this.#threads = Array.from({ length: this.#count }, () =>
      startThread(module, { ...lendKey(this.#repository.masterKey), crashed }),
    );
  }

  /** Does the job, and takes its bytes over. @throws Failure `restore.worker-crashed` */
  async write(job: WriteJob): Promise<WriteOutcome> {
    const thread = this.#threads.toSorted((a, b) => a.waiting - b.waiting)[0];
    if (thread !== undefined) return thread.ask(packJob(job), wholeBuffer(job.bytes));
    this.#opener ??= createCompressor(3).then((compressor) => new BlobOpener(this.#repository.sealer, compressor));
    return writePack({ opener: await this.#opener, files: this.#files }, job);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
    (await this.#opener)?.close();
  }
}

function crashed(cause: unknown): Failure {
  return new Failure('restore.worker-crashed', {
    message: 'a worker thread of the restore ended unexpectedly; files that were not finished have been removed',
    hint: 'Run it again with --overwrite if-changed: what is there already is left alone. Give the machine more memory if it happens again.',
    cause,
  });
}
