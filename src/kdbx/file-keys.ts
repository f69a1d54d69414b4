// From what people give (password, key file) to the keys of one file (keepass.info, "KDBX 4", Encryption and HMAC).
import { Failure } from '../base/failure.ts';
import { littleEndian64, utf8 } from './bytes.ts';
import type { KdbxCrypto } from './kdbx-crypto.ts';
import type { KdbxCredentials } from './kdbx-types.ts';
import { type SaltedKdf, stretchKey } from './kdf.ts';
import { keyOfKeyFile } from './key-file.ts';

/** The keys of one KDBX file. `hmacBase` gives a key to every block. */
export interface FileKeys {
  cipher: Uint8Array;
  hmacBase: Uint8Array;
}

/** The header counts as the block before block 0. */
export const headerBlock = 0xffff_ffff_ffff_ffffn;

/** Derives the keys; takes as long as the KDF says. Throws `kdbx.no-credentials` when nothing was given. */
export async function deriveFileKeys(
  crypto: KdbxCrypto,
  credentials: KdbxCredentials,
  masterSeed: Uint8Array,
  kdf: SaltedKdf,
): Promise<FileKeys> {
  const composite = await compositeKey(crypto, credentials);
  const transformed = await stretchKey(crypto, composite, kdf);
  composite.fill(0);
  const keys = {
    cipher: await crypto.sha256(masterSeed, transformed),
    hmacBase: await crypto.sha512(masterSeed, transformed, Uint8Array.of(1)),
  };
  transformed.fill(0);
  return keys;
}

/** HMAC-SHA-256 of one block under its own key. */
export async function blockMac(
  crypto: KdbxCrypto,
  hmacBase: Uint8Array,
  block: bigint,
  ...parts: Uint8Array[]
): Promise<Uint8Array> {
  const key = await crypto.sha512(littleEndian64(block), hmacBase);
  return crypto.hmacSha256(key, ...parts);
}

async function compositeKey(crypto: KdbxCrypto, credentials: KdbxCredentials): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  if (credentials.password !== undefined) {
    const password = utf8(credentials.password.reveal());
    parts.push(await crypto.sha256(password));
    password.fill(0);
  }
  if (credentials.keyFile !== undefined) parts.push(await keyOfKeyFile(crypto, credentials.keyFile));
  if (parts.length === 0) {
    throw new Failure('kdbx.no-credentials', {
      message: 'neither a password nor a key file was given for the KDBX file',
      hint: 'Give the password, the key file, or both, as the file was made.',
    });
  }
  return crypto.sha256(...parts);
}
