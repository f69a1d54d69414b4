// A worker thread that answers questions in the order in which they come. What it works on is its own business.
import { Worker } from 'node:worker_threads';
import { systemErrorCode } from '../../base/failure.ts';

/** Asks one thread. */
export interface AnsweringThread<Question, Answer> {
  /** Questions that have no answer yet. */
  readonly waiting: number;
  /** Buffers in `moved` change hands. @throws what `crashed` makes when the thread ends before it answers */
  ask(question: Question, moved?: ArrayBuffer[]): Promise<Answer>;
  /** Lets it answer what it was asked, then ends it. */
  close(): Promise<void>;
}

/** How a thread is made. */
export interface ThreadOptions {
  workerData: unknown;
  /** Buffers of `workerData` that change hands. */
  moved: ArrayBuffer[];
  /** The most heap it takes, in MiB, buffers not counted; it ends when it needs more. Without a limit that is what the machine has. */
  heapMiB?: number;
  /** The error of a thread that ended by itself. */
  crashed(cause: unknown): Error;
}

/** Starts the module as a thread; it uses `answerQuestions`. */
export function startThread<Question, Answer>(
  module: URL,
  { workerData, moved, heapMiB, crashed }: ThreadOptions,
): AnsweringThread<Question, Answer> {
  const worker = new Worker(module, {
    workerData,
    transferList: moved,
    ...(heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMiB } }),
  });
  const waiting: { resolve(answer: Answer): void; reject(reason: unknown): void }[] = [];
  let brokenBy: Error | undefined;
  const breakWith = (cause: unknown): void => {
    brokenBy ??= crashed(cause);
    for (const { reject } of waiting.splice(0)) reject(brokenBy);
  };
  worker.on('message', (answer: Answer) => waiting.shift()?.resolve(answer));
  worker.on('error', breakWith);
  const gone = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      breakWith(undefined);
      resolve();
    });
  });
  return {
    get waiting() {
      return waiting.length;
    },
    async ask(question, given = []) {
      if (brokenBy !== undefined) throw brokenBy;
      return await new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        worker.postMessage(question, given);
      });
    },
    async close() {
      worker.postMessage(endOfQuestions);
      await gone;
    },
  };
}

/** Whether a thread ended because it reached its `heapMiB`. */
export function isOutOfHeap(cause: unknown): boolean {
  return systemErrorCode(cause) === 'ERR_WORKER_OUT_OF_MEMORY';
}

/** What a thread hears last. */
export const endOfQuestions = 'end';

/**
 * The thread's side: answers each message with what `answer` gives, and calls `end` after the last. `moved` names the buffers of an
 * answer that change hands.
 */
export function answerQuestions<Question, Answer>(
  port: {
    on(event: 'message', listener: (message: unknown) => void): unknown;
    postMessage(m: unknown, moved?: ArrayBuffer[]): void;
    close(): void;
  },
  answer: (question: Question) => Answer,
  end: () => void,
  moved: (answer: Answer) => ArrayBuffer[] = () => [],
): void {
  port.on('message', (message) => {
    if (message !== endOfQuestions) {
      const given = answer(message as Question);
      port.postMessage(given, moved(given));
      return;
    }
    end();
    port.close();
  });
}

/** The buffer of these bytes, when it holds nothing else and so may change hands; else none, and the bytes are copied. */
export function wholeBuffer({ buffer, length }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && length > 0 && length === buffer.byteLength ? [buffer] : [];
}
