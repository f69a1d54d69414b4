// What the walk sees of several repositories: what the first of them has counts as there. Whoever lacks it is noted as behind.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '../../base/operation.ts';
import type { BlobId, BlobType, PackId } from '../ids.ts';
import type { SavedBlob } from '../repository/blob-store.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import type { LoadedBlob, WantedBlob } from '../repository/pack-reader.ts';
import type { FedRepository } from './fed-repository.ts';
import type { FileSaver, SavedFile } from './file-saver.ts';
import type { NewFiles } from './new-files.ts';

/** A place that answers later than this is not waited for alone. */
const hedgeMs = 3000;

/** The repositories of a backup, the one whose index counts first; `hub` writes for all of them. */
export class FedTarget {
  readonly #repositories: readonly FedRepository[];
  readonly #hub: IndexedRepository;
  readonly #knownBlobs: number;

  constructor(repositories: readonly FedRepository[], hub: IndexedRepository) {
    this.#repositories = repositories;
    this.#hub = hub;
    this.#knownBlobs = hub.index.count;
  }

  hasBlob(type: BlobType, id: BlobId): boolean {
    return this.#hub.hasBlob(type, id) && this.#isUsed(type, id);
  }

  async saveBlob(type: BlobType, plaintext: Uint8Array, options: Operation = {}): Promise<SavedBlob> {
    const saved = await this.#hub.saveBlob(type, plaintext, options);
    if (!saved.isNew) this.#isUsed(type, saved.id);
    return saved;
  }

  /** From whichever repository answers first, when the first of them is slow or lost. */
  async loadBlob(type: BlobType, id: BlobId, options: Operation = {}): Promise<Buffer> {
    const able = this.#repositories.filter((repository) => repository.canLoad(type, id));
    if (able.length === 0) return this.#hub.loadBlob(type, id, options);
    return firstGood(
      able.map(
        ({ indexed }) =>
          () =>
            indexed.loadBlob(type, id, options),
      ),
      hedgeMs,
    );
  }

  async *loadBlobs(
    packId: PackId,
    wanted: readonly WantedBlob[],
    options: Operation = {},
  ): AsyncGenerator<Pick<LoadedBlob, 'id' | 'plaintext'>> {
    const fromPack = async (): Promise<Pick<LoadedBlob, 'id' | 'plaintext'>[]> => {
      const loaded: Pick<LoadedBlob, 'id' | 'plaintext'>[] = [];
      for await (const blob of this.#hub.loadBlobs(packId, wanted, options)) loaded.push(blob);
      return loaded;
    };
    const others = this.#repositories
      .slice(1)
      .filter((repository) => wanted.every(({ type, id }) => repository.canLoad(type, id)));
    const fromOthers = others.map(({ indexed }) => async () => {
      const loaded: Pick<LoadedBlob, 'id' | 'plaintext'>[] = [];
      for (const { type, id } of wanted) loaded.push({ id, plaintext: await indexed.loadBlob(type, id, options) });
      return loaded;
    });
    const isFirstLost = this.#repositories[0]?.standing === 'lost';
    yield* await firstGood(isFirstLost && others.length > 0 ? fromOthers : [fromPack, ...fromOthers], hedgeMs);
  }

  /** A saver whose files count as used: what of them was known already may be missing elsewhere. */
  watching(saver: FileSaver): FileSaver {
    const noted = (saved: SavedFile): SavedFile => {
      if (saved.newBlobs < saved.content.length) for (const id of saved.content) this.#isUsed('data', id);
      return saved;
    };
    const notedFiles = ({ knownDigests }: NewFiles): void => {
      const ids = Buffer.from(knownDigests).toString('hex');
      for (let at = 0; at < ids.length; at += 64) this.#isUsed('data', ids.slice(at, at + 64) as BlobId);
    };
    const { saveNewFiles } = saver;
    const saveNoted: FileSaver['saveNewFiles'] = (folder, names, options) => {
      const onSaved = (part: NewFiles): void => {
        notedFiles(part);
        options.onSaved(part);
      };
      return saveNewFiles?.(folder, names, { ...options, onSaved }) ?? Promise.resolve();
    };
    return {
      ...(saveNewFiles === undefined ? {} : { saveNewFiles: saveNoted }),
      saveFile: (path, options) => saver.saveFile(path, options).then(noted),
      saveStream: (stream, options) => saver.saveStream(stream, options).then(noted),
      close: () => saver.close(),
    };
  }

  // A blob of an earlier run is in nobody's packs of this one.
  #isUsed(type: BlobType, id: BlobId): true {
    const isOld = (this.#hub.index.numberOf(type, id) ?? 0) < this.#knownBlobs;
    if (isOld)
      for (const repository of this.#repositories)
        if (repository.standing === 'whole' && !repository.indexed.hasBlob(type, id)) repository.miss();
    return true;
  }
}

// Begins with the first attempt; each next one joins when those before have failed or taken too long. Gives the first that
// succeeds. @throws the first attempt's failure when none does
async function firstGood<Result>(attempts: readonly (() => Promise<Result>)[], patienceMs: number): Promise<Result> {
  const begun: Promise<Result>[] = [];
  for (const [index, attempt] of attempts.entries()) {
    begun.push(attempt());
    const good = Promise.any(begun);
    if (index === attempts.length - 1) break;
    const enough = new AbortController();
    const patience = sleep(patienceMs, undefined, { signal: enough.signal }).then(
      () => undefined,
      () => undefined,
    );
    const settled = await Promise.race([good.then((result) => ({ result })).catch(() => undefined), patience]);
    enough.abort();
    if (settled !== undefined) return settled.result;
  }
  try {
    return await Promise.any(begun);
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}
