// Passwords of the restic repositories: random, one for each repository, kept in the vault and so carried by every kit.
import { randomBytes } from 'node:crypto';
import type { Backend } from '../backends/backend.ts';
import { isFailure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import type { RepositoryName } from '../breakglass/destination-files.ts';
import { findOwnSecret, putOwnSecret, readOwnSecret } from '../sources/secrets/vault/own-secrets.ts';
import { listJobs } from './job.ts';
import type { RunSurroundings } from './surroundings.ts';

/**
 * Makes the passwords that are missing, for every job and each of its destinations. Done before any run, so that the
 * kit of the first secrets run carries them already.
 */
export function makeRepositoryPasswords({ store, vault }: Pick<RunSurroundings, 'store' | 'vault'>): void {
  for (const job of listJobs(store)) {
    if (job.kind === 'secrets') continue;
    for (const destination of job.destinations) {
      const id = ownId(destination, job.kind);
      if (findOwnSecret(vault, id) !== undefined) continue;
      putOwnSecret(vault, {
        id,
        type: 'other',
        title: `Repository password: ${job.kind} at ${destination}`,
        password: newPassword(),
      });
    }
  }
}

// 32 random bytes, in letters that restic takes from a file or a prompt alike.
function newPassword(): SecretString {
  return new SecretString(randomBytes(32).toString('base64url'));
}

/** A new password for a repository. `keep` puts it into the vault, once it opens the repository. */
export function changedRepositoryPassword(): {
  password: SecretString;
  keep(surroundings: Pick<RunSurroundings, 'vault'>, destination: string, repository: RepositoryName): void;
} {
  const password = newPassword();
  return {
    password,
    keep: (surroundings, destination, repository) =>
      keepRepositoryPassword(surroundings, destination, repository, password),
  };
}

/** Puts the password of a repository into the vault; what was there before stays in its history. */
export function keepRepositoryPassword(
  { vault }: Pick<RunSurroundings, 'vault'>,
  destination: string,
  repository: RepositoryName,
  password: SecretString,
): void {
  const title = `Repository password: ${repository} at ${destination}`;
  putOwnSecret(vault, { id: ownId(destination, repository), type: 'other', title, password });
}

/** The passwords that a repository had before the one it has now. */
export function earlierRepositoryPasswords(
  { vault }: Pick<RunSurroundings, 'vault'>,
  destination: string,
  repository: RepositoryName,
): SecretString[] {
  return vault.show(ownId(destination, repository)).history.map(({ password }) => password);
}

/** The password of one repository. @throws Failure `vault.no-own-secret` */
export function repositoryPassword(
  { vault }: Pick<RunSurroundings, 'vault'>,
  destination: string,
  repository: RepositoryName,
): SecretString {
  return readOwnSecret(vault, ownId(destination, repository));
}

/** The passwords of the repositories that are at a place. */
export async function presentRepositoryPasswords(
  { vault }: Pick<RunSurroundings, 'vault'>,
  place: { name: string; backend: Backend },
  options: { signal?: AbortSignal } = {},
): Promise<Partial<Record<RepositoryName, SecretString>>> {
  const passwords: Partial<Record<RepositoryName, SecretString>> = {};
  for (const repository of ['system', 'recordings'] as const) {
    const password = findOwnSecret(vault, ownId(place.name, repository));
    if (password === undefined) continue;
    try {
      await place.backend.stat(`${repository}/config`, options);
      passwords[repository] = password;
    } catch (error) {
      if (!isFailure(error, 'backend.not-found')) throw error;
    }
  }
  return passwords;
}

/** True when there is a password of that repository, so that one was made there or will be. */
export function hasRepositoryPassword(
  { vault }: Pick<RunSurroundings, 'vault'>,
  destination: string,
  repository: RepositoryName,
): boolean {
  return findOwnSecret(vault, ownId(destination, repository)) !== undefined;
}

function ownId(destination: string, repository: RepositoryName): `orbit:${string}` {
  return `orbit:repository:${destination}:${repository}`;
}
