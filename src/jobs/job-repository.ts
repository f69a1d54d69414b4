// The repository of a kind of backup at an open place: opened with the password that Orbit keeps, or missing.
import { prefixedBackend } from '../backends/prefixed.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import type { SecretString } from '../base/secret-string.ts';
import { Repository } from '../engine/repository/repository.ts';
import type { RepositoryKind } from './job.ts';
import { bringKeyFiles } from './key-delivery.ts';
import { type OpenPlace, signalOf } from './place.ts';
import { repositoryPassword } from './repository-passwords.ts';
import type { RunSurroundings } from './surroundings.ts';

/**
 * Opens the repository, if there is one; the caller closes it. Afterwards the place holds the sealed password, so that a
 * repository that is made there can be opened by the recovery key from its first byte on.
 * @throws Failure `jobs.foreign-repository`, and what the place throws
 */
export async function openJobRepository(
  surroundings: RunSurroundings,
  kind: RepositoryKind,
  place: OpenPlace,
  options: Operation<never>,
): Promise<{ existing: Repository | undefined; password: SecretString }> {
  const password = repositoryPassword(surroundings, place.name, kind);
  // Both only read, as long as nothing is missing: over some ways what is asked for together travels together.
  const opening = openExisting(password, kind, place, options);
  const isWritten = bringKeyFiles(surroundings, place, {
    ...signalOf(options),
    repositoryPasswords: { [kind]: password },
  });
  const [opened, written] = await Promise.allSettled([opening, isWritten]);
  if (written.status === 'rejected') {
    if (opened.status === 'fulfilled') opened.value?.close();
    throw written.reason;
  }
  return { existing: await opening, password };
}

/** As `openJobRepository`, for whoever only looks after what is there: undefined where no run has made anything yet. */
export async function findJobRepository(
  surroundings: RunSurroundings,
  kind: RepositoryKind,
  place: OpenPlace,
  options: Operation<never>,
): Promise<Repository | undefined> {
  try {
    return (await openJobRepository(surroundings, kind, place, options)).existing;
  } catch (error) {
    // Its password is made by the first run.
    if (isFailure(error, 'vault.no-own-secret')) return undefined;
    throw error;
  }
}

async function openExisting(
  password: SecretString,
  kind: RepositoryKind,
  place: OpenPlace,
  options: Operation<never>,
): Promise<Repository | undefined> {
  try {
    return await Repository.open(prefixedBackend(place.backend, kind), password, signalOf(options));
  } catch (error) {
    if (isFailure(error, 'repository.not-found')) return undefined;
    if (!isFailure(error, 'repository.wrong-password')) throw error;
    throw new Failure('jobs.foreign-repository', {
      message: `the ${kind} repository at ${place.backend.location} has another password than this Orbit keeps`,
      hint: `Another Orbit made it. Give this one a place of its own, or put that password into the vault: open ${kind}.password.age with the recovery key, then orbit secret edit.`,
      cause: error,
    });
  }
}
