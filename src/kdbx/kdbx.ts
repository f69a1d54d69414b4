// KDBX on this machine: the codec with Node's cryptography.
import type { KdbxCredentials, KdbxEntry } from './kdbx-types.ts';
import { defaultLimits, type KdbxLimits } from './limits.ts';
import { nodeCrypto } from './node-crypto.ts';
import { type KdbxDatabase, openKdbx, openKeePassXml } from './open-kdbx.ts';
import { type KdbxWriteOptions, saveKdbx, saveWaitingEntries, type WaitingEntry } from './save-kdbx.ts';

/** `openKdbx` with Node's cryptography. */
export async function readKdbx(
  bytes: Uint8Array,
  credentials: KdbxCredentials,
  limits: KdbxLimits = defaultLimits,
): Promise<KdbxDatabase> {
  return openKdbx(nodeCrypto, bytes, credentials, limits);
}

/** `saveKdbx` with Node's cryptography. The buffer is the caller's. */
export async function writeKdbx(
  entries: Iterable<KdbxEntry> | AsyncIterable<KdbxEntry>,
  credentials: KdbxCredentials,
  options: KdbxWriteOptions = {},
): Promise<Buffer> {
  const bytes = await saveKdbx(nodeCrypto, entries, credentials, options);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** `saveWaitingEntries` with Node's cryptography. The buffer is the caller's. */
export async function writeWaitingEntries(
  entries: Iterable<WaitingEntry>,
  credentials: KdbxCredentials,
  options: KdbxWriteOptions = {},
): Promise<Buffer> {
  const bytes = await saveWaitingEntries(nodeCrypto, entries, credentials, options);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** `openKeePassXml` with Node's cryptography. */
export function readKeePassXml(bytes: Uint8Array): AsyncGenerator<KdbxEntry, void, undefined> {
  return openKeePassXml(nodeCrypto, bytes);
}
