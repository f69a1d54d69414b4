// The recovery key: an age X25519 identity whose private half is kept in one buffer, used, and wiped. Nothing here
// stores anything.
import { createHash, randomBytes } from 'node:crypto';
import { Failure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import { openWithIdentities, openWithPassphrase, sealToRecipients, sealWithPassphrase } from './age-files.ts';
import { type TellingIdentity, x25519Identity, x25519Key, x25519PublicBytes } from './age-keys.ts';
import { bech32Decode, bech32Encode } from './bech32.ts';

const secretLength = 32;

/** Who a recovery key is, without its private half. */
export interface RecoveryKeyFacts {
  /** First 16 hexadecimal digits of the SHA-256 of the recipient: what manifests and people call the key. */
  id: string;
  /** `age1…` */
  recipient: string;
}

/** The private half, in memory. `wipe` it as soon as it has done its work. */
export interface RecoveryIdentity extends RecoveryKeyFacts {
  readonly secret: Buffer;
  wipe(): void;
}

/** What stands beside the private half in its file, as comments that stock age skips. */
export interface RecoveryKeyNotes {
  createdAt: Date;
  /** Raw Ed25519 public key of the Orbit whose kits belong to this key: an opener knows by it who made a kit. */
  signer: Buffer;
}

/** A new recovery key. */
export function generateRecoveryIdentity(): RecoveryIdentity {
  return identityFromSecretBytes(randomBytes(secretLength));
}

/** The recovery key of these 32 bytes, which it takes over: `wipe` wipes them. */
export function identityFromSecretBytes(secret: Buffer): RecoveryIdentity {
  if (secret.length !== secretLength) throw notAKey(`it has ${secret.length} bytes instead of ${secretLength}`);
  const recipient = bech32Encode('age', x25519PublicBytes(x25519Key(secret))).toString('latin1');
  return { id: keyIdOf(recipient), recipient, secret, wipe: () => secret.fill(0) };
}

/** A copy of the 32 secret bytes, for splitting into shares. The caller wipes it. */
export function recoverySecretBytes(identity: RecoveryIdentity): Buffer {
  return Buffer.from(identity.secret);
}

/** The id of the recovery key with this recipient. */
export function keyIdOf(recipient: string): string {
  return createHash('sha256').update(recipient).digest('hex').slice(0, 16);
}

/** The identity as age-encryption takes it. */
export function ageIdentityOf(identity: RecoveryIdentity): TellingIdentity {
  return x25519Identity(identity.secret);
}

/** The key in the form of an age identity file. The caller wipes it. */
export function identityFile(identity: RecoveryIdentity, notes: RecoveryKeyNotes): Buffer {
  const secret = bech32Encode('age-secret-key-', identity.secret);
  const upper = Buffer.from(secret.map((code) => (code >= 0x61 && code <= 0x7a ? code - 0x20 : code)));
  const head = [
    `# Orbit recovery key ${identity.id}`,
    `# created: ${notes.createdAt.toISOString()}`,
    `# public key: ${identity.recipient}`,
    `# kits are signed by: ${notes.signer.toString('base64')}`,
    '',
  ].join('\n');
  const file = Buffer.concat([Buffer.from(head), upper, Buffer.from('\n')]);
  secret.fill(0);
  upper.fill(0);
  return file;
}

/**
 * Reads an age identity file, ours or one of age-keygen: its first X25519 key and, where noted, who signs its kits.
 * @throws Failure `breakglass.not-a-recovery-key` when there is no such key in it.
 */
export function parseIdentityFile(file: Buffer): { identity: RecoveryIdentity; signer?: Buffer } {
  let signer: Buffer | undefined;
  for (let from = 0; from < file.length; ) {
    const lineEnd = file.indexOf(0x0a, from);
    const end = lineEnd === -1 ? file.length : lineEnd;
    let line = file.subarray(from, end);
    if (line.at(-1) === 0x0d) line = line.subarray(0, -1);
    from = end + 1;
    if (line[0] === 0x23) {
      const noted = /^# kits are signed by: ([A-Za-z0-9+/]{43}=)$/.exec(line.toString('latin1'));
      if (noted?.[1] !== undefined) signer = Buffer.from(noted[1], 'base64');
      continue;
    }
    const decoded = bech32Decode(line);
    if (decoded?.prefix === 'age-secret-key-' && decoded.bytes.length === secretLength) {
      const identity = identityFromSecretBytes(decoded.bytes);
      return signer === undefined ? { identity } : { identity, signer };
    }
  }
  throw notAKey('it holds no line AGE-SECRET-KEY-1… with a right checksum');
}

/** `recovery-key.age`: the identity file under the master password. */
export async function wrapByPassword(
  identity: RecoveryIdentity,
  notes: RecoveryKeyNotes,
  masterPassword: SecretString,
  options: { workFactor?: number } = {},
): Promise<Buffer> {
  const file = identityFile(identity, notes);
  try {
    return await sealWithPassphrase(file, masterPassword, options);
  } finally {
    file.fill(0);
  }
}

/** The identity file sealed to other keys: to extra recipients, or, retired, to the recovery key that came after it. */
export async function wrapToRecipients(
  identity: RecoveryIdentity,
  notes: RecoveryKeyNotes,
  recipients: readonly string[],
): Promise<Buffer> {
  const file = identityFile(identity, notes);
  try {
    return await sealToRecipients(file, recipients);
  } finally {
    file.fill(0);
  }
}

/**
 * Opens `recovery-key.age`. A password is tried as typed, then in Unicode's composed form, then, when it looks like a
 * generated one, in small letters with its dashes, because people type what they hear.
 * @throws Failure `breakglass.wrong-password`, `breakglass.damaged-file`.
 */
export async function unwrapByPassword(
  wrapped: Uint8Array,
  masterPassword: SecretString,
  name = 'recovery-key.age',
): Promise<{ identity: RecoveryIdentity; signer?: Buffer }> {
  let refusal: Failure | undefined;
  for (const spelling of spellings(masterPassword)) {
    try {
      return parseAndWipe(await openWithPassphrase(name, wrapped, spelling));
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'breakglass.wrong-password') throw error;
      refusal ??= error;
    }
  }
  throw refusal ?? new Error('there is always one spelling');
}

/** Opens an identity file that is sealed to another key. @throws Failure `breakglass.wrong-key`, `breakglass.damaged-file`. */
export async function unwrapByIdentity(
  wrapped: Uint8Array,
  by: RecoveryIdentity,
  name: string,
): Promise<{ identity: RecoveryIdentity; signer?: Buffer }> {
  return parseAndWipe(await openWithIdentities(name, wrapped, [ageIdentityOf(by)]));
}

function parseAndWipe(file: Buffer): { identity: RecoveryIdentity; signer?: Buffer } {
  try {
    return parseIdentityFile(file);
  } finally {
    file.fill(0);
  }
}

function spellings(password: SecretString): SecretString[] {
  const typed = password.reveal();
  const plain = typed.toLowerCase().replace(/[\s-]/g, '').replace(/o/g, '0').replace(/[il]/g, '1');
  const grouped = /^[0-9a-hjkmnp-tv-z]{28}$/.test(plain) ? plain.replace(/.{4}(?=.)/g, '$&-') : typed;
  return [...new Set([typed, typed.normalize('NFC'), grouped])].map((spelling) => new SecretString(spelling));
}

function notAKey(why: string): Failure {
  return new Failure('breakglass.not-a-recovery-key', {
    message: `this is not a recovery key: ${why}`,
    hint: 'Give the file that `age -d recovery-key.age` makes, or the key that the shares give.',
  });
}
