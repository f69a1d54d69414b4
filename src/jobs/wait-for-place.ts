// Is a failure the loss of a place, and is the place back? What the policies of a job turn on.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '../base/operation.ts';
import { findDestination } from '../destinations/destination.ts';
import { lookAt } from './destination-watch.ts';
import { defaultWaitMinutes, type Job } from './job.ts';
import type { RunSurroundings } from './surroundings.ts';

const firstAgainMs = 500;
const lastAgainMs = 15_000;

/** True for failures of the place itself, which may pass: it cannot be reached, used or locked. */
export function isLoss(code: string): boolean {
  return /^(backend|destinations)\.|^repository\.lock/.test(code);
}

/** The patience of one run with one destination. */
export class WaitForPlace {
  readonly #surroundings: RunSurroundings;
  readonly #destination: string;
  readonly #deadline: number;

  constructor(surroundings: RunSurroundings, job: Job, destination: string) {
    this.#surroundings = surroundings;
    this.#destination = destination;
    this.#deadline = surroundings.clock.now().getTime() + (job.waitMinutes ?? defaultWaitMinutes) * 60_000;
  }

  /** True when the place can be used again; false when the time is over or the run is cancelled. */
  async untilBack(options: Operation<never> | { signal?: AbortSignal }): Promise<boolean> {
    const { clock, store } = this.#surroundings;
    for (let againMs = firstAgainMs; ; againMs = Math.min(2 * againMs, lastAgainMs)) {
      const leftMs = this.#deadline - clock.now().getTime();
      if (leftMs <= 0 || options.signal?.aborted) return false;
      const how = options.signal === undefined ? {} : { signal: options.signal };
      await sleep(Math.min(againMs, leftMs), undefined, how).catch(() => {});
      if (options.signal?.aborted) return false;
      const looked = await lookAt(this.#surroundings, findDestination(store, this.#destination), options.signal);
      if (looked.lastProbe?.isUsable === true) return true;
    }
  }
}
