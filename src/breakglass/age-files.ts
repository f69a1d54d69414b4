// Seals and opens age files: to recipients, or with a passphrase. Stock `age` reads what is written here and the other way.
import { armor, Decrypter, Encrypter } from 'age-encryption';
import { Failure } from '../base/failure.ts';
import type { SecretString } from '../base/secret-string.ts';
import { passphraseIdentity, passphraseRecipient, type TellingIdentity } from './age-keys.ts';
import { sshRecipient } from './age-ssh.ts';
import { bech32Decode } from './bech32.ts';

/** No age file around a key or a password is larger: a line for each recipient, and a few words. Bytes. */
export const ageFileBytesMax = 1024 * 1024;

/**
 * Checks a recipient that people typed: `age1…`, `age1tag1…` (hardware keys of age-plugin-tag), `ssh-ed25519 …`, `ssh-rsa …`.
 * Gives it without its comment.
 * @throws Failure `breakglass.bad-recipient` for anything else. Post-quantum recipients are refused because the age of
 *   current distributions cannot read them, and plugin recipients because sealing to them needs their plugin.
 */
export function parseRecipient(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith('ssh-')) {
    if (sshRecipient(trimmed) === undefined)
      throw badRecipient(trimmed, 'it is not a whole Ed25519 or RSA (2048 bits or more) public key');
    return trimmed.split(/\s+/).slice(0, 2).join(' ');
  }
  const decoded = bech32Decode(Buffer.from(trimmed));
  if (decoded?.prefix === 'age' && decoded.bytes.length === 32 && trimmed === trimmed.toLowerCase()) return trimmed;
  if (decoded?.prefix === 'age1tag' && decoded.bytes.length === 33) return trimmed;
  if (/^age1pq|^age1tagpq/.test(trimmed))
    throw badRecipient(trimmed, 'post-quantum keys cannot be read by age 1.1 of today’s distributions');
  if (/^AGE-SECRET-KEY-/i.test(trimmed))
    throw badRecipient('AGE-SECRET-KEY-…', 'that is a private key: give its public half, age1…');
  throw badRecipient(trimmed, 'it is mistyped, or of a kind that needs a plugin');
}

/** Seals bytes to every one of these recipients; any of their keys opens them. */
export async function sealToRecipients(plaintext: Uint8Array, recipients: readonly string[]): Promise<Buffer> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    const known = parseRecipient(recipient);
    encrypter.addRecipient(sshRecipient(known) ?? known);
  }
  return Buffer.from(await encrypter.encrypt(plaintext));
}

/** Seals bytes with a passphrase. `workFactor` is scrypt's log2 cost; only tests lower it. */
export async function sealWithPassphrase(
  plaintext: Uint8Array,
  passphrase: SecretString,
  options: { workFactor?: number } = {},
): Promise<Buffer> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(passphraseRecipient(passphrase, options.workFactor));
  return Buffer.from(await encrypter.encrypt(plaintext));
}

/**
 * Opens a file sealed to recipients; `name` is how messages call it.
 * @throws Failure `breakglass.wrong-key` when none of the identities is a recipient, `breakglass.damaged-file` when the
 *   bytes were changed or cut.
 */
export async function openWithIdentities(
  name: string,
  sealed: Uint8Array,
  identities: TellingIdentity[],
): Promise<Buffer> {
  return await open(
    name,
    sealed,
    identities,
    (cause) =>
      new Failure('breakglass.wrong-key', {
        message: `${name} is not sealed to the key that was given`,
        hint: 'Use the recovery key whose id the manifest names; an earlier one lies in retired-keys, sealed to the current one.',
        cause,
      }),
  );
}

/**
 * Opens a file sealed with a passphrase.
 * @throws Failure `breakglass.wrong-password` or `breakglass.damaged-file`.
 */
export async function openWithPassphrase(name: string, sealed: Uint8Array, passphrase: SecretString): Promise<Buffer> {
  return await open(
    name,
    sealed,
    [passphraseIdentity(passphrase)],
    (cause) =>
      new Failure('breakglass.wrong-password', {
        message: `${name} does not open with this password`,
        hint: 'Type it again, minding capitals and dashes. After a change of the master password, kits made before it open with the recovery-key.age at the top of the destination.',
        cause,
      }),
  );
}

const armorStart = '-----BEGIN AGE ENCRYPTED FILE-----';

/** True for an age file, armored or not: where an identity file is expected, one that is under a passphrase. */
export function isPassphraseFile(bytes: Buffer): boolean {
  const start = bytes.toString('latin1', 0, 100).trimStart();
  return start.startsWith('age-encryption.org/v1') || start.startsWith(armorStart);
}

/** Opens such a file. @throws Failure `breakglass.wrong-password` or `breakglass.damaged-file`. */
export async function openPassphraseFile(name: string, bytes: Buffer, passphrase: SecretString): Promise<Buffer> {
  let sealed: Uint8Array = bytes;
  try {
    if (bytes.toString('latin1').trimStart().startsWith(armorStart)) sealed = armor.decode(bytes.toString('latin1'));
  } catch (cause) {
    throw new Failure('breakglass.damaged-file', {
      message: `${name} was changed or cut: its armor is broken`,
      hint: 'Take a whole copy of the file.',
      cause,
    });
  }
  return await openWithPassphrase(name, sealed, passphrase);
}

async function open(
  name: string,
  sealed: Uint8Array,
  identities: TellingIdentity[],
  refused: (cause: unknown) => Failure,
): Promise<Buffer> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  try {
    return Buffer.from(await decrypter.decrypt(sealed));
  } catch (error) {
    if (identities.length > 0 && identities.every((identity) => identity.state === 'refused')) throw refused(error);
    throw new Failure('breakglass.damaged-file', {
      message: `${name} was changed or cut: it does not open as an age file`,
      hint: 'Take the same file from another destination, or an older kit.',
      cause: error,
    });
  }
}

function badRecipient(recipient: string, why: string): Failure {
  return new Failure('breakglass.bad-recipient', {
    message: `'${recipient.slice(0, 80)}' cannot be a recipient: ${why}`,
    hint: 'Give an age key (age1…) or an SSH public key (ssh-ed25519 …, ssh-rsa …).',
  });
}
