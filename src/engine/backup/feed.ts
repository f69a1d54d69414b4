// Hands the packs of one backup to several repositories. None of them holds up the others: one that has no room is waited for
// a moment, then passed over, and completed later from another one's packs. One at least gets everything.
import { setTimeout as sleep } from 'node:timers/promises';
import { Breakage } from '../../base/breakage.ts';
import type { Operation } from '../../base/operation.ts';
import type { PackId } from '../ids.ts';
import type { PackSink } from '../repository/pack-saver.ts';
import { sha256 } from '../repository/sealed-files.ts';
import type { FedPack, FedRepository } from './fed-repository.ts';
import { PackRooms } from './pack-rooms.ts';

/** How long one repository may keep the others waiting, over a whole run: so many milliseconds and a share of its time. */
export interface Patience {
  leastMs: number;
  share: number;
}

/** A pause of the disk or the network is forgiven; a place that is really slower costs the others a twentieth at most, and ten seconds. */
export const defaultPatience: Patience = { leastMs: 10_000, share: 0.05 };

// Who is waited for, and what for, is looked at so often.
const lookAgainMs = 100;

/** No repository is left that got everything: what the others have missed was in memory only. */
export class NobodyWholeError extends Error {}

/** Where a backup that feeds several repositories puts its packs. */
export class Feed extends Breakage implements PackSink {
  /** Every repository writes its own. */
  readonly indexIds = [];
  readonly #repositories: readonly FedRepository[];
  readonly #patience: Patience;
  readonly #startedMs = performance.now();
  readonly #waitedMs = new Map<FedRepository, number>();
  readonly #rooms = new PackRooms();

  constructor(repositories: readonly FedRepository[], patience: Patience = defaultPatience) {
    super();
    this.#repositories = repositories;
    this.#patience = patience;
  }

  async savePack(bytes: Uint8Array, header: Buffer, options: Operation & { packId?: PackId } = {}): Promise<void> {
    for (;;) {
      options.signal?.throwIfAborted();
      this.throwIfBroken();
      const wait = this.#whatToWaitFor();
      // Nothing may come between seeing the room and taking it: others wait for the same room.
      if (wait === undefined) return this.#handOut(bytes, header, options.packId);
      await wait;
    }
  }

  #handOut(bytes: Uint8Array, header: Buffer, packId: PackId | undefined): void {
    const able = this.#repositories.filter(({ standing }) => standing !== 'lost');
    const takers = able.filter(({ hasRoom }) => hasRoom);
    for (const repository of able) if (!takers.includes(repository)) repository.miss();
    // The caller's bytes are free again at once; whoever is slower keeps to this copy.
    const room = this.#rooms.take(bytes.length);
    room.set(bytes);
    let users = takers.length;
    const pack: FedPack = {
      id: packId ?? (sha256(bytes) as PackId),
      bytes: room.subarray(0, bytes.length),
      header: Buffer.from(header),
      done: () => {
        users -= 1;
        if (users === 0) this.#rooms.giveBack(room);
      },
    };
    for (const repository of takers) repository.take(pack);
  }

  /** Every repository flushes for itself when the snapshot is made. */
  flush(): Promise<void> {
    return Promise.resolve().then(() => this.throwIfBroken());
  }

  /** Every repository waits for what it took itself. */
  settled(): Promise<void> {
    return Promise.resolve();
  }

  // Undefined when a whole repository has room, and those without have been waited for long enough.
  #whatToWaitFor(): Promise<void> | undefined {
    const whole = this.#repositories.filter(({ standing }) => standing === 'whole');
    const full = whole.filter(({ hasRoom }) => !hasRoom);
    if (whole.length === 0) {
      this.breakWith(new NobodyWholeError());
      this.throwIfBroken();
    }
    if (full.length === whole.length) return Promise.race(full.map((repository) => repository.room()));
    // A machine that is busy sealing is no slow place: not waiting for it would only make more work for later.
    const late = full.find((repository) => !repository.waitsForPlace || this.#patienceLeftMs(repository) > 0);
    return late === undefined ? undefined : this.#waitFor(late);
  }

  #patienceLeftMs(repository: FedRepository): number {
    const { leastMs, share } = this.#patience;
    const allowedMs = leastMs + share * (performance.now() - this.#startedMs);
    return allowedMs - (this.#waitedMs.get(repository) ?? 0);
  }

  async #waitFor(repository: FedRepository): Promise<void> {
    const startedMs = performance.now();
    const enough = new AbortController();
    const sliceMs = repository.waitsForPlace ? Math.ceil(this.#patienceLeftMs(repository)) : lookAgainMs;
    const patience = sleep(Math.min(sliceMs, lookAgainMs), undefined, { signal: enough.signal });
    await Promise.race([repository.room(), patience]);
    enough.abort();
    await patience.catch(() => {});
    if (!repository.waitsForPlace) return;
    const waitedMs = performance.now() - startedMs;
    this.#waitedMs.set(repository, (this.#waitedMs.get(repository) ?? 0) + waitedMs);
  }
}
