// Repositories that people look into stay open for a while: opening one costs half a second and all of its index. Reading
// only; whoever reads content holds a shared lock meanwhile, so that nobody prunes it away.
import { join } from 'node:path';
import { prefixedBackend } from '../backends/prefixed.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import type { RepositoryName } from '../breakglass/destination-files.ts';
import { listDestinations } from '../destinations/destination.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { IndexedRepository } from '../engine/repository/indexed-repository.ts';
import { Repository } from '../engine/repository/repository.ts';
import { withLock } from '../engine/repository/repository-lock.ts';
import { chooseSnapshot } from '../engine/repository/snapshot-choice.ts';
import { type OpenPlace, openPlace, signalOf } from './place.ts';
import { hasRepositoryPassword, repositoryPassword } from './repository-passwords.ts';
import type { RunSurroundings } from './surroundings.ts';

/** Which copy: one kind of backup at one destination. */
export interface CopyName {
  destination: string;
  kind: RepositoryName;
}

/** An open copy, as its users get it. */
export interface OpenCopy {
  readonly indexed: IndexedRepository;
  /** All snapshots, oldest first. */
  readonly snapshots: readonly NamedSnapshot[];
}

interface Entry {
  opened: Promise<OpenCopy & { place: OpenPlace }>;
  users: number;
  usedAt: number;
  isStale: boolean;
}

const idleMs = 120_000;
const openMax = 6;
const lockRetryMs = 20_000;

/** Every repository that this instance holds a password of. */
export function knownCopies({ store, vault }: Pick<RunSurroundings, 'store' | 'vault'>): CopyName[] {
  return listDestinations(store).flatMap(({ name: destination }) =>
    (['system', 'recordings'] as const)
      .filter((kind) => hasRepositoryPassword({ vault }, destination, kind))
      .map((kind) => ({ destination, kind })),
  );
}

/** Opens copies and closes them when nobody has looked for a while. */
export class OpenCopies {
  readonly #surroundings: RunSurroundings;
  readonly #entries = new Map<string, Entry>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(surroundings: RunSurroundings) {
    this.#surroundings = surroundings;
  }

  /**
   * Calls `work` with the copy open. `isFresh` looks first whether there are other snapshots than before.
   * @throws Failure of the destination and of the repository, `restore.no-copy` when there is none yet
   */
  async use<Result>(
    copy: CopyName,
    work: (open: OpenCopy) => Promise<Result>,
    options: Operation & { isFresh?: boolean } = {},
  ): Promise<Result> {
    if (options.isFresh === true) await this.#dropChanged(copy);
    const entry = this.#entryOf(copy);
    entry.users += 1;
    try {
      return await work(await entry.opened);
    } finally {
      entry.users -= 1;
      entry.usedAt = performance.now();
      if (entry.isStale) this.#closeUnused();
    }
  }

  /** As `use`, with a shared lock held until `work` is done: for downloads and restores. */
  async useLocked<Result>(
    copy: CopyName,
    work: (open: OpenCopy, signal: AbortSignal) => Promise<Result>,
    options: Operation = {},
  ): Promise<Result> {
    const { signal } = options;
    return await this.use(copy, (open) =>
      withLock(
        open.indexed.repository,
        { retryMs: lockRetryMs, ...(signal === undefined ? {} : { signal }) },
        (locked) => work(open, locked),
      ),
    );
  }

  /** Closes everything that nobody uses any more, now. */
  async close(): Promise<void> {
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(closeEntry));
  }

  #entryOf(copy: CopyName): Entry {
    const key = `${copy.destination} ${copy.kind}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    if (this.#entries.size >= openMax) this.#closeUnused(0);
    const entry: Entry = { opened: this.#open(copy), users: 0, usedAt: performance.now(), isStale: false };
    this.#entries.set(key, entry);
    // One that cannot be opened is tried anew by the next who asks.
    entry.opened.catch(() => this.#entries.delete(key));
    this.#sweep ??= setInterval(() => this.#closeUnused(), idleMs / 4).unref();
    return entry;
  }

  async #open(copy: CopyName): Promise<OpenCopy & { place: OpenPlace }> {
    const place = await openPlace(this.#surroundings, copy.destination, {});
    try {
      const repository = await openCopyRepository(this.#surroundings, place, copy);
      const snapshots = await repository.listSnapshots();
      return { place, snapshots, indexed: await repository.loadIndex() };
    } catch (error) {
      await place.close();
      throw error;
    }
  }

  // A run may have added a snapshot, retention may have removed one: then the index is read anew too.
  async #dropChanged(copy: CopyName): Promise<void> {
    const key = `${copy.destination} ${copy.kind}`;
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    try {
      const { indexed, snapshots } = await entry.opened;
      const now = await indexed.repository.listSnapshots();
      if (now.map(({ id }) => id).join() === snapshots.map(({ id }) => id).join()) return;
    } catch {
      // Whatever is wrong with the old connection shows at the new one.
    }
    this.#drop(key, entry);
  }

  #drop(key: string, entry: Entry): void {
    entry.isStale = true;
    this.#entries.delete(key);
    if (entry.users === 0) void closeEntry(entry);
    else this.#stale.add(entry);
  }

  readonly #stale = new Set<Entry>();

  #closeUnused(idle = idleMs): void {
    for (const [key, entry] of this.#entries) {
      if (entry.users === 0 && performance.now() - entry.usedAt >= idle) this.#drop(key, entry);
    }
    for (const entry of this.#stale) {
      if (entry.users > 0) continue;
      this.#stale.delete(entry);
      void closeEntry(entry);
    }
  }
}

/** The snapshot by its id, the start of it, or `latest`. @throws Failure `repository.no-such-snapshot` */
export function snapshotOf({ snapshots }: OpenCopy, which: string): NamedSnapshot {
  return chooseSnapshot([...snapshots], which);
}

/** Opens the repository of a copy with the password that this instance keeps; the caller closes it. @throws Failure `restore.no-copy` */
export async function openCopyRepository(
  { vault, home }: Pick<RunSurroundings, 'vault' | 'home'>,
  place: OpenPlace,
  { destination, kind }: CopyName,
  options: Operation = {},
): Promise<Repository> {
  const password = repositoryPassword({ vault }, destination, kind);
  const opening = { cacheFolder: join(home, 'cache'), ...signalOf(options) };
  try {
    return await Repository.open(prefixedBackend(place.backend, kind), password, opening);
  } catch (error) {
    if (!isFailure(error, 'repository.not-found')) throw error;
    throw new Failure('restore.no-copy', {
      message: `there is no ${kind} backup at '${destination}' yet`,
      hint: 'Run the backup first, or choose another destination.',
      cause: error,
    });
  }
}

async function closeEntry({ opened }: Entry): Promise<void> {
  try {
    const { indexed, place } = await opened;
    await indexed.close();
    indexed.repository.close();
    await place.close();
  } catch {
    // It never opened, or its line is gone: there is nothing to close.
  }
}
