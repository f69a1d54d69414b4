// Stores the packs of a run in a repository with another key: the blobs that it lacks, sealed anew. The first megabytes are sealed
// here, then a thread does it.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { MasterKey } from '../crypto/master-key.ts';
import { Sealer } from '../crypto/seal.ts';
import { decodePackHeader, type PackedBlob } from '../format/pack-header.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { reseal } from '../repository/reseal.ts';
import { type AnsweringThread, startThread } from '../threads/answering-thread.ts';
import { lendKeys } from '../threads/key-for-thread.ts';
import type { FedPack } from './fed-repository.ts';
import { PackRooms } from './pack-rooms.ts';
import type { PackToReseal, ResealedPack } from './reseal-pack.ts';

const turnBytes = 2 * 1024 * 1024;
// Below this, starting a thread takes longer than what it saves.
const worthThreadBytes = 24 * 1024 * 1024;

/** What it has to know of the run. */
export interface ResealerOptions {
  /** The key that the run's packs are sealed with. */
  feedKey: MasterKey;
  /** The thread starts when so many bytes were given to it; default 24 MiB. */
  threadAfterBytes?: number | undefined;
}

/** Reseals for one repository. */
export class FedResealer {
  readonly #indexed: IndexedRepository;
  readonly #feedKey: MasterKey;
  readonly #feedSealer: Sealer;
  readonly #threadAfterBytes: number;
  readonly #rooms = new PackRooms();
  #thread: AnsweringThread<PackToReseal, ResealedPack> | undefined;
  #givenBytes = 0;
  #sealing = 0;
  #here: Promise<void> = Promise.resolve();

  private constructor(indexed: IndexedRepository, feedSealer: Sealer, options: ResealerOptions) {
    this.#indexed = indexed;
    this.#feedSealer = feedSealer;
    this.#feedKey = options.feedKey;
    this.#threadAfterBytes = options.threadAfterBytes ?? worthThreadBytes;
  }

  static async create(indexed: IndexedRepository, options: ResealerOptions): Promise<FedResealer> {
    return new FedResealer(indexed, await Sealer.create(options.feedKey), options);
  }

  /** True while a pack waits for this machine to seal it, and not only for the place. */
  get isSealing(): boolean {
    return this.#sealing > 0;
  }

  /**
   * Stores what the repository lacks of the pack.
   * @throws Failure `repository.verification-failed`, `backup.worker-crashed`, what the repository throws
   */
  async store(pack: FedPack, options: Operation): Promise<void> {
    const blobs = decodePackHeader(pack.id, pack.header);
    const lacking = blobs.filter(({ type, id }) => !this.#indexed.hasBlob(type, id));
    if (lacking.length === 0) return;
    this.#givenBytes += pack.bytes.length;
    if (this.#givenBytes >= this.#threadAfterBytes) {
      await this.#storeByThread(pack, lacking, lacking.length === blobs.length, options);
      return;
    }
    this.#here = this.#here.then(() => this.#storeHere(pack, lacking, options));
    await this.#here;
  }

  /** Call it when nothing is on its way any more. */
  async close(): Promise<void> {
    await this.#thread?.close();
    this.#feedSealer.wipe();
  }

  async #storeByThread(pack: FedPack, lacking: PackedBlob[], isAll: boolean, options: Operation): Promise<void> {
    const room = this.#rooms.take(pack.bytes.length);
    try {
      this.#thread ??= this.#startThread();
      const places = Uint32Array.from(lacking.flatMap(({ offset, length }) => [offset, length]));
      const question = { bytes: pack.bytes, places, room, ...(isAll ? { header: pack.header } : {}) };
      const { isProven, packId } = await this.#whileSealing(this.#thread.ask(question));
      if (!isProven) throw wrongSeal();
      if (packId !== undefined) {
        const bytes = room.subarray(0, pack.bytes.length);
        await this.#indexed.packSaver.savePack(bytes, pack.header, { ...options, packId });
      } else for (const blob of lacking) await this.#save(blob, sealedBytes(room, blob), options);
    } finally {
      this.#rooms.giveBack(room);
    }
  }

  #startThread(): AnsweringThread<PackToReseal, ResealedPack> {
    const module = new URL('./reseal-pack-worker.ts', import.meta.url);
    return startThread(module, { ...lendKeys(this.#feedKey, this.#indexed.repository.masterKey), crashed });
  }

  async #storeHere({ bytes }: FedPack, lacking: PackedBlob[], options: Operation): Promise<void> {
    let sinceTurn = 0;
    for (const blob of lacking) {
      const sealed = reseal(sealedBytes(bytes, blob), this.#feedSealer, this.#indexed.repository.sealer);
      if (sealed === undefined) throw wrongSeal();
      await this.#save(blob, sealed, options);
      sinceTurn += blob.length;
      if (sinceTurn < turnBytes) continue;
      sinceTurn = 0;
      // The walk and the other repositories want their turns.
      await this.#whileSealing(nextTurn());
    }
  }

  async #whileSealing<Result>(work: Promise<Result>): Promise<Result> {
    this.#sealing += 1;
    try {
      return await work;
    } finally {
      this.#sealing -= 1;
    }
  }

  async #save({ type, id, uncompressedLength }: PackedBlob, sealed: Uint8Array, options: Operation): Promise<void> {
    await this.#indexed.saveSealed(type, id, { sealed, uncompressedLength }, options);
  }
}

function sealedBytes(pack: Uint8Array, { offset, length }: PackedBlob): Uint8Array {
  return pack.subarray(offset, offset + length);
}

function wrongSeal(): Failure {
  return new Failure('repository.verification-failed', {
    message: 'a blob sealed anew for another repository did not open to the same bytes, so it was not stored',
    hint: 'This machine computes wrongly, mostly because of bad memory: test its memory before the next backup.',
  });
}

function crashed(cause: unknown): Failure {
  return new Failure('backup.worker-crashed', {
    message:
      'the worker thread that seals for another repository ended unexpectedly; this one has no snapshot of the run',
    hint: 'Run it again. If it happens again, give the machine more memory.',
    cause,
  });
}
