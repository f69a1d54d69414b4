// Reads JSON that somebody else wrote: every value is asked for by type, and a wrong one names its file and place.
import { damagedFile } from './damage.ts';
import { isId } from './layout.ts';

/** An object of a JSON file, with the file's name for failures. */
export class JsonObject {
  readonly file: string;
  readonly #values: Record<string, unknown>;

  constructor(file: string, value: unknown) {
    this.file = file;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damagedFile(file, 'no JSON object');
    this.#values = value as Record<string, unknown>;
  }

  /** Parses a whole file. @throws Failure `repository.damaged-file` */
  static parse(file: string, bytes: Uint8Array): JsonObject {
    let parsed: unknown;
    try {
      parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch {
      throw damagedFile(file, 'it is not JSON');
    }
    return new JsonObject(file, parsed);
  }

  /** The value as it stands; undefined for a missing or null one. */
  value(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? (this.#values[name] ?? undefined) : undefined;
  }

  text(name: string, maxLength = 65_536): string {
    return this.optionalText(name, maxLength) ?? this.#wrong(name, 'is missing');
  }

  optionalText(name: string, maxLength = 65_536): string | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value.length > maxLength) return this.#wrong(name, 'is no text, or too long');
    return value;
  }

  id(name: string): string {
    return this.optionalId(name) ?? this.#wrong(name, 'is missing');
  }

  optionalId(name: string): string | undefined {
    const value = this.optionalText(name, 64);
    return value === undefined || isId(value) ? value : this.#wrong(name, 'is no id');
  }

  /** A whole number from 0 to `max`. */
  count(name: string, max = Number.MAX_SAFE_INTEGER): number {
    return this.optionalCount(name, max) ?? this.#wrong(name, 'is missing');
  }

  optionalCount(name: string, max = Number.MAX_SAFE_INTEGER): number | undefined {
    const value = this.value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max)
      return this.#wrong(name, `is no whole number from 0 to ${max}`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.value(name) ?? false;
    return typeof value === 'boolean' ? value : this.#wrong(name, 'is neither true nor false');
  }

  /** A list, empty when it is missing or null. */
  list(name: string): unknown[] {
    const value = this.value(name) ?? [];
    return Array.isArray(value) ? (value as unknown[]) : this.#wrong(name, 'is no list');
  }

  texts(name: string): string[] | undefined {
    if (this.value(name) === undefined) return undefined;
    return this.list(name).map((item) => (typeof item === 'string' ? item : this.#wrong(name, 'is no list of texts')));
  }

  objects(name: string): JsonObject[] {
    return this.list(name).map((item) => new JsonObject(this.file, item));
  }

  object(name: string): JsonObject | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : new JsonObject(this.file, value);
  }

  #wrong(name: string, why: string): never {
    throw damagedFile(this.file, `its '${name}' ${why}`);
  }
}

/**
 * JSON as Go's encoder writes it: `<`, `>`, `&`, U+2028 and U+2029 escaped, lone surrogates as U+FFFD, no spaces.
 * Keys with the value undefined are left out.
 */
export function encodeGoJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'string' ? item.toWellFormed() : item,
  ).replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
