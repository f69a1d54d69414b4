// Who looks into packs: this thread when there is little to do, a worker on each core when there is much.
import { availableParallelism } from 'node:os';
import { Failure } from '../../base/failure.ts';
import type { PackId } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { startThread, wholeBuffer } from '../threads/answering-thread.ts';
import { lendKey } from '../threads/key-for-thread.ts';
import { checkPack, openPackTools } from './check-pack.ts';
import type { CheckProblem } from './problems.ts';

/** A pack to be looked into, and the SHA-256 of the header that the index promises. */
export interface PackQuestion {
  id: PackId;
  headerHash: string | undefined;
  bytes: Uint8Array;
}

/** What is wrong with it. */
export type PackAnswer = CheckProblem[];

/** Looks into packs, one after the other. */
export interface PackChecker {
  /** Takes the bytes over. @throws Failure `check.worker-crashed` */
  check(question: PackQuestion): Promise<PackAnswer>;
  close(): Promise<void>;
}

// Below this, starting threads takes longer than what they save. Opening a blob takes as long as so many bytes of a large one.
const worthThreadsBytes = 48 * 1024 * 1024;
const bytesOfBlob = 3 * 1024;

/** As many as are worth having for so much. Close each. */
export async function openPackCheckers(
  repository: Repository,
  work: { bytes: number; blobs: number },
): Promise<PackChecker[]> {
  const count = work.bytes + work.blobs * bytesOfBlob < worthThreadsBytes ? 1 : availableParallelism();
  if (count === 1) return [await checkerHere(repository)];
  return Array.from({ length: count }, () => checkerThread(repository));
}

async function checkerHere({ sealer }: Repository): Promise<PackChecker> {
  const tools = await openPackTools(sealer);
  return {
    check({ id, headerHash, bytes }) {
      return Promise.resolve(
        checkPack(tools, id, headerHash, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
      );
    },
    close() {
      tools.opener.close();
      return Promise.resolve();
    },
  };
}

/** One with a thread of its own. */
export function checkerThread({ masterKey }: Repository): PackChecker {
  const module = new URL('./check-pack-worker.ts', import.meta.url);
  const thread = startThread<PackQuestion, PackAnswer>(module, { ...lendKey(masterKey), crashed });
  return {
    check: (question) => thread.ask(question, wholeBuffer(question.bytes)),
    close: () => thread.close(),
  };
}

function crashed(cause: unknown): Failure {
  return new Failure('check.worker-crashed', {
    message: 'a worker thread of the check ended unexpectedly; the check is not complete',
    hint: 'Run it again. If it happens again, give the machine more memory.',
    cause,
  });
}
