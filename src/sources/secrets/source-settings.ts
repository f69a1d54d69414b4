// Settings of a secret source in two places: what anybody may read lies with the job, the secrets of it lie in the vault,
// among Orbit's own, so that every kit carries them.
import { Failure } from '../../base/failure.ts';
import { readConfig, splitSecrets } from '../../base/secret-schema.ts';
import { SecretString } from '../../base/secret-string.ts';
import type { SecretSourceKind } from './secret-source.ts';
import { type OwnSecret, putOwnSecret } from './vault/own-secrets.ts';
import type { Vault } from './vault/vault.ts';

/** The setting that says where the secret ones are. */
const reference = 'vaultSecret';

/** The id of the own secret that holds the secrets of the source `name`. */
export function sourceSecretId(name: string): OwnSecret['id'] {
  return `orbit:source:${name}`;
}

/**
 * Checks settings of a kind, keeps their secrets in the vault, and gives what is to be stored with the job.
 * @throws Failure `config.invalid`, `secrets.bad-source-name`.
 */
export function keepSourceSettings<Config>(
  vault: Vault,
  kind: Pick<SecretSourceKind<Config>, 'config'>,
  name: string,
  values: Record<string, unknown>,
): Record<string, unknown> {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,59}$/u.test(name)) {
    throw new Failure('secrets.bad-source-name', {
      message: `'${name}' is no name for a secret source`,
      hint: 'Take up to 60 letters, digits, dots, dashes and underscores.',
    });
  }
  const { plain, secrets } = splitSecrets(readConfig(kind.config, values) as object);
  if (Object.keys(secrets).length === 0) return plain;
  const id = sourceSecretId(name);
  putOwnSecret(vault, {
    id,
    title: `Secret source ${name}`,
    type: 'api-key',
    password: new SecretString(''),
    fields: Object.entries(secrets).map(([field, value]) => ({
      name: field,
      value: new SecretString(value),
      isProtected: true,
    })),
  });
  return { ...plain, [reference]: id };
}

/**
 * Settings as they were stored, with their secrets from the vault; settings that refer to none stay as they are.
 * @throws Failure `vault.no-own-secret` when the vault does not hold them any more.
 */
export function wholeSourceSettings(vault: Vault, stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null || !(reference in stored)) return stored;
  const { [reference]: id, ...plain } = stored as Record<string, unknown>;
  const secret = vault.has(String(id)) ? vault.show(String(id)) : undefined;
  if (secret === undefined || !secret.isOwn || secret.removedAt !== undefined) {
    throw new Failure('vault.no-own-secret', {
      message: `the vault does not hold '${String(id)}', with which a secret source signs in`,
      hint: `If it was removed: orbit secret restore ${String(id)}. Else set the source up again: orbit source add.`,
    });
  }
  return { ...plain, ...Object.fromEntries(secret.fields.map(({ name, value }) => [name, value.reveal()])) };
}
