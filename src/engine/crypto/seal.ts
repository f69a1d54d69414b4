// Seal and open as restic does: IV ‖ AES-256-CTR ciphertext ‖ Poly1305-AES tag of the ciphertext.
import { randomFillSync, timingSafeEqual } from 'node:crypto';
import { cipherSuite, type Cipher } from './cipher.ts';
import type { MasterKey } from './master-key.ts';

const ivBytes = 16;
const tagBytes = 16;
/** What sealing adds to a plaintext, in bytes (restic design.rst, "Keys, Encryption and MAC"). */
export const sealOverhead = ivBytes + tagBytes;

/** Seals and opens under one key. Not for use by two threads at once. */
export class Sealer {
  readonly #cipher: Cipher;
  // Kept, because a view made anew for every small blob costs as much as sealing it.
  readonly #iv = Buffer.alloc(ivBytes);
  readonly #tag = Buffer.alloc(tagBytes);
  readonly #givenTag = Buffer.alloc(tagBytes);
  // IVs are drawn many at a time: asking the system for each would cost more than sealing a small blob.
  readonly #randomPool = Buffer.alloc(4096);
  #randomUsed = 4096;

  private constructor(cipher: Cipher) {
    this.#cipher = cipher;
  }

  /** A sealer with the fastest cipher this machine has. */
  static async create(key: MasterKey): Promise<Sealer> {
    return new Sealer((await cipherSuite()).create(key));
  }

  /** A sealer with a certain cipher, for tests and twins. */
  static withCipher(cipher: Cipher): Sealer {
    return new Sealer(cipher);
  }

  /** Writes the sealed plaintext to the start of `target` and gives its length: `plaintext.length + sealOverhead`. */
  sealInto(plaintext: Uint8Array, target: Uint8Array): number {
    const end = ivBytes + plaintext.length;
    this.#drawIv();
    const ciphertext = target.subarray(ivBytes, end);
    this.#cipher.crypt(this.#iv, plaintext, ciphertext);
    this.#cipher.authenticate(this.#iv, ciphertext, this.#tag);
    target.set(this.#iv, 0);
    target.set(this.#tag, end);
    return end + tagBytes;
  }

  /** The sealed plaintext in a buffer of its own. */
  seal(plaintext: Uint8Array): Buffer {
    const sealed = Buffer.allocUnsafeSlow(plaintext.length + sealOverhead);
    this.sealInto(plaintext, sealed);
    return sealed;
  }

  /**
   * Verifies, then decrypts to the start of `target`. False when the tag does not fit (wrong key or damaged bytes),
   * when the IV is all zero, or when there are too few bytes; then `target` is untouched.
   */
  openInto(sealed: Uint8Array, target: Uint8Array): boolean {
    if (sealed.length < sealOverhead) return false;
    const end = sealed.length - tagBytes;
    copy(sealed, 0, this.#iv);
    if (isAllZero(this.#iv)) return false;
    const ciphertext = sealed.subarray(ivBytes, end);
    this.#cipher.authenticate(this.#iv, ciphertext, this.#tag);
    copy(sealed, end, this.#givenTag);
    if (!timingSafeEqual(this.#tag, this.#givenTag)) return false;
    this.#cipher.crypt(this.#iv, ciphertext, target);
    return true;
  }

  /** The plaintext in a buffer of its own, or undefined where `openInto` is false. */
  open(sealed: Uint8Array): Buffer | undefined {
    if (sealed.length < sealOverhead) return undefined;
    const plaintext = Buffer.allocUnsafeSlow(sealed.length - sealOverhead);
    return this.openInto(sealed, plaintext) ? plaintext : undefined;
  }

  /** Forgets the key. */
  wipe(): void {
    this.#cipher.wipe();
  }

  #drawIv(): void {
    do {
      if (this.#randomUsed === this.#randomPool.length) {
        randomFillSync(this.#randomPool);
        this.#randomUsed = 0;
      }
      copy(this.#randomPool, this.#randomUsed, this.#iv);
      this.#randomUsed += ivBytes;
    } while (isAllZero(this.#iv));
  }
}

function copy(from: Uint8Array, at: number, to: Uint8Array): void {
  for (let n = 0; n < to.length; n += 1) to[n] = from[at + n] ?? 0;
}

function isAllZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}
