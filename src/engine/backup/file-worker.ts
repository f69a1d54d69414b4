// The main thread's end of one file worker.
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { fromWire } from '../threads/wire-error.ts';
import type { SavedFile } from './file-saver.ts';
import { unpackNewFiles, type WireNewFiles } from './new-files-wire.ts';
import type { NewFilesPart } from './new-files-queue.ts';
import {
  controlWords,
  unpackResults,
  type FromWorker,
  type ToWorker,
  type WireResults,
  type WorkerStart,
} from './worker-messages.ts';

/** A file that somebody waits for. */
export interface SaveRequest {
  path: Buffer;
  signal: AbortSignal | undefined;
  expectedBytes: number;
  resolve(saved: SavedFile): void;
  reject(reason: unknown): void;
}

/** What a worker tells its pool. */
export interface WorkerEvents {
  /** A batch is done: there is room for the next. */
  idle(): void;
  /** These were given up with others of their batch and have to be saved after all. */
  again(requests: SaveRequest[]): void;
  /** So much of the new files was given up, or left for others. */
  left(parts: NewFilesPart[]): void;
}

// Almost nothing that a worker makes outlives the file it was made for: more room would only be more memory.
const maxYoungGenerationSizeMb = 6;

/** One worker thread with the batches it has not answered yet. */
export class FileWorker {
  readonly #indexed: IndexedRepository;
  readonly #events: WorkerEvents;
  readonly #options: Operation;
  readonly #worker: Worker;
  readonly #buffers: MessagePort;
  readonly #control = new Int32Array(new SharedArrayBuffer(8));
  readonly #batches = new Map<number, SaveRequest[]>();
  readonly #newBatches = new Map<number, NewFilesPart[]>();
  readonly #handOvers: { resolve(): void; reject(reason: unknown): void }[] = [];
  readonly #gone: Promise<void>;
  #packs: Promise<void>[] = [];
  #lastBatch = 0;
  #brokenBy: { reason: unknown } | undefined;
  #isEnding = false;

  constructor(indexed: IndexedRepository, events: WorkerEvents, options: Operation = {}) {
    this.#options = pickSignal(options);
    this.#indexed = indexed;
    this.#events = events;
    const { port1, port2 } = new MessageChannel();
    this.#buffers = port1;
    const keyBytes = indexed.repository.masterKey.copyBytes();
    const workerData: WorkerStart = {
      keyBytes,
      polynomial: indexed.repository.config.chunkerPolynomial,
      index: indexed.index.shared,
      compression: indexed.writeOptions.compression,
      sealing: indexed.sealing,
      control: this.#control.buffer,
      buffers: port2,
    };
    this.#worker = new Worker(new URL('./file-saver-worker.ts', import.meta.url), {
      workerData,
      transferList: [port2, keyBytes.buffer],
      resourceLimits: { maxYoungGenerationSizeMb },
    });
    this.#worker.on('message', (message: FromWorker) => this.#hear(message));
    this.#worker.on('error', (error) => this.#break(crashed(error)));
    this.#gone = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        if (!this.#isEnding) this.#break(crashed(undefined));
        this.#buffers.close();
        resolve();
      });
    });
  }

  get batchesUnderWay(): number {
    return this.#batches.size + this.#newBatches.size;
  }

  get isBroken(): boolean {
    return this.#brokenBy !== undefined;
  }

  /** Gives the worker a batch. */
  save(requests: SaveRequest[]): void {
    this.#lastBatch += 1;
    this.#batches.set(this.#lastBatch, requests);
    const length = requests.reduce((sum, { path }) => sum + path.length + 1, 0);
    const paths = new Uint8Array(length);
    let at = 0;
    for (const { path } of requests) {
      paths.set(path, at);
      at += path.length + 1;
    }
    this.#tell({ type: 'files', batch: this.#lastBatch, paths });
  }

  /** Gives the worker new files, all to be looked at in the same way. */
  saveNewFiles(parts: NewFilesPart[]): void {
    const [first] = parts;
    if (first === undefined) return;
    this.#lastBatch += 1;
    this.#newBatches.set(this.#lastBatch, parts);
    const folders = parts.map(({ request, from, to }) => ({
      folder: request.folder,
      names: request.names.slice(from, to).join('\0'),
    }));
    this.#tell({ type: 'new-files', batch: this.#lastBatch, folders, look: first.request.look });
  }

  /** Gives up the batches it has; files whose own signal is not aborted come back through `again`. */
  cancel(): void {
    Atomics.store(this.#control, controlWords.cancelled, this.#lastBatch);
  }

  /** Moves what it has sealed so far into the repository's own open pack, and waits for the packs it has sent. */
  async handOver(): Promise<void> {
    if (this.#brokenBy !== undefined) throw this.#brokenBy.reason;
    await new Promise<void>((resolve, reject) => {
      this.#handOvers.push({ resolve, reject });
      this.#tell({ type: 'hand-over' });
    });
    await Promise.all(this.#packs);
  }

  /** Hands over, then ends the thread. */
  async end(): Promise<void> {
    try {
      if (!this.isBroken) await this.handOver();
    } catch (error) {
      this.#break(error);
    } finally {
      this.#isEnding = true;
      if (this.isBroken) await this.#worker.terminate();
      else this.#tell({ type: 'end' });
      await this.#gone;
    }
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromWorker): void {
    if (message.type === 'saved') {
      const requests = this.#batches.get(message.batch) ?? [];
      this.#batches.delete(message.batch);
      this.#settle(requests, message.results);
      this.#events.idle();
    } else if (message.type === 'new-saved') {
      const parts = this.#newBatches.get(message.batch) ?? [];
      this.#newBatches.delete(message.batch);
      this.#settleNew(parts, message.found);
      this.#events.idle();
    } else if (message.type === 'pack') this.#savePack(message);
    else if (message.type === 'handed-over') this.#takeOver(message.bytes, message.header);
    else this.#break(fromWire(message.error));
  }

  #settle(requests: SaveRequest[], wire: WireResults): void {
    const again: SaveRequest[] = [];
    const results = unpackResults(wire);
    for (const [index, request] of requests.entries()) {
      const result = results[index];
      if (result === undefined || result === 'cancelled') again.push(request);
      else if ('error' in result) request.reject(fromWire(result.error));
      else request.resolve(result);
    }
    if (again.length > 0) this.#events.again(again);
  }

  #settleNew(parts: NewFilesPart[], wire: WireNewFiles): void {
    const found = unpackNewFiles(wire);
    const left: NewFilesPart[] = [];
    for (const [index, { request, from, to }] of parts.entries()) {
      const seen = found[index];
      const next = from + (seen?.states.length ?? 0);
      if (seen !== undefined && next > from) request.saved({ ...seen, first: from });
      if (next < to) left.push({ request, from: next, to });
    }
    if (left.length > 0) this.#events.left(left);
  }

  #savePack({ bytes, header, packId }: FromWorker & { type: 'pack' }): void {
    const saving = this.#indexed.packSaver
      .savePack(bytes, Buffer.from(header.buffer, header.byteOffset, header.length), { ...this.#options, packId })
      .catch((error: unknown) => this.#break(error))
      .finally(() => {
        this.#packs = this.#packs.filter((pack) => pack !== saving);
        // Given back after a failure as well: a worker asleep could not be ended otherwise.
        this.#buffers.postMessage(bytes.buffer);
        Atomics.add(this.#control, controlWords.returned, 1);
        Atomics.notify(this.#control, controlWords.returned);
      });
    this.#packs.push(saving);
  }

  #takeOver(bytes: Uint8Array, header: Uint8Array): void {
    const waiting = this.#handOvers.shift();
    const adopted = header.length === 0 ? Promise.resolve() : this.#indexed.adoptSealed(bytes, header);
    adopted.then(
      () => waiting?.resolve(),
      (error: unknown) => waiting?.reject(error),
    );
  }

  // Blobs it has claimed will never be stored: this run can only end.
  #break(reason: unknown): void {
    if (this.#isEnding && this.batchesUnderWay === 0) return;
    this.#brokenBy ??= { reason };
    this.#indexed.packSaver.breakWith(reason);
    this.cancel();
    for (const request of [...this.#batches.values()].flat()) request.reject(reason);
    for (const { request } of [...this.#newBatches.values()].flat()) request.reject(reason);
    this.#batches.clear();
    this.#newBatches.clear();
    for (const waiting of this.#handOvers.splice(0)) waiting.reject(reason);
    this.#events.idle();
  }
}

function crashed(cause: unknown): Failure {
  return new Failure('backup.worker-crashed', {
    message: 'a worker thread of the backup ended unexpectedly; nothing of this run counts',
    hint: 'Run it again. If it happens again, give the machine more memory, or use fewer workers.',
    cause,
  });
}
