// The password of a restic repository, sealed so that it opens with the recovery key when this server is gone.
import { SecretString } from '../base/secret-string.ts';
import { openWithIdentities, sealToRecipients } from './age-files.ts';
import { ageIdentityOf, type RecoveryIdentity } from './recovery-key.ts';

/**
 * `system.password.age` or `recordings.password.age`: the password and a line break, so that what stock age writes is a
 * file for `restic --password-file`.
 */
export async function sealRepositoryPassword(recipients: readonly string[], password: SecretString): Promise<Buffer> {
  const line = Buffer.from(`${password.reveal()}\n`);
  try {
    return await sealToRecipients(line, recipients);
  } finally {
    line.fill(0);
  }
}

/** Opens a sealed repository password. @throws Failure `breakglass.wrong-key` or `breakglass.damaged-file`, which names the file. */
export async function openRepositoryPassword(
  name: string,
  sealed: Uint8Array,
  identity: RecoveryIdentity,
): Promise<SecretString> {
  const line = await openWithIdentities(name, sealed, [ageIdentityOf(identity)]);
  const password = new SecretString(line.toString('utf8').replace(/\n$/, ''));
  line.fill(0);
  return password;
}
