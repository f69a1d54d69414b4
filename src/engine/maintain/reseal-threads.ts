// Threads that seal blobs anew while they are copied: none as long as there is little, then one a core. What they do not manage,
// a damaged blob above all, is left to whoever asked.
import { availableParallelism } from 'node:os';
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { PackId } from '../ids.ts';
import type { SealedBytes } from '../repository/blob-store.ts';
import { type LocatedBlob, PackReader, type SealedStretch } from '../repository/pack-reader.ts';
import type { Repository } from '../repository/repository.ts';
import { Rooms } from '../repository/rooms.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { type AnsweringThread, startThread } from '../threads/answering-thread.ts';
import { lendKeys } from '../threads/key-for-thread.ts';
import { isDamage } from './read-pack-blobs.ts';
import { stretchOf, type Stretch } from './reseal-stretch.ts';

// Below this, starting threads takes longer than what they save.
const worthThreadsBytes = 24 * 1024 * 1024;
const stretchBytes = 8 * 1024 * 1024;

/** When threads are started, and how many. */
export interface ResealingOptions {
  /** Default one a core; below two there is none. */
  threads?: number;
  /** Once so many bytes were carried without. */
  afterBytes?: number;
}

/** Reseals for one copy. */
export class ResealThreads {
  readonly #from: Repository;
  readonly #to: Repository;
  readonly #reader: PackReader;
  readonly #count: number;
  readonly #afterBytes: number;
  readonly #rooms = new Rooms(stretchBytes);
  #threads: AnsweringThread<Stretch, Uint8Array>[] = [];

  constructor(from: Repository, to: Repository, options: ResealingOptions = {}) {
    this.#from = from;
    this.#to = to;
    this.#reader = new PackReader(from);
    this.#count = options.threads ?? availableParallelism();
    this.#afterBytes = options.afterBytes ?? worthThreadsBytes;
  }

  /** How many packs may be under way at once, now that so many bytes were carried. */
  lanes(carriedBytes: number): number {
    if (this.#threads.length === 0 && this.#count > 1 && carriedBytes >= this.#afterBytes) this.#start();
    // One for each, and one more that is fetched or stored meanwhile.
    return this.#threads.length === 0 ? 1 : this.#threads.length + 1;
  }

  /**
   * Reads these blobs of one pack and hands each to `store`, verified and under the other key; its bytes are valid until that settles.
   * Leaves those that are damaged, and all of them as long as there is no thread.
   * @throws Failure `copy.worker-crashed`
   */
  async reseal(
    packId: PackId,
    blobs: readonly LocatedBlob[],
    store: (blob: LocatedBlob, resealed: SealedBytes) => Promise<void>,
    options: Operation,
  ): Promise<void> {
    if (this.#threads.length === 0) return;
    const loading = { ...pickSignal(options), rooms: this.#rooms, limits: { bytes: stretchBytes, blobs: Infinity } };
    const stretches = untilDamage(this.#reader.loadSealed(packId, [...blobs], loading));
    for await (const { start, bytes: read, blobs: group } of stretches) {
      try {
        const bytes = shared(read);
        const done = await this.#ask(stretchOf(bytes, start, group));
        for (const [at, blob] of group.entries()) {
          if (done[at] !== 1) continue;
          const sealed = bytes.subarray(blob.offset - start, blob.offset - start + blob.length);
          await store(blob, { sealed, uncompressedLength: blob.uncompressedLength });
        }
      } finally {
        this.#rooms.giveBack(read);
      }
    }
  }

  async close(): Promise<void> {
    this.#reader.close();
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #start(): void {
    const module = new URL('./reseal-worker.ts', import.meta.url);
    this.#threads = Array.from({ length: this.#count }, () =>
      startThread(module, { ...lendKeys(this.#from.masterKey, this.#to.masterKey), crashed }),
    );
  }

  async #ask(stretch: Stretch): Promise<Uint8Array> {
    const thread = this.#threads.reduce((least, other) => (other.waiting < least.waiting ? other : least));
    return await thread.ask(stretch);
  }
}

// A pack that is short or gone holds up nobody: what was in it is left.
async function* untilDamage(stretches: AsyncIterable<SealedStretch>): AsyncGenerator<SealedStretch> {
  try {
    yield* stretches;
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}

// Both threads look at the same memory. A backend that does not read into the room it is offered gave memory of its own.
function shared(bytes: Buffer): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function crashed(cause: unknown): Failure {
  return new Failure('copy.worker-crashed', {
    message: 'a worker thread of the copy ended unexpectedly; no snapshot was announced that is not whole',
    hint: 'Run it again: it goes on where it stopped. If it happens again, give the machine more memory.',
    cause,
  });
}
