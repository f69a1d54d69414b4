// Which passwords several secrets of a run share. Told by digests under a key of the moment: nothing of it outlives the run.
import { hash, randomBytes } from 'node:crypto';
import type { SecretString } from '../base/secret-string.ts';

/** Counts how often each password is used. */
export class PasswordUse {
  readonly #key = randomBytes(32).toString('base64url');
  readonly #numbers = new Map<string, number>();
  readonly #uses: number[] = [];

  /** Counts a use, and gives the password's number among those seen; undefined where there is none. */
  count(password: SecretString): number | undefined {
    const value = password.reveal();
    if (value === '') return undefined;
    const digest = hash('sha256', `${this.#key}${value}`, 'base64url');
    const number = this.#numbers.get(digest) ?? this.#numbers.size;
    this.#numbers.set(digest, number);
    this.#uses[number] = (this.#uses[number] ?? 0) + 1;
    return number;
  }

  /** Whether more than one secret has the password of this number. */
  isShared(number: number | undefined): boolean {
    return number !== undefined && (this.#uses[number] ?? 0) > 1;
  }
}
