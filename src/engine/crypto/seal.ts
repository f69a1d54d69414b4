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
  readonly #tag = Buffer.alloc(tagBytes);
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
    const iv = target.subarray(0, ivBytes);
    iv.set(this.#freshIv());
    const ciphertext = target.subarray(ivBytes, end);
    this.#cipher.crypt(iv, plaintext, ciphertext);
    this.#cipher.authenticate(iv, ciphertext, target.subarray(end, end + tagBytes));
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
    const iv = sealed.subarray(0, ivBytes);
    if (isAllZero(iv)) return false;
    const ciphertext = sealed.subarray(ivBytes, -tagBytes);
    this.#cipher.authenticate(iv, ciphertext, this.#tag);
    if (!timingSafeEqual(this.#tag, sealed.subarray(-tagBytes))) return false;
    this.#cipher.crypt(iv, ciphertext, target);
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

  #freshIv(): Buffer {
    for (;;) {
      if (this.#randomUsed === this.#randomPool.length) {
        randomFillSync(this.#randomPool);
        this.#randomUsed = 0;
      }
      const iv = this.#randomPool.subarray(this.#randomUsed, this.#randomUsed + ivBytes);
      this.#randomUsed += ivBytes;
      if (!isAllZero(iv)) return iv;
    }
  }
}

function isAllZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
