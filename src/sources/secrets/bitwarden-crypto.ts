// How Bitwarden seals: keys from a password, cipher strings, keys within keys (Bitwarden security whitepaper; cipher strings of
// type 2 are AES-256-CBC with HMAC-SHA-256, of type 4 RSA-OAEP with SHA-1). For its exports and for its API.
import {
  argon2,
  constants,
  createDecipheriv,
  createHash,
  createHmac,
  type KeyObject,
  pbkdf2,
  privateDecrypt,
  timingSafeEqual,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { SecretString } from '../../base/secret-string.ts';

/** How a key is made of a password. `kdfType` 0 is PBKDF2-SHA-256, 1 is Argon2id; memory in MiB. */
export interface BitwardenKdf {
  kdfType: number;
  kdfIterations: number;
  kdfMemory?: number | null | undefined;
  kdfParallelism?: number | null | undefined;
}

/** The two halves of a key. */
export interface BitwardenKey {
  cipher: Buffer;
  mac: Buffer;
}

// What somebody from outside may ask for.
const mostIterations = { pbkdf2: 20_000_000, argon2: 64 };
const mostMemoryMiB = 1024;

/** Why this key derivation is not done: it asks for too much, or makes no sense. Undefined when it is fine. */
export function kdfFault(kdf: BitwardenKdf): { isTooMuch: boolean; what: string } | undefined {
  const { kdfType, kdfIterations } = kdf;
  const { memoryMiB, parallelism } = argon2Settings(kdf);
  const tooMuch = (what: string) => ({ isTooMuch: true, what });
  if (kdfType === 0) {
    return kdfIterations > mostIterations.pbkdf2 ? tooMuch(`${kdfIterations} iterations of PBKDF2`) : undefined;
  }
  if (kdfType !== 1) return { isTooMuch: false, what: `its key derivation ${kdfType} is unknown` };
  if (memoryMiB > mostMemoryMiB) return tooMuch(`${memoryMiB} MiB of memory for Argon2`);
  if (kdfIterations > mostIterations.argon2) return tooMuch(`${kdfIterations} passes of Argon2`);
  const isPossible = parallelism >= 1 && parallelism <= 64 && memoryMiB >= 1;
  return isPossible ? undefined : { isTooMuch: false, what: 'its Argon2 parameters are impossible' };
}

/** The key of a password, 32 bytes. Ask `kdfFault` first. */
export async function passwordKey(kdf: BitwardenKdf, salt: string, password: SecretString): Promise<Buffer> {
  const message = Buffer.from(password.reveal(), 'utf8');
  try {
    if (kdf.kdfType === 0) return await promisify(pbkdf2)(message, salt, kdf.kdfIterations, 32, 'sha256');
    const { memoryMiB, parallelism } = argon2Settings(kdf);
    return await promisify(argon2)('argon2id', {
      message,
      // Argon2 wants a salt of some length; Bitwarden hashes what it is given.
      nonce: createHash('sha256').update(salt, 'utf8').digest(),
      parallelism,
      tagLength: 32,
      memory: memoryMiB * 1024,
      passes: kdf.kdfIterations,
    });
  } finally {
    message.fill(0);
  }
}

/** The two halves that a password's key is stretched to. The key is wiped. */
export function stretchedKey(key: Buffer): BitwardenKey {
  // HKDF-Expand (RFC 5869, section 2.3) alone, for one block: Bitwarden leaves the extract step out.
  const expanded = (info: string): Buffer => createHmac('sha256', key).update(info).update(Uint8Array.of(1)).digest();
  const halves = { cipher: expanded('enc'), mac: expanded('mac') };
  key.fill(0);
  return halves;
}

/** A key of 64 bytes as its halves; undefined when it has another length. */
export function keyOf(bytes: Buffer | undefined): BitwardenKey | undefined {
  return bytes?.length === 64 ? { cipher: bytes.subarray(0, 32), mac: bytes.subarray(32) } : undefined;
}

/** The parts of `2.iv|ciphertext|mac`; undefined for anything else. */
export function cipherStringParts(text: string): SealedParts | undefined {
  const match = /^2\.([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(text);
  if (match === null) return undefined;
  const [iv, ciphertext, mac] = match.slice(1).map((part) => Buffer.from(part, 'base64')) as [Buffer, Buffer, Buffer];
  return iv.length === 16 && mac.length === 32 ? { iv, ciphertext, mac } : undefined;
}

/** The parts of a sealed file: type 2, IV, MAC, ciphertext; undefined for anything else. */
export function sealedFileParts(bytes: Buffer): SealedParts | undefined {
  if (bytes[0] !== 2 || bytes.length < 1 + 16 + 32 + 16) return undefined;
  return { iv: bytes.subarray(1, 17), mac: bytes.subarray(17, 49), ciphertext: bytes.subarray(49) };
}

/** What was sealed with AES-256-CBC and HMAC-SHA-256. */
export interface SealedParts {
  iv: Buffer;
  ciphertext: Buffer;
  mac: Buffer;
}

/** The clear bytes, or undefined when the MAC is of another key. */
export function openSealed({ iv, ciphertext, mac }: SealedParts, key: BitwardenKey): Buffer | undefined {
  const expected = createHmac('sha256', key.mac).update(iv).update(ciphertext).digest();
  if (!timingSafeEqual(mac, expected)) return undefined;
  const cipher = createDecipheriv('aes-256-cbc', key.cipher, iv);
  return Buffer.concat([cipher.update(ciphertext), cipher.final()]);
}

/** The clear bytes of `4.ciphertext`, or undefined when it is of another key or of another type. */
export function openRsaString(text: string, privateKey: KeyObject): Buffer | undefined {
  const ciphertext = /^4\.([A-Za-z0-9+/=]+)$/.exec(text)?.[1];
  if (ciphertext === undefined) return undefined;
  try {
    const options = { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
    return privateDecrypt(options, Buffer.from(ciphertext, 'base64'));
  } catch {
    return undefined;
  }
}

function argon2Settings(kdf: BitwardenKdf): { memoryMiB: number; parallelism: number } {
  return { memoryMiB: kdf.kdfMemory ?? 64, parallelism: kdf.kdfParallelism ?? 4 };
}
