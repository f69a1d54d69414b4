// One of several repositories that a single backup feeds, each in its own time. The run's packs are sealed for the first of
// them, which stores them as they are; every other one stores the blobs it lacks, sealed anew with its own key.
import assert from 'node:assert/strict';
import type { NamedSnapshot, Snapshot } from '../format/snapshot-types.ts';
import type { BlobId, BlobType, PackId, SnapshotId } from '../ids.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import type { Repository } from '../repository/repository.ts';
import type { FedResealer } from './fed-resealer.ts';

/** A repository that takes part, locked by the caller, who closes it when the backup is over. */
export interface FedPlace {
  name: string;
  repository: Repository;
  /** Its snapshots, oldest first, listed before its index was read. */
  snapshots: readonly NamedSnapshot[];
  /** Its index, when it is loaded already; then it is closed here. */
  indexed?: IndexedRepository;
  /** Aborted when this repository must not be written any more. */
  signal?: AbortSignal;
}

/** A pack on its way to several repositories: one copy of its bytes, in shared memory, for all. */
export interface FedPack {
  id: PackId;
  bytes: Uint8Array;
  header: Buffer;
  /** To be called once by each that took it. */
  done(): void;
}

/**
 * `whole`: it has, or will have, all that the run stored; `behind`: something passed it by, or it lacks what was there
 * before; `lost`: it cannot be written.
 */
export type Standing = 'whole' | 'behind' | 'lost';

// So many packs of 16 MiB may wait for one repository: enough to even out pauses, little enough for any machine.
const defaultPacksAhead = 4;

/** How a repository is fed. */
export interface FedOptions {
  /** Seals anew what the packs hold; absent where they are stored as they come, sealed with the repository's own key. */
  resealer?: FedResealer;
  packsAhead?: number;
  onLost: (failure: unknown) => void;
}

/** Takes packs and keeps count of what it missed. */
export class FedRepository {
  readonly place: FedPlace;
  readonly indexed: IndexedRepository;
  readonly #resealer: FedResealer | undefined;
  readonly #packsAhead: number;
  readonly #onLost: (failure: unknown) => void;
  #standing: Standing = 'whole';
  #held = 0;
  readonly #storing = new Set<Promise<void>>();
  #waiting: (() => void)[] = [];
  #failure: unknown;

  constructor(place: FedPlace, indexed: IndexedRepository, options: FedOptions) {
    this.place = place;
    this.indexed = indexed;
    this.#resealer = options.resealer;
    this.#packsAhead = options.packsAhead ?? defaultPacksAhead;
    this.#onLost = options.onLost;
    if (place.signal?.aborted) this.lose(place.signal.reason);
    place.signal?.addEventListener('abort', () => this.lose(place.signal?.reason), { once: true });
  }

  get standing(): Standing {
    return this.#standing;
  }

  get hasRoom(): boolean {
    return this.#held < this.#packsAhead;
  }

  /** True while its packs wait for the place, and not for this machine to seal them. */
  get waitsForPlace(): boolean {
    return this.#resealer?.isSealing !== true;
  }

  /** Resolves when there may be room, or nothing to wait for any more. */
  room(): Promise<void> {
    if (this.hasRoom || this.#standing === 'lost') return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Something passed this repository by: another one's packs have to complete it. */
  miss(): void {
    if (this.#standing === 'whole') this.#standing = 'behind';
  }

  /** It takes no more. */
  lose(failure: unknown): void {
    if (this.#standing === 'lost') return;
    this.#standing = 'lost';
    this.#failure = failure;
    this.#wake();
    this.#onLost(failure);
  }

  /** Takes a pack when there is room; it is stored in this repository's own time. */
  take(pack: FedPack): void {
    assert.ok(this.hasRoom && this.#standing !== 'lost');
    this.#held += 1;
    const storing = this.#store(pack)
      .catch((error: unknown) => this.lose(error))
      .finally(() => {
        this.#storing.delete(storing);
        this.#held -= 1;
        pack.done();
        this.#wake();
      });
    this.#storing.add(storing);
  }

  /** True when the repository has the blob in a saved pack, and it can be read there. */
  canLoad(type: BlobType, id: BlobId): boolean {
    return this.#standing !== 'lost' && this.indexed.locateBlob(type, id) !== undefined;
  }

  /** Stores what was taken, then the snapshot; undefined, without a snapshot, when it is behind. @throws what made it be lost */
  async finish(snapshot: Snapshot, parent: NamedSnapshot | undefined): Promise<SnapshotId | undefined> {
    const { place, indexed } = this;
    const operation = place.signal === undefined ? {} : { signal: place.signal };
    await this.settled();
    try {
      if (this.#standing === 'lost') throw this.#failure;
      await indexed.flush(operation);
      if (this.#standing === 'behind') return undefined;
      const own = place.snapshots.findLast(({ id, tree }) => id === parent?.id || tree === parent?.tree);
      const ownSnapshot: Snapshot = { ...snapshot };
      // The leading repository's parent has another name here, or none.
      delete ownSnapshot.parent;
      if (own !== undefined) ownSnapshot.parent = own.id;
      return await place.repository.saveSnapshot(ownSnapshot, operation);
    } catch (error) {
      this.lose(error);
      throw error;
    }
  }

  /** Resolves when nothing is on its way any more. */
  async settled(): Promise<void> {
    while (this.#storing.size > 0) await Promise.all(this.#storing);
  }

  /** Waits for what is on its way, and frees what resealing used. The index stays the caller's. */
  async end(): Promise<void> {
    await this.settled();
    await this.#resealer?.close();
  }

  async #store(pack: FedPack): Promise<void> {
    const operation = this.place.signal === undefined ? {} : { signal: this.place.signal };
    if (this.#resealer !== undefined) await this.#resealer.store(pack, operation);
    else await this.indexed.packSaver.savePack(pack.bytes, pack.header, { ...operation, packId: pack.id });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
