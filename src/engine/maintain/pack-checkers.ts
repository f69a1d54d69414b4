// Who looks into packs: this thread when there is little to do, a worker on each core when there is much.
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Failure } from '../../base/failure.ts';
import { createCompressor } from '../format/compression.ts';
import type { PackId } from '../ids.ts';
import { BlobOpener } from '../repository/blob-opener.ts';
import type { Repository } from '../repository/repository.ts';
import { checkPack } from './check-pack.ts';
import type { CheckProblem } from './problems.ts';

/** A pack to be looked into, and the SHA-256 of the header that the index promises. */
export interface PackQuestion {
  id: PackId;
  headerHash: string | undefined;
  bytes: Uint8Array;
}

/** What is wrong with it. */
export type PackAnswer = CheckProblem[];

/** One that looks into one pack at a time. */
export interface PackChecker {
  /** Takes the bytes over. @throws Failure `check.worker-crashed` */
  check(question: PackQuestion): Promise<PackAnswer>;
  close(): Promise<void>;
}

// Below this, starting threads takes longer than what they save.
const worthThreadsBytes = 48 * 1024 * 1024;

/** As many as are worth having for so many bytes. Close each. */
export async function openPackCheckers(repository: Repository, bytes: number): Promise<PackChecker[]> {
  const count = bytes < worthThreadsBytes ? 1 : availableParallelism();
  if (count === 1) return [await checkerHere(repository)];
  return Array.from({ length: count }, () => checkerThread(repository));
}

async function checkerHere({ sealer }: Repository): Promise<PackChecker> {
  const opener = new BlobOpener(sealer, await createCompressor(3));
  return {
    check({ id, headerHash, bytes }) {
      return Promise.resolve(
        checkPack({ sealer, opener }, id, headerHash, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
      );
    },
    close() {
      opener.close();
      return Promise.resolve();
    },
  };
}

/** One with a thread of its own. */
export function checkerThread({ masterKey }: Repository): PackChecker {
  const keyBytes = masterKey.copyBytes();
  const worker = new Worker(new URL('./check-pack-worker.ts', import.meta.url), {
    workerData: { keyBytes },
    transferList: [keyBytes.buffer],
  });
  let waiting: { resolve(answer: PackAnswer): void; reject(reason: unknown): void } | undefined;
  let brokenBy: Failure | undefined;
  const breakWith = (cause: unknown): void => {
    brokenBy ??= crashed(cause);
    waiting?.reject(brokenBy);
    waiting = undefined;
  };
  worker.on('message', (answer: PackAnswer) => {
    waiting?.resolve(answer);
    waiting = undefined;
  });
  worker.on('error', breakWith);
  const gone = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      breakWith(undefined);
      resolve();
    });
  });
  return {
    async check(question) {
      if (brokenBy !== undefined) throw brokenBy;
      const { buffer, length } = question.bytes;
      return await new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        // A view of something larger is copied: others may still read the rest.
        worker.postMessage(question, buffer instanceof ArrayBuffer && length === buffer.byteLength ? [buffer] : []);
      });
    },
    async close() {
      worker.postMessage('end');
      await gone;
    },
  };
}

function crashed(cause: unknown): Failure {
  return new Failure('check.worker-crashed', {
    message: 'a worker thread of the check ended unexpectedly; the check is not complete',
    hint: 'Run it again. If it happens again, give the machine more memory.',
    cause,
  });
}
