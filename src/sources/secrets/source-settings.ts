// Settings of a secret source in two places: what anybody may read lies with the job, the secrets of it lie in the vault,
// among Orbit's own, so that every kit carries them.
import { Failure } from '../../base/failure.ts';
import { joinSecrets, readConfig, type SplitConfig, splitSecrets } from '../../base/secret-schema.ts';
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
  const id = sourceSecretId(name);
  if (Object.keys(secrets).length === 0) {
    forgetSourceSecrets(vault, name);
    return plain;
  }
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

/** Removes the secrets of the source `name` from the vault, where it has any. */
export function forgetSourceSecrets(vault: Vault, name: string): void {
  const id = sourceSecretId(name);
  if (vault.has(id)) vault.remove(id, { force: true });
}

/**
 * Settings as they were stored, with their secrets from the vault; settings that refer to none stay as they are.
 * @throws Failure `vault.no-own-secret` when the vault does not hold them any more.
 */
export function wholeSourceSettings(vault: Vault, stored: unknown): unknown {
  return typeof stored === 'object' && stored !== null ? joinSecrets(splitSourceSettings(vault, stored)) : stored;
}

/** The two parts of settings that were stored. @throws as `wholeSourceSettings`. */
export function splitSourceSettings(vault: Vault, stored: object): SplitConfig {
  const { [reference]: id, ...plain } = stored as Record<string, unknown>;
  if (id === undefined) return { plain, secrets: {} };
  const secret = vault.has(String(id)) ? vault.show(String(id)) : undefined;
  if (secret === undefined || !secret.isOwn || secret.removedAt !== undefined) {
    throw new Failure('vault.no-own-secret', {
      message: `the vault does not hold '${String(id)}', with which a secret source signs in`,
      hint: `If it was removed: orbit secret restore ${String(id)}. Else set the source up again: orbit source add --replace.`,
    });
  }
  return { plain, secrets: Object.fromEntries(secret.fields.map(({ name, value }) => [name, value.reveal()])) };
}

/** Settings as they were stored, for people: those that are no secret, and the names of the secret ones that the vault holds. */
export function shownSourceSettings(
  vault: Vault,
  stored: unknown,
): { config: Record<string, unknown>; kept: string[] } {
  const { [reference]: id, ...config } = (stored ?? {}) as Record<string, unknown>;
  const secret = id !== undefined && vault.has(String(id)) ? vault.show(String(id)) : undefined;
  const isThere = secret !== undefined && secret.removedAt === undefined;
  return { config, kept: isThere ? secret.fields.map(({ name }) => name) : [] };
}
