// The 64 bytes that seal a repository. Kept in one buffer that is zeroed, never in a string for longer than a line.
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { Failure } from '../../base/failure.ts';

const keyBytes = 64;
const hidden = '[secret]';

/**
 * AES-256 key (32 bytes), then the Poly1305-AES key `k` (16) and `r` (16): the layout scrypt's output has as well
 * (restic design.rst, "Keys, Encryption and MAC"; internal/repository/crypto/crypto.go).
 */
export class MasterKey {
  readonly #bytes: Buffer;

  /** Takes over the 64 bytes. @throws Failure `repository.invalid-key` when a part of it is all zero. */
  constructor(bytes: Buffer) {
    if (bytes.length !== keyBytes) throw invalidKey(`it has ${bytes.length} bytes instead of ${keyBytes}`);
    this.#bytes = bytes;
    for (const part of [this.encryptionKey, this.macK, this.macR]) {
      if (part.every((byte) => byte === 0)) throw invalidKey('a part of it is all zero');
    }
  }

  /** A fresh key from the system's random source. */
  static random(): MasterKey {
    return new MasterKey(randomBytes(keyBytes));
  }

  get encryptionKey(): Buffer {
    return this.#bytes.subarray(0, 32);
  }

  get macK(): Buffer {
    return this.#bytes.subarray(32, 48);
  }

  get macR(): Buffer {
    return this.#bytes.subarray(48, 64);
  }

  /** A copy for a worker thread; whoever takes it wipes it. */
  copyBytes(): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(keyBytes);
    copy.set(this.#bytes);
    return copy;
  }

  /** Overwrites the key; it cannot be used afterwards. */
  wipe(): void {
    this.#bytes.fill(0);
  }

  /** The JSON that a key file carries sealed. The caller zeroes it. */
  toKeyFileJson(): Buffer {
    const base64 = (part: Buffer): string => part.toString('base64');
    return Buffer.from(
      `{"mac":{"k":"${base64(this.macK)}","r":"${base64(this.macR)}"},"encrypt":"${base64(this.encryptionKey)}"}`,
    );
  }

  /** Undoes `toKeyFileJson`. @throws Failure `repository.invalid-key` */
  static fromKeyFileJson(json: Buffer): MasterKey {
    let parsed: unknown;
    try {
      parsed = JSON.parse(json.toString('utf8'));
    } catch {
      // The parser's message would quote the key.
      throw invalidKey('its JSON cannot be read');
    }
    const { mac, encrypt } = parsed as { mac?: { k?: unknown; r?: unknown }; encrypt?: unknown };
    const parts = [encrypt, mac?.k, mac?.r].map((part) => Buffer.from(typeof part === 'string' ? part : '', 'base64'));
    const wanted = [32, 16, 16];
    if (parts.some((part, index) => part.length !== wanted[index])) throw invalidKey('a part of it is missing');
    const key = new MasterKey(Buffer.concat(parts));
    for (const part of parts) part.fill(0);
    return key;
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

function invalidKey(why: string): Failure {
  return new Failure('repository.invalid-key', {
    message: `a key of the repository is not valid: ${why}`,
    hint: 'Open the repository with another password, or restore the key file from a copy of the destination.',
  });
}
