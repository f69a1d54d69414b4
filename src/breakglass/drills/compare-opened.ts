// Compares an opened kit with what was sealed and with the vault of today, by keyed digests: nothing is shown, nothing is kept.
import { randomInt } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import type { SecretRecord } from '../../sources/secrets/secret-record.ts';
import { findSecret } from '../kit/find-secrets.ts';
import { type KitFiles, loadCheckedFile } from '../kit/kit-files.ts';
import type { KitSecret, OpenKit } from '../kit/open-kit.ts';
import { compareDigests, type DigestKey, recordDigest, sortedDigests } from '../kit/record-digest.ts';

/**
 * Compares every opened secret with the digests that were taken from the source when the kit was made. Gives how many are
 * the same, or undefined when another Orbit made the kit and its digests say nothing here.
 * @throws Failure `breakglass.kit-differs`
 */
export async function compareWithSource(kit: OpenKit, files: KitFiles, key: DigestKey): Promise<number | undefined> {
  if (kit.manifest.digestKey !== key.id) return undefined;
  const sealed = await loadCheckedFile(files, kit.manifest, 'records.digests');
  const opened = kit.secrets.map(({ sourceId, record }) => recordDigest(key, sourceId, record));
  const { added, removed, changed, unchanged } = compareDigests(sealed, sortedDigests(opened));
  if (added + removed + changed === 0) return unchanged;
  throw new Failure('breakglass.kit-differs', {
    message: `the kit ${kit.manifest.kit} does not hold what the source gave: ${removed} missing, ${changed} changed, ${added} too many, ${unchanged} right`,
    hint: 'Do not trust this kit. Run a backup, and drill the new one.',
    facts: { added, removed, changed, unchanged },
  });
}

/** The secret that people mean, or one drawn at random among those with a password. @throws Failure `breakglass.no-such-secret` */
export function chooseSecret(kit: OpenKit, wanted: string): KitSecret {
  if (wanted !== '') return findSecret(kit.secrets, wanted);
  const some = kit.secrets.filter(({ record }) => record.password.length > 0);
  const chosen = some[some.length === 0 ? 0 : randomInt(some.length)];
  if (chosen !== undefined) return chosen;
  throw new Failure('breakglass.no-such-secret', {
    message: `no secret of the kit ${kit.manifest.kit} has a password`,
    hint: 'Add one to the vault and run a secrets backup: a kit without passwords helps nobody.',
  });
}

/** Whether the vault of today still has the secret as the kit has it. */
export function compareWithVault(
  { sourceId, record }: KitSecret,
  today: SecretRecord | undefined,
  key: DigestKey,
): 'equal' | 'changed since' | 'removed since' {
  if (today === undefined) return 'removed since';
  return recordDigest(key, sourceId, record).equals(recordDigest(key, sourceId, today)) ? 'equal' : 'changed since';
}
