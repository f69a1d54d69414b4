// Writes the content of many files pack by pack, so that each pack is fetched once, and finishes each file when its last blob is in.
import { hash } from 'node:crypto';
import { closeSync, constants, ftruncateSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { quote } from '../format/go-text.ts';
import type { TreeNode } from '../format/tree.ts';
import type { BlobId, PackId } from '../ids.ts';
import { plaintextLength } from '../repository/pack-reader.ts';
import { verifyFailed } from './failures.ts';
import type { RestoreReader } from './events.ts';

/** A file to be written. */
export interface RestoredFile {
  path: Buffer;
  /** Where it is written first, when something stands at `path`; then it is renamed. */
  temporaryPath: Buffer | undefined;
  node: TreeNode;
}

/** What the writer tells its owner, who knows metadata and events. */
export interface ContentHandler extends Operation {
  isSparse: boolean;
  verifies: boolean;
  parallelPacks: number;
  wrote(bytes: number): void;
  /** The content is at `path`, which may still be a temporary name. */
  written(file: RestoredFile, path: Buffer): void;
  /** The file stands in its place. */
  done(file: RestoredFile, size: number): void;
  /** Nothing of the file is left. May throw to end the run. */
  failed(file: RestoredFile, error: unknown): void;
}

interface Progress extends RestoredFile {
  /** Kept for verifying only. */
  blobs: { id: BlobId; length: number }[];
  blobsLeft: number;
  size: number;
  isCreated: boolean;
  isOver: boolean;
}

interface Place {
  file: Progress;
  offset: number;
}

type PlacesByBlob = Map<BlobId, Place[]>;

/** Writes these files. When it throws, those that are not finished are gone. */
export async function writeFiles(reader: RestoreReader, files: RestoredFile[], handler: ContentHandler): Promise<void> {
  const open = files.map(
    (file): Progress => ({ ...file, blobs: [], blobsLeft: 0, size: 0, isCreated: false, isOver: false }),
  );
  try {
    const packs = [...groupByPack(reader, open, handler)];
    for (const file of open)
      if (!file.isOver && file.blobsLeft === 0) attempt(file, handler, () => finish(file, handler));
    const next = async (): Promise<void> => {
      for (let pack = packs.shift(); pack !== undefined; pack = packs.shift()) {
        handler.signal?.throwIfAborted();
        await writePack(reader, ...pack, handler);
      }
    };
    await Promise.all(Array.from({ length: handler.parallelPacks }, next));
  } finally {
    for (const file of open) if (!file.isOver) discard(file);
  }
}

// Packs in the order of their first use, which is near the order in which they were written.
function groupByPack(reader: RestoreReader, files: Progress[], handler: ContentHandler): Map<PackId, PlacesByBlob> {
  const packs = new Map<PackId, PlacesByBlob>();
  for (const file of files) {
    attempt(file, handler, () => {
      const places: [PackId, BlobId, Place][] = [];
      for (const id of contentOf(file)) {
        const location = reader.locateBlob('data', id);
        if (location === undefined) throw contentMissing(file.path, id);
        places.push([location.packId, id, { file, offset: file.size }]);
        const length = plaintextLength(location);
        if (handler.verifies) file.blobs.push({ id, length });
        file.size += length;
      }
      file.blobsLeft = places.length;
      for (const [packId, id, place] of places) {
        const blobs = packs.get(packId) ?? new Map<BlobId, Place[]>();
        packs.set(packId, blobs);
        const known = blobs.get(id);
        if (known === undefined) blobs.set(id, [place]);
        else known.push(place);
      }
    });
  }
  return packs;
}

function contentOf({ node, path }: RestoredFile): BlobId[] {
  if (node.content === null) throw contentMissing(path, 'list');
  return node.content;
}

async function writePack(
  reader: RestoreReader,
  packId: PackId,
  places: PlacesByBlob,
  handler: ContentHandler,
): Promise<void> {
  const left = new Map(places);
  try {
    const wanted = [...left.keys()].map((id) => ({ type: 'data' as const, id }));
    for await (const { id, plaintext } of reader.loadBlobs(packId, wanted, signalOf(handler))) {
      const here = left.get(id) ?? [];
      left.delete(id);
      writeBlob(here, plaintext, handler);
    }
    return;
  } catch (error) {
    if (!(error instanceof Failure) || !error.code.startsWith('repository.')) throw error;
  }
  // One damaged blob must not take its neighbours along: what is left is fetched one by one.
  for (const [id, here] of left) {
    try {
      writeBlob(here, await reader.loadBlob('data', id, signalOf(handler)), handler);
    } catch (error) {
      if (!(error instanceof Failure) || !error.code.startsWith('repository.')) throw error;
      for (const { file } of here) fail(file, handler, error);
    }
  }
}

function writeBlob(places: Place[], plaintext: Buffer, handler: ContentHandler): void {
  const isHole = handler.isSparse && isZero(plaintext);
  for (const { file, offset } of places) {
    if (file.isOver) continue;
    attempt(file, handler, () => {
      if (!isHole) writeAt(file, plaintext, offset);
      handler.wrote(plaintext.length);
      file.blobsLeft -= 1;
      if (file.blobsLeft === 0) finish(file, handler);
    });
  }
}

const noFollow = constants.O_NOFOLLOW;
const create = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | noFollow;
const placeOf = (file: RestoredFile): Buffer => file.temporaryPath ?? file.path;

// Opened for each blob: a million files may be under way, descriptors are few.
function opened<Result>(file: Progress, action: (descriptor: number) => Result): Result {
  const descriptor = openSync(placeOf(file), file.isCreated ? constants.O_RDWR | noFollow : create, 0o600);
  file.isCreated = true;
  try {
    return action(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function writeAt(file: Progress, bytes: Buffer, offset: number): void {
  opened(file, (descriptor) => {
    for (let done = 0; done < bytes.length; )
      done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
  });
}

function finish(file: Progress, handler: ContentHandler): void {
  // A file that is all hole, or ends in one, gets its length here.
  if (!file.isCreated || handler.isSparse) opened(file, (descriptor) => ftruncateSync(descriptor, file.size));
  if (handler.verifies) opened(file, (descriptor) => verify(file, descriptor));
  handler.written(file, placeOf(file));
  if (file.temporaryPath !== undefined) renameSync(file.temporaryPath, file.path);
  file.isOver = true;
  handler.done(file, file.size);
}

function verify(file: Progress, descriptor: number): void {
  let offset = 0;
  for (const { id, length } of file.blobs) {
    const bytes = Buffer.allocUnsafe(length);
    let read = 0;
    while (read < length) {
      const count = readSync(descriptor, bytes, read, length - read, offset + read);
      if (count === 0) break;
      read += count;
    }
    if (read < length || hash('sha256', bytes) !== id) throw verifyFailed(quote(file.path));
    offset += length;
  }
}

function attempt(file: Progress, handler: ContentHandler, action: () => void): void {
  try {
    action();
  } catch (error) {
    fail(file, handler, error);
  }
}

function fail(file: Progress, handler: ContentHandler, error: unknown): void {
  if (file.isOver) return;
  discard(file);
  file.isOver = true;
  handler.failed(file, error);
}

function discard(file: Progress): void {
  if (file.isCreated) rmSync(placeOf(file), { force: true });
}

const zeros = Buffer.alloc(1024 * 1024);

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const piece = bytes.subarray(at, at + zeros.length);
    if (!piece.equals(zeros.subarray(0, piece.length))) return false;
  }
  return bytes.length > 0;
}

const signalOf = ({ signal }: Operation): Operation => (signal === undefined ? {} : { signal });

function contentMissing(path: Buffer, what: string): Failure {
  return new Failure('restore.content-missing', {
    message: `${quote(path)} was not restored: the repository has lost a part of it (${what})`,
    hint: 'Run `orbit repo check` to see what else is affected; an earlier snapshot may hold the file whole.',
  });
}
