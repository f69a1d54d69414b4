// A secret that cannot be printed by accident. Search for `reveal(` and you have the audit.
import { timingSafeEqual, createHash } from 'node:crypto';
import { inspect } from 'node:util';

const hidden = '[secret]';

/**
 * Text that must not appear in logs, JSON, errors or stack traces. Only `reveal()` gives the value.
 * JavaScript strings cannot be wiped from memory: keep the object's life short rather than its value clean.
 */
export class SecretString {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself. Every call is a place where it may leak. */
  reveal(): string {
    return this.#value;
  }

  /** Length in UTF-16 units, for "is it empty?" questions that need no value. */
  get length(): number {
    return this.#value.length;
  }

  /** Compares in time that does not depend on where the values differ. */
  equals(other: SecretString): boolean {
    const digest = (value: string): Buffer => createHash('sha256').update(value, 'utf8').digest();
    return timingSafeEqual(digest(this.#value), digest(other.#value));
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}
