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

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws Failure `accounts.too-many-attempts`; then the password is not even looked at. */
  check(address: string, name: string): void {
    for (const [key, most] of this.#keys(address, name)) {
      const recent = this.#recent(key);
      const oldest = recent.at(-most);
      if (oldest === undefined) continue;
      const waitMs = oldest + windowMs - this.#clock.now().getTime();
      throw new Failure('accounts.too-many-attempts', {
        message: `too many refused sign-ins${key.startsWith('name') ? ` as ${name}` : ` from ${address}`}`,
        hint: `Try again in ${Math.ceil(waitMs / 60_000)} minute(s). On the machine itself orbit account reset sets a forgotten password.`,
        facts: { retryAfterSeconds: Math.ceil(waitMs / 1000) },
      });
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

  #keys(address: string, name: string): [string, number][] {
    const lower = name.toLowerCase().slice(0, 64);
    return [
      [`both ${address} ${lower}`, limits.both],
      [`address ${address}`, limits.address],
      [`name ${lower}`, limits.name],
    ];
  }

  #recent(key: string): number[] {
    const since = this.#clock.now().getTime() - windowMs;
    return (this.#refusals.get(key) ?? []).filter((at) => at > since);
  }
}
