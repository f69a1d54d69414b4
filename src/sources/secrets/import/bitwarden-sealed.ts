// Opens Bitwarden's password-protected JSON export (Bitwarden security whitepaper, "Encrypted exports"; clients,
// libs/tools/export: salt as UTF-8 text, stretched master key, cipher strings of type 2).
import { argon2, createDecipheriv, createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import { Failure } from '../../../base/failure.ts';
import type { SecretString } from '../../../base/secret-string.ts';
import { damagedFile } from './importer.ts';

/** The envelope of a password-protected export. Memory in MiB; `kdfType` 0 is PBKDF2-SHA-256, 1 is Argon2id. */
export const sealedBitwarden = z.object({
  encrypted: z.literal(true),
  passwordProtected: z.literal(true),
  salt: z.string().min(1).max(1024),
  kdfType: z.number().int(),
  kdfIterations: z.number().int().min(1),
  kdfMemory: z.number().int().nullish(),
  kdfParallelism: z.number().int().nullish(),
  encKeyValidation_DO_NOT_EDIT: z.string(),
  data: z.string(),
});

type SealedBitwarden = z.infer<typeof sealedBitwarden>;

// What a file from outside may ask for.
const mostIterations = { pbkdf2: 20_000_000, argon2: 64 };
const mostMemoryMiB = 1024;

/**
 * The JSON inside. Throws `import.wrong-password`, `import.over-limit`, and `import.damaged` when the password is right but
 * the content was changed.
 */
export async function openBitwarden(sealed: SealedBitwarden, password: SecretString): Promise<string> {
  const masterKey = await stretchedPassword(sealed, password);
  const keys = { cipher: expanded(masterKey, 'enc'), mac: expanded(masterKey, 'mac') };
  masterKey.fill(0);
  const check = openCipherString(sealed.encKeyValidation_DO_NOT_EDIT, keys);
  if (check === undefined) {
    throw new Failure('import.wrong-password', {
      message: 'the Bitwarden export does not open with this password',
      hint: 'It is the password that was chosen for the export, not the one of the account.',
    });
  }
  const data = openCipherString(sealed.data, keys);
  if (data === undefined) throw damagedFile('its content does not match its authentication code');
  return data;
}

async function stretchedPassword(sealed: SealedBitwarden, password: SecretString): Promise<Buffer> {
  const { kdfType, kdfIterations } = sealed;
  const message = Buffer.from(password.reveal(), 'utf8');
  try {
    if (kdfType === 0) {
      if (kdfIterations > mostIterations.pbkdf2) throw overLimit(`${kdfIterations} iterations of PBKDF2`);
      return await promisify(pbkdf2)(message, sealed.salt, kdfIterations, 32, 'sha256');
    }
    if (kdfType !== 1) throw damagedFile(`its key derivation ${kdfType} is unknown`);
    const memoryMiB = sealed.kdfMemory ?? 64;
    const parallelism = sealed.kdfParallelism ?? 4;
    if (memoryMiB > mostMemoryMiB) throw overLimit(`${memoryMiB} MiB of memory for Argon2`);
    if (kdfIterations > mostIterations.argon2) throw overLimit(`${kdfIterations} passes of Argon2`);
    if (parallelism < 1 || parallelism > 64 || memoryMiB < 1) throw damagedFile('its Argon2 parameters are impossible');
    return await promisify(argon2)('argon2id', {
      message,
      // Argon2 wants a salt of some length; Bitwarden hashes what the file says.
      nonce: createHash('sha256').update(sealed.salt, 'utf8').digest(),
      parallelism,
      tagLength: 32,
      memory: memoryMiB * 1024,
      passes: kdfIterations,
    });
  } finally {
    message.fill(0);
  }
}

/** HKDF-Expand (RFC 5869, section 2.3) alone, for one block: Bitwarden leaves the extract step out. */
function expanded(key: Buffer, info: string): Buffer {
  return createHmac('sha256', key).update(info).update(Uint8Array.of(1)).digest();
}

/** The text of `2.iv|ciphertext|mac`, or undefined when its MAC is of another key. */
function openCipherString(text: string, keys: { cipher: Buffer; mac: Buffer }): string | undefined {
  const match = /^2\.([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(text);
  if (match === null) throw damagedFile('it is sealed in a way that is not AES-256-CBC with HMAC-SHA-256');
  const [iv, ciphertext, mac] = match.slice(1).map((part) => Buffer.from(part, 'base64')) as [Buffer, Buffer, Buffer];
  const expected = createHmac('sha256', keys.mac).update(iv).update(ciphertext).digest();
  if (mac.length !== expected.length || !timingSafeEqual(mac, expected)) return undefined;
  if (iv.length !== 16) throw damagedFile('an initialisation vector has a wrong length');
  const cipher = createDecipheriv('aes-256-cbc', keys.cipher, iv);
  return Buffer.concat([cipher.update(ciphertext), cipher.final()]).toString('utf8');
}

function overLimit(what: string): Failure {
  return new Failure('import.over-limit', {
    message: `the export asks for too much: ${what}`,
    hint: 'If you trust it, export again with the usual key derivation settings.',
  });
}
