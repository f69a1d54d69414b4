// The key of a team or of another recipient: an age identity file, pasted or chosen, plain or under a passphrase.
import { armor } from 'age-encryption';
import { KeyRefused, openWithPassphrase, type RecoveryKey } from './recovery-key.ts';

const largest = 64 * 1024;
const [ageStart, armorStart] = ['age-encryption.org/v1', '-----BEGIN AGE ENCRYPTED FILE-----'];

/** True for an identity file under a passphrase, armored or not. */
export function isProtectedKeyFile(file: Uint8Array): boolean {
  const start = startOf(file);
  return start.startsWith(ageStart) || start.startsWith(armorStart);
}

/**
 * Every X25519 key of an identity file. `passphrase` opens the file first, when it is under one; `waiting` hears how far
 * the slow key derivation is, 0 to 1. @throws KeyRefused `not-a-key`, `wrong-passphrase`.
 */
export async function keysOfFile(
  file: Uint8Array,
  passphrase: string,
  waiting: (part: number) => void,
): Promise<RecoveryKey[]> {
  if (file.length > largest) throw new KeyRefused('not-a-key');
  const text = isProtectedKeyFile(file)
    ? await openWithPassphrase(bytesOf(file), [passphrase, passphrase.normalize('NFC')], waiting, 'wrong-passphrase')
    : new TextDecoder().decode(file);
  const identities = [...text.matchAll(/^\s*(AGE-SECRET-KEY-1[0-9A-Z]+)\s*$/gim)].map(([, found = '']) => found);
  if (identities.length === 0) throw new KeyRefused('not-a-key');
  return identities.map((identity) => ({ identity: identity.toUpperCase(), isRecipients: true }));
}

function bytesOf(file: Uint8Array): Uint8Array {
  if (!startOf(file).startsWith(armorStart)) return file;
  try {
    return armor.decode(new TextDecoder().decode(file).trim());
  } catch {
    throw new KeyRefused('not-a-key');
  }
}

function startOf(file: Uint8Array): string {
  return new TextDecoder('latin1').decode(file.subarray(0, 100)).trimStart();
}
