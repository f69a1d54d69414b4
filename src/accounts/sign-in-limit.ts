// Slows down whoever guesses passwords: counted by address and name together, by address, and by name.
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';

const windowMs = 15 * 60_000;
const limits = { both: 5, address: 30, name: 100 };
const keysMax = 10_000;

/** Counts refused sign-ins of the last quarter of an hour, in memory: a restart forgives. */
export class SignInLimit {
  readonly #clock: Clock;
  readonly #refusals = new Map<string, number[]>();
  readonly #trying = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws Failure `accounts.too-many-attempts`; then the password is not even looked at. */
  check(address: string, name: string): void {
    for (const [key, most] of this.#keys(address, name)) {
      const recent = this.#recent(key);
      const free = most - (this.#trying.get(key) ?? 0);
      if (recent.length < free) continue;
      const oldest = free > 0 ? recent.at(-free) : undefined;
      const waitMs = oldest === undefined ? 1000 : oldest + windowMs - this.#clock.now().getTime();
      throw new Failure('accounts.too-many-attempts', {
        message: `too many refused sign-ins${key.startsWith('name') ? ` as ${name}` : ` from ${address}`}`,
        hint: `Try again in ${Math.ceil(waitMs / 60_000)} minute(s). On the machine itself orbit account reset sets a forgotten password.`,
        facts: { retryAfterSeconds: Math.ceil(waitMs / 1000) },
      });
    }
  }

  /**
   * Does what takes its time to try a password. Until it is over it counts like a refused one, so that many at the same moment
   * are no way around the count. @throws Failure `accounts.too-many-attempts`; then nothing is tried.
   */
  async attempt<Result>(address: string, name: string, work: () => Promise<Result>): Promise<Result> {
    this.check(address, name);
    this.#count(address, name, 1);
    try {
      return await work();
    } finally {
      this.#count(address, name, -1);
    }
  }

  /** Notes a refused sign-in. */
  refused(address: string, name: string): void {
    for (const [key] of this.#keys(address, name)) {
      // Under attack from everywhere the oldest keys go: memory is worth more than their count.
      if (this.#refusals.size >= keysMax) this.#refusals.delete(this.#refusals.keys().next().value ?? '');
      this.#refusals.set(key, [...this.#recent(key), this.#clock.now().getTime()]);
    }
  }

  /** A sign-in that went well clears what this address mistyped for this name. */
  succeeded(address: string, name: string): void {
    this.#refusals.delete(this.#keys(address, name)[0]?.[0] ?? '');
  }

  #count(address: string, name: string, change: number): void {
    for (const [key] of this.#keys(address, name)) {
      const trying = (this.#trying.get(key) ?? 0) + change;
      if (trying > 0) this.#trying.set(key, trying);
      else this.#trying.delete(key);
    }
  }

  // Passkeys and the provider come without a name: counted together, one stranger would shut all people out.
  #keys(address: string, name: string): [string, number][] {
    const lower = name.toLowerCase().slice(0, 64);
    const byAddress: [string, number][] = [
      [`both ${address} ${lower}`, limits.both],
      [`address ${address}`, limits.address],
    ];
    return lower === '' ? byAddress : [...byAddress, [`name ${lower}`, limits.name]];
  }

  #recent(key: string): number[] {
    const since = this.#clock.now().getTime() - windowMs;
    return (this.#refusals.get(key) ?? []).filter((at) => at > since);
  }
}
