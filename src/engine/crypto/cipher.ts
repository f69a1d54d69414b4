// What sealing needs of a cipher, and which implementation does it here: the fast one when it proves itself, else the portable one.
import type { MasterKey } from './master-key.ts';
import { passesKnownAnswers } from './known-answers.ts';
import { nativeCiphers } from './native-cipher.ts';
import { portableCiphers } from './portable-cipher.ts';

/** The two functions of the format, keyed. Not for use by two threads at once. */
export interface Cipher {
  /** AES-256-CTR from this 16-byte counter block: writes `input.length` bytes to `output`, which may not overlap it. */
  crypt(iv: Uint8Array, input: Uint8Array, output: Uint8Array): void;
  /** Poly1305-AES of the message under the nonce: writes 16 bytes to `tag`. */
  authenticate(iv: Uint8Array, message: Uint8Array, tag: Uint8Array): void;
  /** Forgets the key. The cipher cannot be used afterwards. */
  wipe(): void;
}

/** Makes ciphers. */
export interface CipherSuite {
  /** `native` calls the OpenSSL inside the node binary, `portable` uses node:crypto and libsodium in WASM. */
  name: 'native' | 'portable';
  create(key: MasterKey): Cipher;
}

let chosen: Promise<CipherSuite> | undefined;

/** The fastest suite that gives the known answers on this machine; decided once. ORBIT_PORTABLE=1 asks for the portable one. */
export function cipherSuite(): Promise<CipherSuite> {
  chosen ??= choose();
  return chosen;
}

async function choose(): Promise<CipherSuite> {
  if (process.env['ORBIT_PORTABLE'] !== '1') {
    const native = await nativeCiphers();
    if (native !== undefined && passesKnownAnswers(native)) return native;
  }
  return portableCiphers();
}
