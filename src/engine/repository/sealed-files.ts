// Loads and stores the files that are sealed whole and named by their hash: index, snapshots, locks. And `config`.
import { createHash } from 'node:crypto';
import { readAheadOf } from '../../backends/abilities.ts';
import type { Backend } from '../../backends/backend.ts';
import { loadAhead } from '../../backends/load-ahead.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { Sealer } from '../crypto/seal.ts';
import type { RepositoryVersion } from '../format/config.ts';
import { damagedFile } from '../format/damage.ts';
import { fileBytesMax } from '../format/file-limits.ts';
import { configKey, fileKey, idOfKey, type NamedFileKind } from '../format/layout.ts';
import { decodeUnpacked, encodeUnpacked, encodeUnpackedParts, unpackedReader } from '../format/unpacked.ts';

/** A listed file: its id and its size in bytes. */
export interface ListedFile<Id extends string> {
  id: Id;
  size: number;
}

/** The files of a folder in the order of their names. Names that are no ids are passed over. */
export async function listFiles<Id extends string>(
  backend: Backend,
  kind: NamedFileKind,
  options: Operation = {},
): Promise<ListedFile<Id>[]> {
  const found: ListedFile<Id>[] = [];
  for await (const { key, size } of backend.list(`${kind}/`, options)) {
    const id = idOfKey(key);
    if (id !== undefined && key === fileKey(kind, id)) found.push({ id: id as Id, size });
  }
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/**
 * These files with the sizes that the place lists, so that they can be fetched ahead. One that is not listed stays, without a
 * size: whoever reads it hears that it is gone.
 */
export async function withSizes<Id extends string>(
  backend: Backend,
  kind: NamedFileKind,
  ids: Iterable<Id>,
  options: Operation = {},
): Promise<ListedFile<Id>[]> {
  const sizes = new Map((await listFiles<Id>(backend, kind, options)).map(({ id, size }) => [id, size]));
  return Array.from(ids, (id) => ({ id, size: sizes.get(id) ?? 0 }));
}

/** What sealed files need of a repository. */
export interface SealedFilesOf {
  backend: Backend;
  sealer: Sealer;
  version: RepositoryVersion;
}

/** Where a file that was fetched before may lie, as it was stored. What it gives is proved before it is believed. */
export interface KeptFile {
  find(): Buffer | undefined;
  add(bytes: Uint8Array): void;
}

/** A file that is fetched ahead. Each way to read it may fail for one and not for the next, as `loadSealedFile` does. */
export interface FileAhead<Id extends string> {
  id: Id;
  json(): Promise<Buffer>;
  /** For those who read its JSON a part at a time: each call of what it gives starts at the beginning. */
  parts(): Promise<() => Iterable<Buffer>>;
}

/**
 * A file's JSON, verified against its name and its seal before anything in it is looked at.
 * @throws Failure `repository.damaged-file`, `backend.not-found`
 */
export async function loadSealedFile(
  files: SealedFilesOf,
  kind: NamedFileKind,
  id: string,
  options: Operation & { kept?: KeptFile | undefined } = {},
): Promise<Buffer> {
  const key = fileKey(kind, id);
  return decodeUnpacked(key, unsealed(files, key, await fetchFile(files, kind, id, options)));
}

/**
 * Many files, in the order of the list. They are fetched ahead, as many as the place is best asked for, and opened when it is
 * their turn. `kept` tells where each may lie on this machine.
 */
export async function* loadSealedFiles<Id extends string>(
  files: SealedFilesOf,
  kind: NamedFileKind,
  list: readonly ListedFile<Id>[],
  options: Operation & { kept?: ((id: Id) => KeptFile) | undefined } = {},
): AsyncGenerator<FileAhead<Id>> {
  const fetchOne = ({ id }: ListedFile<Id>, operation: Operation): Promise<Buffer> =>
    fetchFile(files, kind, id, { ...operation, kept: options.kept?.(id) });
  for await (const { wanted, loaded } of loadAhead(list, fetchOne, readAheadOf(files.backend), pickSignal(options))) {
    const key = fileKey(kind, wanted.id);
    const open = async (): Promise<Buffer> => unsealed(files, key, await loaded);
    yield {
      id: wanted.id,
      json: async () => decodeUnpacked(key, await open()),
      parts: async () => unpackedReader(key, await open()),
    };
  }
}

/**
 * A file as it is stored; the config when no `id` is given. @throws Failure `repository.damaged-file` for one that is larger than any of
 * its kind, `backend.not-found`
 */
export async function loadStored(
  backend: Backend,
  kind: NamedFileKind | 'config',
  id: string | undefined,
  options: Operation = {},
): Promise<Buffer> {
  const key = kind === 'config' ? configKey : fileKey(kind, id ?? '');
  try {
    return await backend.load(key, undefined, { ...pickSignal(options), maxBytes: fileBytesMax[kind] });
  } catch (error) {
    if (isFailure(error, 'backend.too-large')) throw damagedFile(key, 'it is larger than any file of its kind', error);
    throw error;
  }
}

// Sealed, and what its name says.
async function fetchFile(
  { backend }: SealedFilesOf,
  kind: NamedFileKind,
  id: string,
  options: Operation & { kept?: KeptFile | undefined },
): Promise<Buffer> {
  const found = options.kept?.find();
  if (found !== undefined && sha256(found) === id) return found;
  const bytes = await loadStored(backend, kind, id, options);
  if (sha256(bytes) !== id) throw damagedFile(fileKey(kind, id), 'its content does not match its name');
  options.kept?.add(bytes);
  return bytes;
}

function unsealed({ sealer }: SealedFilesOf, key: string, bytes: Buffer): Buffer {
  const plaintext = sealer.open(bytes);
  if (plaintext === undefined) throw damagedFile(key, 'it was not sealed with the key of this repository');
  return plaintext;
}

/** Seals, opens what was sealed and compares, then stores. Gives the file's id. */
export async function saveSealedFile<Id extends string>(
  { backend, sealer, version }: SealedFilesOf,
  kind: NamedFileKind,
  json: Uint8Array,
  options: Operation = {},
): Promise<Id> {
  const bytes = sealer.seal(encodeUnpacked(json, version));
  const opened = sealer.open(bytes);
  if (opened === undefined || !decodeUnpacked(kind, opened).equals(json)) throw verificationFailed(kind);
  const id = sha256(bytes);
  await backend.save(fileKey(kind, id), bytes, { ...pickSignal(options), sha256: id });
  return id as Id;
}

/** The same of JSON that is made a part at a time and never in memory as a whole, where zstd lets us. */
export async function saveSealedParts<Id extends string>(
  { backend, sealer, version }: SealedFilesOf,
  kind: NamedFileKind,
  parts: Iterable<Uint8Array>,
  options: Operation = {},
): Promise<Id> {
  const { plaintext, digest } = await encodeUnpackedParts(parts, version);
  const bytes = sealer.seal(plaintext);
  const opened = sealer.open(bytes);
  if (opened === undefined) throw verificationFailed(kind);
  const proof = createHash('sha256');
  for (const part of (await unpackedReader(kind, opened))()) proof.update(part);
  if (proof.digest('hex') !== digest) throw verificationFailed(kind);
  const id = sha256(bytes);
  await backend.save(fileKey(kind, id), bytes, { ...pickSignal(options), sha256: id });
  return id as Id;
}

/** SHA-256 as 64 hex digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The part of an operation's options that backends take. */
export function pickSignal(options: { signal?: AbortSignal | undefined }): { signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal };
}

function verificationFailed(kind: string): Failure {
  return new Failure('repository.verification-failed', {
    message: `a sealed file for ${kind}/ did not open to the bytes it was made of, so it was not stored`,
    hint: 'This machine computes wrongly, mostly because of bad memory: test its memory before the next backup.',
  });
}
