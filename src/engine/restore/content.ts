// Plans the content of many files pack by pack, so that each pack is fetched once, and keeps count of what each file lacks.
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { quote } from '../format/go-text.ts';
import type { TreeNode } from '../format/tree.ts';
import type { BlobId, PackId } from '../ids.ts';
import { type LocatedBlob, plaintextLength, type SealedStretch } from '../repository/pack-reader.ts';
import { fromWire } from '../threads/wire-error.ts';
import type { Aspect, RestoreReader } from './events.ts';
import { metadataOf } from './metadata.ts';
import { type PackWriters, stretchBytes } from './pack-writers.ts';
import { differingBlobs } from './standing-blobs.ts';
import type { Slots } from '../threads/slots.ts';
import type { JobBlob, JobFile, WriteJob } from './write-job.ts';

/** A file to be written. */
export interface RestoredFile {
  path: Buffer;
  /** Where it is written first, when something stands at `path`; then it is renamed. */
  temporaryPath: Buffer | undefined;
  /** A file stands at `path` and is changed there: only what differs is written, and when something fails it stays. */
  isInPlace: boolean;
  node: TreeNode;
}

/** What the writer tells its owner, who knows events. */
export interface ContentHandler extends Operation {
  isSparse: boolean;
  verifies: boolean;
  /** Of stretches in memory: one for all that is written at once. */
  slots: Slots;
  wrote(bytes: number): void;
  /** So much of a file that is changed in place was right already. */
  stood(bytes: number): void;
  /** Something could not be set on a file that is otherwise restored. May throw to end the run. */
  notSet(file: RestoredFile, aspect: Aspect, error: unknown): void;
  /** The file stands in its place. */
  done(file: RestoredFile, size: number): void;
  /** Nothing of the file is left, unless it is changed in place. May throw to end the run. */
  failed(file: RestoredFile, error: unknown): void;
}

interface Progress extends RestoredFile {
  /** Kept for verifying only. */
  blobs: { id: BlobId; length: number }[];
  placesLeft: number;
  size: number;
  isCreated: boolean;
  isOver: boolean;
}

interface WantedBlob {
  blob: LocatedBlob;
  places: { file: Progress; offset: number }[];
}

/** Writes these files. When it throws, those that are not finished are gone. */
export async function writeFiles(
  reader: RestoreReader,
  writers: PackWriters,
  files: RestoredFile[],
  handler: ContentHandler,
): Promise<void> {
  const run = new ContentRun(reader, writers, handler);
  await run.write(files);
}

class ContentRun {
  readonly #reader: RestoreReader;
  readonly #writers: PackWriters;
  readonly #handler: ContentHandler;
  readonly #operation: Operation & { limits: typeof stretchLimits };

  constructor(reader: RestoreReader, writers: PackWriters, handler: ContentHandler) {
    this.#reader = reader;
    this.#writers = writers;
    this.#handler = handler;
    this.#operation = { limits: stretchLimits, ...(handler.signal === undefined ? {} : { signal: handler.signal }) };
  }

  async write(files: RestoredFile[]): Promise<void> {
    const all = files.map(
      (file): Progress => ({ ...file, blobs: [], placesLeft: 0, size: 0, isCreated: file.isInPlace, isOver: false }),
    );
    const packs = this.#groupByPack(all);
    const bytes = all.reduce((sum, { size }) => sum + size, 0);
    this.#writers.expect({ bytes, files: all.length });
    const waiting = [...packs];
    const next = async (): Promise<void> => {
      try {
        for (let pack = waiting.shift(); pack !== undefined; pack = waiting.shift()) {
          this.#handler.signal?.throwIfAborted();
          await this.#writePack(pack[0], [...pack[1].values()]);
        }
      } finally {
        // When one ends the run, the others take nothing more. What is under way is waited for: it may still make files.
        waiting.length = 0;
      }
    };
    try {
      const empty = all.filter((file) => !file.isOver && file.placesLeft === 0);
      if (empty.length > 0) await this.#runJob(emptyJob, [], empty);
      const loops = await Promise.allSettled(Array.from({ length: this.#handler.slots.limit }, next));
      for (const loop of loops) if (loop.status === 'rejected') throw loop.reason;
    } finally {
      for (const file of all) if (!file.isOver) discard(file);
    }
  }

  // Packs in the order of their first use, which is near the order in which they were written.
  #groupByPack(files: Progress[]): Map<PackId, Map<BlobId, WantedBlob>> {
    const packs = new Map<PackId, Map<BlobId, WantedBlob>>();
    for (const file of files) {
      try {
        const places = this.#placesOf(file);
        file.placesLeft = places.length;
        for (const { blob, offset } of places) {
          const blobs = packs.get(blob.packId) ?? new Map<BlobId, WantedBlob>();
          packs.set(blob.packId, blobs);
          const known = blobs.get(blob.id);
          if (known === undefined) blobs.set(blob.id, { blob, places: [{ file, offset }] });
          else known.places.push({ file, offset });
        }
      } catch (error) {
        this.#fail(file, error);
      }
    }
    return packs;
  }

  #placesOf(file: Progress): { blob: LocatedBlob; offset: number }[] {
    if (file.node.content === null) throw contentMissing(file.path, 'list');
    const places = file.node.content.map((id) => {
      const location = this.#reader.locateBlob('data', id);
      if (location === undefined) throw contentMissing(file.path, id);
      const offset = file.size;
      const length = plaintextLength(location);
      if (this.#handler.verifies) file.blobs.push({ id, length });
      file.size += length;
      return { id, length, offset, blob: { type: 'data' as const, id, ...location } };
    });
    if (!file.isInPlace) return places;
    const differing = differingBlobs(file.path, places);
    this.#handler.stood(file.size - differing.reduce((sum, { length }) => sum + length, 0));
    return differing;
  }

  async #writePack(packId: PackId, wanted: WantedBlob[]): Promise<void> {
    const left = new Set(wanted);
    const byBlob = new Map(wanted.map((each) => [each.blob, each]));
    const write = async ({ start, bytes, blobs }: SealedStretch): Promise<void> => {
      const here = blobs.map((blob) => byBlob.get(blob) as WantedBlob);
      for (const each of here) left.delete(each);
      for (const { wanted: damaged } of await this.#runJob({ packId, start, bytes }, here)) left.add(damaged);
    };
    await this.#eachStretch(packId, [...byBlob.keys()], write);
    // One damaged blob must not take its neighbours along: what is left is fetched one by one, once more.
    for (const each of left) await this.#writeAlone(packId, each);
  }

  // While one stretch is being written, the next is on its way. Damage ends the reading, and is found again blob by blob.
  async #eachStretch(
    packId: PackId,
    blobs: LocatedBlob[],
    write: (stretch: SealedStretch) => Promise<void>,
  ): Promise<void> {
    const stretches = this.#reader.loadSealed(packId, blobs, { ...this.#operation, rooms: this.#writers.rooms });
    const writing: Promise<void>[] = [];
    try {
      for (;;) {
        await this.#handler.slots.room();
        this.#handler.slots.take();
        let next: IteratorResult<SealedStretch, void>;
        try {
          next = await stretches.next();
        } catch (error) {
          this.#handler.slots.giveBack();
          throw error;
        }
        if (next.done === true) return this.#handler.slots.giveBack();
        const { bytes } = next.value;
        const written = write(next.value).finally(() => {
          this.#writers.rooms.giveBack(bytes);
          this.#handler.slots.giveBack();
        });
        written.catch(() => {});
        writing.push(written);
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
    } finally {
      await Promise.allSettled(writing);
      await Promise.all(writing);
    }
  }

  async #writeAlone(packId: PackId, wanted: WantedBlob): Promise<void> {
    const fail = (error: unknown): void => {
      for (const { file } of wanted.places) this.#fail(file, error);
    };
    try {
      for await (const { start, bytes } of this.#reader.loadSealed(packId, [wanted.blob], this.#operation))
        for (const { error } of await this.#runJob({ packId, start, bytes }, [wanted])) fail(error);
    } catch (error) {
      if (!isDamage(error)) throw error;
      fail(error);
    }
  }

  /** Has these blobs written, and finishes the files that lack nothing then. Gives the blobs that are damaged. */
  async #runJob(
    stretch: Pick<WriteJob, 'packId' | 'start' | 'bytes'>,
    wanted: WantedBlob[],
    whole: Progress[] = [],
  ): Promise<{ wanted: WantedBlob; error: Error }[]> {
    const numbers = new Map<Progress, number>();
    const counts = new Map<Progress, number>();
    for (const file of whole) numbers.set(file, numbers.size);
    const blobs = wanted.map(({ blob, places }): JobBlob => {
      const open = places.filter(({ file }) => !file.isOver);
      const numbered = open.map(({ file, offset }) => {
        const number = numbers.get(file) ?? numbers.size;
        numbers.set(file, number);
        counts.set(file, (counts.get(file) ?? 0) + 1);
        return { file: number, offset };
      });
      return { blob, places: numbered };
    });
    const files = [...numbers.keys()];
    const jobFiles = files.map((file) => this.#jobFile(file, (counts.get(file) ?? 0) === file.placesLeft));
    const { isSparse } = this.#handler;
    const outcome = await this.#writers.write({ ...stretch, blobs, files: jobFiles, isSparse });
    this.#handler.wrote(outcome.bytes);
    for (const file of outcome.made) (files[file] as Progress).isCreated = true;
    for (const { file, isMade } of outcome.failed) if (isMade) (files[file] as Progress).isCreated = true;
    for (const { file, error } of outcome.failed) this.#fail(files[file] as Progress, fromWire(error));
    const damaged = outcome.damaged.map(({ blob, error }) => ({
      wanted: wanted[blob] as WantedBlob,
      error: fromWire(error),
    }));
    for (const { wanted: blob } of damaged)
      for (const { file } of blob.places) counts.set(file, (counts.get(file) ?? 0) - 1);
    for (const [number, file] of files.entries()) {
      file.placesLeft -= counts.get(file) ?? 0;
      if (file.isOver || file.placesLeft > 0) continue;
      // Another job may have been the last to end although this one was the last to be sent.
      if (jobFiles[number]?.isLast === true) this.#done(file);
      else await this.#runJob(emptyJob, [], [file]);
    }
    for (const { file, aspect, error } of outcome.notSet)
      this.#handler.notSet(files[file] as Progress, aspect, fromWire(error));
    return damaged;
  }

  #jobFile(file: Progress, isLast: boolean): JobFile {
    // A file that several jobs write to is made here, before the first of them can look for it.
    if (!isLast && !file.isCreated) this.#make(file);
    const proof = { ids: file.blobs.map(({ id }) => id), lengths: file.blobs.map(({ length }) => length) };
    return {
      path: placeOf(file),
      finalPath: file.temporaryPath === undefined ? undefined : file.path,
      size: file.size,
      isNew: !file.isCreated,
      isLast,
      isInPlace: file.isInPlace,
      metadata: metadataOf(file.node),
      proof: isLast && this.#handler.verifies ? proof : undefined,
    };
  }

  #make(file: Progress): void {
    try {
      closeSync(openSync(placeOf(file), createNew, 0o600));
      file.isCreated = true;
    } catch (error) {
      this.#fail(file, error);
    }
  }

  #done(file: Progress): void {
    file.isOver = true;
    this.#handler.done(file, file.size);
  }

  #fail(file: Progress, error: unknown): void {
    if (file.isOver) return;
    discard(file);
    file.isOver = true;
    this.#handler.failed(file, error);
  }
}

// Small enough that a few in memory are little and that every thread gets some; each is a request to the destination.
const stretchLimits = { bytes: stretchBytes, blobs: 4096 };

const emptyJob = { packId: '' as PackId, start: 0, bytes: Buffer.alloc(0) };
const createNew = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const placeOf = (file: RestoredFile): Buffer => file.temporaryPath ?? file.path;

function discard(file: Progress): void {
  if (file.isCreated && !file.isInPlace) rmSync(placeOf(file), { force: true });
}

function isDamage(error: unknown): boolean {
  return isFailure(error) && error.code.startsWith('repository.');
}

function contentMissing(path: Buffer, what: string): Failure {
  return new Failure('restore.content-missing', {
    message: `${quote(path)} was not restored: the repository has lost a part of it (${what})`,
    hint: 'Run `orbit repo check` to see what else is affected; an earlier snapshot may hold the file whole.',
  });
}
