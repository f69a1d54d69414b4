// Which passwords several secrets of a run share. Told by digests under a key of the moment: nothing of it outlives the run.
import { hash, randomBytes } from 'node:crypto';
import type { SecretString } from '../base/secret-string.ts';

/** What tells a password from others under a key; undefined where there is none. */
export function passwordMark(key: string, password: SecretString): string | undefined {
  const value = password.reveal();
  return value === '' ? undefined : hash('sha256', `${key}${value}`, 'base64url');
}

/** Counts how often each password is used. */
export class PasswordUse {
  /** The key of its marks. */
  readonly key = randomBytes(32).toString('base64url');
  readonly #numbers = new Map<string, number>();
  readonly #uses: number[] = [];

  /** Counts a use of the password with this mark, and gives its number among those seen; undefined where there is none. */
  count(mark: string | undefined): number | undefined {
    if (mark === undefined) return undefined;
    const number = this.#numbers.get(mark) ?? this.#numbers.size;
    this.#numbers.set(mark, number);
    this.#uses[number] = (this.#uses[number] ?? 0) + 1;
    return number;
  }

  /** Whether more than one secret has the password of this number. */
  isShared(number: number | undefined): boolean {
    return number !== undefined && (this.#uses[number] ?? 0) > 1;
  }
}
