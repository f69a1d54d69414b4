// Failures for bytes that are not what the format says. Every decoder names the file it was given.
import { Failure } from '../../base/failure.ts';

/** A file of the repository that cannot be understood. `file` is its key at the backend, such as `index/3f9a…`. */
export function damagedFile(file: string, why: string, cause?: unknown): Failure {
  return new Failure('repository.damaged-file', {
    message: `the repository's file ${file} is damaged: ${why}`,
    hint: 'Run `orbit repo check` to see how much is affected, and copy the file from another destination if there is one.',
    facts: { file },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A pack, or a blob in it, that is not what the index says. */
export function damagedPack(packId: string, why: string, blobId?: string): Failure {
  return new Failure('repository.damaged-pack', {
    message: `pack ${packId} is damaged: ${blobId === undefined ? '' : `blob ${blobId}: `}${why}`,
    hint: 'Run `orbit repo check --read-data` to see which files are affected, and copy the pack from another destination if there is one.',
    facts: { pack: packId, ...(blobId === undefined ? {} : { blob: blobId }) },
  });
}
