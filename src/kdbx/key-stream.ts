// What hides the protected values inside the XML: one key stream for the whole document, used up in its order.
import { Failure } from '../base/failure.ts';
import { ChaCha20 } from './chacha20.ts';
import type { KdbxCrypto } from './kdbx-crypto.ts';
import { Salsa20 } from './salsa20.ts';

/** A stream cipher in progress. */
export interface KeyStream {
  /** XORs the next key bytes into `data`, in place. */
  apply(data: Uint8Array): void;
}

/** Numbers of the inner ciphers in KDBX headers. */
export const innerCipherId = { salsa20: 2, chacha20: 3 };

// KeePass keeps this nonce the same in every file; the key is what changes.
const salsa20Nonce = Uint8Array.of(0xe8, 0x30, 0x09, 0x4b, 0x97, 0x20, 0x5d, 0x2a);

/** The key stream that a header's number and key ask for. Throws `kdbx.unsupported` for any other cipher. */
export async function innerKeyStream(crypto: KdbxCrypto, id: number, key: Uint8Array): Promise<KeyStream> {
  if (id === innerCipherId.chacha20) {
    const hash = await crypto.sha512(key);
    return new ChaCha20(hash.subarray(0, 32), hash.subarray(32, 44));
  }
  if (id === innerCipherId.salsa20) return new Salsa20(await crypto.sha256(key), salsa20Nonce);
  throw new Failure('kdbx.unsupported', {
    message: `the protected values of this KDBX file use cipher number ${id}, which Orbit does not read`,
    hint: 'Save the file again with a current KeePass or KeePassXC (KDBX 4).',
  });
}
