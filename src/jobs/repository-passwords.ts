// Passwords of the restic repositories: random, one for each repository, kept in the vault and so carried by every kit.
import { randomBytes } from 'node:crypto';
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
        // 32 random bytes, in letters that restic takes from a file or a prompt alike.
        password: new SecretString(randomBytes(32).toString('base64url')),
      });
    }
  }
}

/** The password of one repository. @throws Failure `vault.no-own-secret` */
export function repositoryPassword(
  { vault }: Pick<RunSurroundings, 'vault'>,
  destination: string,
  repository: RepositoryName,
): SecretString {
  return readOwnSecret(vault, ownId(destination, repository));
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
