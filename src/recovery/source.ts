// What lies at a destination, opened with the recovery key: no server, no database, nothing of the old machine.
import type { Backend } from '../backends/backend.ts';
import { prefixedBackend } from '../backends/prefixed.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { ageFileBytesMax } from '../breakglass/age-files.ts';
import type { RecoveryIdentity } from '../breakglass/recovery-key.ts';
import { openRepositoryPassword } from '../breakglass/repository-password.ts';
import { findEntry } from '../engine/browse/entries.ts';
import { readFile } from '../engine/browse/file-content.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { IndexedRepository } from '../engine/repository/indexed-repository.ts';
import { Repository } from '../engine/repository/repository.ts';
import { chooseSnapshot } from '../engine/repository/snapshot-choice.ts';
import { parseRecoveryFacts, type RecoveryFacts, recoveryFactsPath } from '../sources/trees/recovery-facts.ts';

const passwordFile = 'system.password.age';
const factsBytesMax = 16 * 1024 * 1024;

/** Opens the system repository of a destination. Nothing is locked or written there. @throws Failure `recovery.no-backup`, `breakglass.*` */
export async function openSystemRepository(
  backend: Backend,
  identity: RecoveryIdentity,
  options: Operation = {},
): Promise<Repository> {
  let sealed: Buffer;
  try {
    sealed = await backend.load(passwordFile, undefined, { ...options, maxBytes: ageFileBytesMax });
  } catch (error) {
    if (!isFailure(error, 'backend.not-found')) throw error;
    throw new Failure('recovery.no-backup', {
      message: `there is no ${passwordFile} at ${backend.location}`,
      hint: 'Name the destination itself: the folder that holds README.txt and system/. Without that file, restic needs the password from a kit.',
      cause: error,
    });
  }
  const password = await openRepositoryPassword(passwordFile, sealed, identity);
  return await Repository.open(prefixedBackend(backend, 'system'), password, options);
}

/** The snapshots of system backups, newest first. */
export async function systemSnapshots(repository: Repository, options: Operation = {}): Promise<NamedSnapshot[]> {
  const all = await repository.listSnapshots(options);
  const own = all.filter(({ tags }) => tags?.includes('system'));
  return (own.length > 0 ? own : all).toReversed();
}

/** The one that is meant: by (the beginning of) its id, `latest`, or the newest not after a time. @throws Failure `repository.no-such-snapshot` */
export function chosenSnapshot(newestFirst: NamedSnapshot[], which: string): NamedSnapshot {
  const at = /^\d{4}-\d\d-\d\d/.test(which) ? Date.parse(which) : Number.NaN;
  if (Number.isNaN(at)) return chooseSnapshot(newestFirst.toReversed(), which);
  const found = newestFirst.find(({ time }) => Date.parse(time) <= at);
  if (found !== undefined) return found;
  throw new Failure('recovery.no-backup', {
    message: `there is no system backup from before ${which}`,
    hint: `The oldest is of ${newestFirst.at(-1)?.time ?? 'never'}. orbit recover … --list shows all.`,
  });
}

/** What the snapshot says of itself; undefined when an older Orbit, or restic, made it. */
export async function factsOf(
  indexed: IndexedRepository,
  snapshot: NamedSnapshot,
  options: Operation = {},
): Promise<RecoveryFacts | undefined> {
  try {
    const entry = await findEntry(indexed, snapshot, recoveryFactsPath, options);
    if (entry === undefined || entry.node.size > BigInt(factsBytesMax)) return undefined;
    const pieces: Buffer[] = [];
    for await (const piece of readFile(indexed, entry.node, {}, options)) pieces.push(piece);
    return parseRecoveryFacts(Buffer.concat(pieces));
  } catch (error) {
    if (isFailure(error, 'browse.no-such-path') || isFailure(error, 'browse.not-a-folder')) return undefined;
    throw error;
  }
}

/** Reads a file of the snapshot as it streams. */
export function dumpReader(indexed: IndexedRepository, snapshot: NamedSnapshot, options: Operation = {}) {
  return async function* read(path: string): AsyncGenerator<Uint8Array> {
    const entry = await findEntry(indexed, snapshot, path, options);
    if (entry !== undefined) yield* readFile(indexed, entry.node, {}, options);
  };
}
