// The attachments of a database, those with equal bytes once.
import { toHex } from './bytes.ts';
import type { KdbxCrypto } from './kdbx-crypto.ts';
import type { KdbxEntry } from './kdbx-types.ts';

/** Numbers the attachments of all entries in the order in which they come. */
export class AttachmentPool {
  readonly stored: Uint8Array[] = [];
  readonly #crypto: KdbxCrypto;
  readonly #byHash = new Map<string, number>();
  readonly #byBytes = new Map<Uint8Array, number>();

  constructor(crypto: KdbxCrypto) {
    this.#crypto = crypto;
  }

  /** Takes what an entry has in all its versions; `numberOf` answers for these until the next call. */
  async add(entry: KdbxEntry): Promise<void> {
    this.#byBytes.clear();
    for (const version of [entry, ...entry.history]) {
      for (const { bytes } of version.attachments) {
        const hash = toHex(await this.#crypto.sha256(bytes));
        let number = this.#byHash.get(hash);
        if (number === undefined) {
          number = this.stored.length;
          this.#byHash.set(hash, number);
          this.stored.push(bytes);
        }
        this.#byBytes.set(bytes, number);
      }
    }
  }

  /** The number of these very bytes. */
  numberOf(bytes: Uint8Array): number {
    return this.#byBytes.get(bytes) ?? 0;
  }
}

/** Whether the entry has any, now or in its past. */
export function hasAttachments(entry: KdbxEntry): boolean {
  return entry.attachments.length > 0 || entry.history.some((version) => version.attachments.length > 0);
}
