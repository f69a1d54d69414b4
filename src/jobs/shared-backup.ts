// Where the destinations of one run meet: those that are open before the reading of the source begins are fed by it together.
// Whoever comes later, or cannot keep up, is told that it is behind, and catches up from another one's packs.
import { Failure } from '../base/failure.ts';
import { randomPolynomial } from '../engine/chunker/polynomial.ts';
import type { FedEnd } from '../engine/backup/backup-into-several.ts';
import type { FedPlace } from '../engine/backup/fed-repository.ts';

/** A snapshot that a destination got. */
export type MadeSnapshot = Extract<FedEnd, { state: 'made' }>;

/** Reads the source once for these places; calls `onEnd` for each as it ends. */
export type ReadOnce = (places: FedPlace[], onEnd: (end: FedEnd) => void) => Promise<unknown>;

/** The destinations of a run and what they share. */
export interface SharedBackupOptions {
  /** Names of those to wait for; one that is known to be lost is none of them. */
  expected: readonly string[];
  readOnce: ReadOnce;
  /** The reading begins so long after the first destination is ready, whoever is missing; default 10 s. */
  graceMs?: number;
}

interface Round {
  state: 'gathering' | 'reading' | 'over';
  joined: Map<string, { place: FedPlace; resolve: (made: MadeSnapshot) => void; reject: (reason: unknown) => void }>;
  timer?: NodeJS.Timeout;
  over: PromiseWithResolvers<void>;
}

/** One run's meeting point. */
export class SharedBackup {
  readonly #options: SharedBackupOptions;
  readonly #missing: Set<string>;
  readonly #polynomials = new Map<string, bigint | undefined>();
  #unannounced: Set<string>;
  #announced = Promise.withResolvers<void>();
  #ownPolynomial: bigint | undefined;
  #isMade = false;
  #round: Round = newRound();

  constructor(options: SharedBackupOptions) {
    this.#options = options;
    this.#missing = new Set(options.expected);
    this.#unannounced = new Set(options.expected);
  }

  /** Tells how this destination's repository cuts files; undefined when it has none yet. */
  announce(name: string, polynomial: bigint | undefined): void {
    this.#polynomials.set(name, polynomial);
    this.#unannounced.delete(name);
    if (this.#unannounced.size === 0) this.#announced.resolve();
  }

  /** How a new repository is to cut files: as the others do, so that one reading serves all. */
  async polynomialForNew(): Promise<bigint> {
    const timer = setTimeout(() => this.#announced.resolve(), this.#graceMs);
    await this.#announced.promise;
    clearTimeout(timer);
    const known = [...this.#polynomials.values()].find((polynomial) => polynomial !== undefined);
    this.#ownPolynomial ??= known ?? randomPolynomial();
    return this.#ownPolynomial;
  }

  /** True when the repositories cut files differently, which those of one job that Orbit made never do. */
  get cutsDiffer(): boolean {
    const known = [...this.#polynomials.values()].filter((polynomial) => polynomial !== undefined);
    return new Set(known).size > 1;
  }

  /**
   * Takes part, with a repository that stays open and locked until this settles, and its keys until `over()`.
   * @throws Failure `jobs.behind`; what made the place be lost, or the reading fail
   */
  async join(place: FedPlace): Promise<MadeSnapshot> {
    while (this.#round.state !== 'gathering') {
      await this.#round.over.promise;
      if (this.#isMade) {
        await place.indexed?.close();
        throw behind(place.name);
      }
      // Everybody else was lost: this one is read for alone.
      if (this.#round.state === 'over') this.#round = newRound();
    }
    const { promise, resolve, reject } = Promise.withResolvers<MadeSnapshot>();
    const round = this.#round;
    round.joined.set(place.name, { place, resolve, reject });
    const giveUp = (): void => {
      // While the source is read the reading itself ends.
      if (round.state === 'gathering' && round.joined.delete(place.name)) reject(place.signal?.reason);
    };
    if (place.signal?.aborted) giveUp();
    place.signal?.addEventListener('abort', giveUp, { once: true });
    this.#missing.delete(place.name);
    this.#beginWhenAllAreHere();
    return await promise;
  }

  /** This destination is not to be waited for. */
  leave(name: string): void {
    this.#missing.delete(name);
    this.#unannounced.delete(name);
    if (this.#unannounced.size === 0) this.#announced.resolve();
    this.#beginWhenAllAreHere();
  }

  /** Resolves when nothing reads the source, and nobody uses a repository's keys any more. */
  async over(): Promise<void> {
    if (this.#round.state === 'reading') await this.#round.over.promise;
  }

  get #graceMs(): number {
    return this.#options.graceMs ?? 10_000;
  }

  #beginWhenAllAreHere(): void {
    const round = this.#round;
    if (round.state !== 'gathering' || round.joined.size === 0) return;
    if (this.#missing.size === 0) void this.#read(round);
    else round.timer ??= setTimeout(() => void this.#read(round), this.#graceMs);
  }

  async #read(round: Round): Promise<void> {
    clearTimeout(round.timer);
    delete round.timer;
    if (round.state !== 'gathering' || round.joined.size === 0) return;
    round.state = 'reading';
    const onEnd = (end: FedEnd): void => {
      const joined = round.joined.get(end.name);
      if (end.state === 'lost') joined?.reject(end.failure);
      else if (end.state === 'behind') joined?.reject(behind(end.name));
      else {
        this.#isMade = true;
        joined?.resolve(end);
      }
    };
    try {
      await this.#options.readOnce(
        [...round.joined.values()].map(({ place }) => place),
        onEnd,
      );
    } catch (error) {
      // Whoever has ended already stays as it was.
      for (const { reject } of round.joined.values()) reject(error);
    } finally {
      round.state = 'over';
      round.over.resolve();
    }
  }
}

function newRound(): Round {
  return { state: 'gathering', joined: new Map(), over: Promise.withResolvers<void>() };
}

function behind(name: string): Failure {
  return new Failure('jobs.behind', {
    message: `'${name}' was too slow for this run, or lacks what an earlier one stored elsewhere`,
    hint: 'It catches up by itself from the packs of another destination; orbit backup list shows when it has.',
  });
}
