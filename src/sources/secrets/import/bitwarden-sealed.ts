// Opens Bitwarden's password-protected JSON export (Bitwarden security whitepaper, "Encrypted exports"; clients,
// libs/tools/export: salt as UTF-8 text, stretched master key, cipher strings of type 2).
import { z } from 'zod';
import { Failure } from '../../../base/failure.ts';
import type { SecretString } from '../../../base/secret-string.ts';
import {
  type BitwardenKey,
  cipherStringParts,
  kdfFault,
  openSealed,
  passwordKey,
  stretchedKey,
} from '../bitwarden-crypto.ts';
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

/**
 * The JSON inside. Throws `import.wrong-password`, `import.over-limit`, and `import.damaged` when the password is right but
 * the content was changed.
 */
export async function openBitwarden(sealed: SealedBitwarden, password: SecretString): Promise<string> {
  const fault = kdfFault(sealed);
  if (fault !== undefined) throw fault.isTooMuch ? overLimit(fault.what) : damagedFile(fault.what);
  const key = stretchedKey(await passwordKey(sealed, sealed.salt, password));
  if (opened(sealed.encKeyValidation_DO_NOT_EDIT, key) === undefined) {
    throw new Failure('import.wrong-password', {
      message: 'the Bitwarden export does not open with this password',
      hint: 'It is the password that was chosen for the export, not the one of the account.',
    });
  }
  const data = opened(sealed.data, key);
  if (data === undefined) throw damagedFile('its content does not match its authentication code');
  return data.toString('utf8');
}

function opened(text: string, key: BitwardenKey): Buffer | undefined {
  const parts = cipherStringParts(text);
  if (parts === undefined) throw damagedFile('it is sealed in a way that is not AES-256-CBC with HMAC-SHA-256');
  return openSealed(parts, key);
}

function overLimit(what: string): Failure {
  return new Failure('import.over-limit', {
    message: `the export asks for too much: ${what}`,
    hint: 'If you trust it, export again with the usual key derivation settings.',
  });
}
