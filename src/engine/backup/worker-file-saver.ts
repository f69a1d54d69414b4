// Saves files with a pool of worker threads. This side only hands out paths and stores the packs that come back.
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import type { Operation } from '../../base/operation.ts';
import { wasmChunker } from '../chunker/wasm-chunker.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import type { FileSaver, SavedFile, SaveFileOptions } from './file-saver.ts';
import { FileWorker, type SaveRequest } from './file-worker.ts';
import { saveStream } from './in-process-file-saver.ts';
import type { NewFilesOptions } from './new-files.ts';
import { type NewFilesPart, NewFilesQueue } from './new-files-queue.ts';

// A batch is as much as keeps the cost of a message small, and no more, so that no worker is left with all the big files.
const batchBytes = 4 * 1024 * 1024;
const batchFiles = 128;
const unknownBytes = 512 * 1024;
const batchesAhead = 2;

/** How a pool is made. */
export interface PoolOptions {
  /** Default: one a core. They start when the first file comes. */
  workers?: number;
  /** Stops packs on their way as well; nothing can be stored with this index afterwards. */
  signal?: AbortSignal;
}

/** A saver with worker threads. */
export function workerFileSaver(indexed: IndexedRepository, options: PoolOptions = {}): FileSaver {
  const count = options.workers ?? availableParallelism();
  assert.ok(count >= 1);
  const workers: FileWorker[] = [];
  const queue: SaveRequest[] = [];
  const newFiles = new NewFilesQueue(count * batchesAhead);
  const watched = new WeakSet<AbortSignal>();
  let head = 0;
  let isScheduled = false;
  let isClosed = false;

  // Requests of one turn of the event loop travel together.
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      dispatch();
    });
  };

  function dispatch(): void {
    try {
      indexed.packSaver.throwIfBroken();
    } catch (reason) {
      for (const request of queue.splice(0).slice(head)) request.reject(reason);
      head = 0;
      newFiles.rejectAll(reason);
      return;
    }
    while (workers.length < Math.min(count, queue.length - head + newFiles.count)) {
      workers.push(new FileWorker(indexed, { idle: schedule, again: enqueue, left: enqueueLeft }, options));
    }
    for (let ahead = 0; ahead < batchesAhead; ahead += 1) {
      for (const worker of workers) {
        if (worker.batchesUnderWay > ahead || worker.isBroken) continue;
        const batch = takeBatch();
        if (batch.length > 0) worker.save(batch);
        else {
          const parts = newFiles.take();
          if (parts.length === 0) return;
          worker.saveNewFiles(parts);
        }
      }
    }
  }

  // While the queue is short, everybody gets a fair part of it.
  function takeBatch(): SaveRequest[] {
    const batch: SaveRequest[] = [];
    const fair = Math.max(1, Math.ceil((queue.length - head) / (count * batchesAhead)));
    let bytes = 0;
    // Asked once a batch: a signal made of others is slow to tell. An abort meanwhile reaches the worker by `cancel`.
    let askedSignal: AbortSignal | undefined;
    let isAborted = false;
    while (head < queue.length && batch.length < Math.min(batchFiles, fair) && bytes < batchBytes) {
      const request = queue[head] as SaveRequest;
      head += 1;
      if (request.signal !== askedSignal) {
        askedSignal = request.signal;
        isAborted = askedSignal?.aborted === true;
      }
      if (isAborted) {
        request.reject(request.signal?.reason);
        continue;
      }
      batch.push(request);
      bytes += request.expectedBytes;
    }
    if (head > 1024 && head * 2 > queue.length) {
      queue.splice(0, head);
      head = 0;
    }
    return batch;
  }

  function enqueue(requests: SaveRequest[]): void {
    queue.push(...requests);
    schedule();
  }

  function enqueueLeft(parts: NewFilesPart[]): void {
    newFiles.putBack(parts);
    schedule();
  }

  // One listener for a signal, however many files are saved under it.
  function watch(signal: AbortSignal | undefined): void {
    if (signal === undefined || watched.has(signal)) return;
    watched.add(signal);
    const cancel = (): void => {
      for (const worker of workers) worker.cancel();
      schedule();
    };
    signal.addEventListener('abort', cancel, { once: true });
  }

  const handOver = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.handOver()));
  };
  indexed.beforeFlush.add(handOver);

  return {
    saveFile(path: Buffer, { signal, expectedBytes }: SaveFileOptions = {}): Promise<SavedFile> {
      return new Promise<SavedFile>((resolve, reject) => {
        assert.ok(!isClosed);
        indexed.packSaver.throwIfBroken();
        watch(signal);
        queue.push({ path, signal, expectedBytes: expectedBytes ?? unknownBytes, resolve, reject });
        schedule();
      });
    },
    saveNewFiles(folder: Buffer, names: readonly string[], how: NewFilesOptions): Promise<void> {
      assert.ok(!isClosed);
      indexed.packSaver.throwIfBroken();
      watch(how.signal);
      schedule();
      return newFiles.add(folder, names, how);
    },
    saveStream(stream: AsyncIterable<Uint8Array>, options: Operation = {}): Promise<SavedFile> {
      return saveStream(indexed, wasmChunker(indexed.repository.config.chunkerPolynomial), stream, options);
    },
    async close(): Promise<void> {
      if (isClosed) return;
      isClosed = true;
      indexed.beforeFlush.delete(handOver);
      await Promise.all(workers.map((worker) => worker.end()));
    },
  };
}
