// What was asked of a browser and is waited for: random, used once, gone after a few minutes and with a restart.
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock.ts';

const lifeMs = 5 * 60_000;
const openMax = 1000;
const openMaxFrom = 50;

/** Challenges of one purpose, each with what belongs to it. In memory only. */
export class Challenges<Value> {
  readonly #clock: Clock;
  readonly #open = new Map<string, { value: Value; until: number; from: string }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new challenge, 256 random bits in base64url. Whoever asks without end pushes out the oldest, first their own. */
  issue(value: Value, from: string): string {
    const own = [...this.#open].filter(([, open]) => open.from === from).map(([challenge]) => challenge);
    if (own.length >= openMaxFrom) this.#open.delete(own[0] ?? '');
    if (this.#open.size >= openMax) this.#open.delete(this.#open.keys().next().value ?? '');
    const challenge = randomBytes(32).toString('base64url');
    this.#open.set(challenge, { value, until: this.#clock.now().getTime() + lifeMs, from });
    return challenge;
  }

  /** What belongs to it; from now on it is used. Undefined when it was never given out, was used, or is too old. */
  take(challenge: string): Value | undefined {
    const found = this.#open.get(challenge);
    this.#open.delete(challenge);
    return found !== undefined && found.until > this.#clock.now().getTime() ? found.value : undefined;
  }
}
