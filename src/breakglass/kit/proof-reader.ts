// Reads a database along while it is written: its records are compared with the source's before anything is stored. What is read
// back from a destination then only has to be the same text. Large ones are read by a second thread.
import { startThread } from '../../engine/threads/answering-thread.ts';
import { fromWire } from '../../engine/threads/wire-error.ts';
import { helperHeapMiB, lostThreadFailure } from './lost-thread.ts';
import type { ProofAnswer, ProofQuestion } from './proof-reader-thread.ts';
import { type ProofReading, readProof } from './read-proof.ts';
import type { DigestKey } from './record-digest.ts';

// A thread costs some 60 ms of processor time before it reads anything, which is what a thousand secrets take.
const worthAThread = 5_000;
// Of about a MiB each, on their way to the thread or waiting there.
const piecesAhead = 4;

/** Reads what it is shown. */
export interface ProofReader {
  /** Returns when it has room for more. @throws Failure `kdbx.damaged`, `kdbx.over-limit`, `breakglass.proof-stopped` */
  show(piece: Uint8Array): Promise<void>;
  /** What it read, once everything was shown. @throws as `show` */
  end(): Promise<ProofReading>;
  /** Ends it, wherever it is. */
  close(): Promise<void>;
}

/** A reader for a database of so many secrets. */
export function startProofReader(key: DigestKey, secrets: number): ProofReader {
  return secrets < worthAThread ? readHere(key) : readInThread(key);
}

function readHere(key: DigestKey): ProofReader {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const reading = readProof(readable, key);
  reading.catch(() => {});
  const writer = writable.getWriter();
  // A reader that failed takes nothing more: its own error tells why.
  const orWhy = async (step: Promise<void>): Promise<void> => {
    await step.catch(async (error: unknown) => {
      await reading;
      throw error;
    });
  };
  return {
    show: (piece) => orWhy(writer.write(piece)),
    async end() {
      await orWhy(writer.close());
      return await reading;
    },
    close: async () => await writer.abort().catch(() => {}),
  };
}

function readInThread(key: DigestKey): ProofReader {
  const keyBytes = key.copyBytes();
  const thread = startThread<ProofQuestion, ProofAnswer>(new URL('./proof-reader-thread.ts', import.meta.url), {
    workerData: keyBytes,
    moved: [keyBytes.buffer],
    heapMiB: helperHeapMiB,
    crashed: (cause) => lostThreadFailure('breakglass.proof-stopped', 'the thread that reads the new kit along', cause),
  });
  const asked: Promise<void>[] = [];
  const ask = async (question: ProofQuestion): Promise<ProofReading | undefined> => {
    const { error, reading } = await thread.ask(question);
    if (error !== undefined) throw fromWire(error);
    return reading;
  };
  return {
    async show(piece) {
      const answer = ask({ piece }).then(() => {});
      // It is waited for some pieces later.
      answer.catch(() => {});
      asked.push(answer);
      if (asked.length > piecesAhead) await asked.shift();
    },
    async end() {
      const last = ask({ isEnd: true });
      await Promise.all([...asked, last]);
      const { sha256, digests, records } = (await last) as ProofReading;
      return { sha256, digests: Buffer.from(digests.buffer, digests.byteOffset, digests.length), records };
    },
    close: () => thread.close(),
  };
}
