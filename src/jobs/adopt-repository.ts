// A repository that another Orbit made, such as the one that is lost: its sealed password is opened by that one's recovery key
// and kept here. Nothing is written at the destination.
import type { Backend } from '../backends/backend.ts';
import { prefixedBackend } from '../backends/prefixed.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { ageFileBytesMax } from '../breakglass/age-files.ts';
import type { OpenedBy } from '../breakglass/ceremony.ts';
import { type RecoveryIdentity, unwrapByPassword } from '../breakglass/recovery-key.ts';
import { openRepositoryPassword } from '../breakglass/repository-password.ts';
import { Repository } from '../engine/repository/repository.ts';
import type { CopyName } from './open-copies.ts';
import { openPlace, signalOf } from './place.ts';
import { keepRepositoryPassword } from './repository-passwords.ts';
import type { RunSurroundings } from './surroundings.ts';

/**
 * Opens it and keeps its password in the vault; gives how many snapshots it holds.
 * @throws Failure `restore.nothing-sealed` when the way in does not lie there, `breakglass.*`, and what the place throws
 */
export async function adoptRepository(
  surroundings: RunSurroundings,
  { destination, kind }: CopyName,
  by: OpenedBy,
  options: Operation<never> = {},
): Promise<{ snapshots: number }> {
  const place = await openPlace(surroundings, destination, options);
  try {
    const sealed = await sealedFile(place.backend, `${kind}.password.age`, options);
    const identity = 'identity' in by ? by.identity : await identityAt(place.backend, by.masterPassword, options);
    try {
      const password = await openRepositoryPassword(`${kind}.password.age`, sealed, identity);
      const repository = await Repository.open(prefixedBackend(place.backend, kind), password, signalOf(options));
      try {
        const snapshots = await repository.listSnapshots(signalOf(options));
        keepRepositoryPassword(surroundings, destination, kind, password);
        return { snapshots: snapshots.length };
      } finally {
        repository.close();
      }
    } finally {
      identity.wipe();
    }
  } finally {
    await place.close();
  }
}

async function identityAt(
  backend: Backend,
  masterPassword: Parameters<typeof unwrapByPassword>[1],
  options: Operation<never>,
): Promise<RecoveryIdentity> {
  const wrapped = await sealedFile(backend, 'recovery-key.age', options);
  return (await unwrapByPassword(wrapped, masterPassword)).identity;
}

async function sealedFile(backend: Backend, name: string, options: Operation<never>): Promise<Buffer> {
  try {
    return await backend.load(name, undefined, { ...signalOf(options), maxBytes: ageFileBytesMax });
  } catch (error) {
    if (!isFailure(error, 'backend.not-found')) throw error;
    throw new Failure('restore.nothing-sealed', {
      message: `there is no ${name} at ${backend.location}`,
      hint:
        name === 'recovery-key.age'
          ? 'That recovery key has no master password: let enough custodians enter their shares.'
          : 'Nothing of the kind was backed up there, or the destination is not the folder that holds README.txt.',
      cause: error,
    });
  }
}
