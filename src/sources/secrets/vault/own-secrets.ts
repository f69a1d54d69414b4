// What Orbit itself signs in with: credentials of destinations, passwords of repositories. They lie in the vault like
// any other secret, in the group Orbit, so that every kit carries them.
import { Failure } from '../../../base/failure.ts';
import type { SecretString } from '../../../base/secret-string.ts';
import type { Vault } from './vault.ts';
import type { SecretDraft } from './vault-types.ts';

/** A secret of Orbit's own. `id` is stable and starts with `orbit:`, such as `orbit:repository:system`. */
export interface OwnSecret extends Omit<SecretDraft, 'groups'> {
  id: `orbit:${string}`;
  password: SecretString;
}

/** Keeps one of Orbit's own secrets; may be called again with the same or a new value, which is then a new version. */
export function putOwnSecret(vault: Vault, { id, ...draft }: OwnSecret): void {
  vault.put(id, { ...draft, groups: ['Orbit'] }, { isOwn: true });
}

/**
 * The value of one of Orbit's own secrets.
 * @throws Failure `vault.no-own-secret` when it was never kept, or was removed; `vault.damaged-secret`.
 */
export function readOwnSecret(vault: Vault, id: OwnSecret['id']): SecretString {
  const secret = findOwnSecret(vault, id);
  if (secret !== undefined) return secret;
  throw new Failure('vault.no-own-secret', {
    message: `the vault does not hold '${id}', which Orbit needs`,
    hint: `If it was removed: orbit secret restore ${id}. Else enter it again where it belongs.`,
  });
}

/** The value of one of Orbit's own secrets, or undefined when it was never kept or was removed. */
export function findOwnSecret(vault: Vault, id: OwnSecret['id']): SecretString | undefined {
  if (!vault.has(id)) return undefined;
  const secret = vault.show(id);
  return secret.removedAt === undefined ? secret.password : undefined;
}
