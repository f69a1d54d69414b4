// Mends damaged files of a place by their side files. Needs no password: a file is right when its bytes have the hash that is its name.
// What cannot be mended stays as it is, byte for byte.
import type { Backend, BackendKey } from '../../backends/backend.ts';
import { type Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { packBytesMax } from '../format/file-limits.ts';
import { configKey, idOfKey } from '../format/layout.ts';
import { pickSignal, sha256 } from '../repository/sealed-files.ts';
import { isCovered, loadParityShare, mendParityShare, parityPrefix, sideKey } from './parity-backend.ts';
import {
  decodeSideFile,
  encodeSideFile,
  encodeWithShape,
  isAnotherFile,
  mendFile,
  type SideFile,
} from './side-file.ts';

/** What mending tells while it works. */
export type MendEvent = { type: 'file-read'; key: BackendKey; bytes: number };

/** What came of it. */
export interface MendResult {
  /** Files that were read. */
  files: number;
  bytes: number;
  /** Files that were damaged and are as they were, and how many blocks of each were. */
  mended: { key: BackendKey; blocks: number }[];
  /** Files that are damaged and stay so, and why. */
  beyond: { key: BackendKey; reason: string }[];
  /** Side files that were damaged, or missing half, and were made anew. */
  sideFilesMended: number;
  /** Side files whose file is not there: it was removed, or it is lost. */
  withoutFile: BackendKey[];
  /** Damaged files that could have been mended, and the place refuses to overwrite them. */
  refused: { key: BackendKey; failure: Failure }[];
}

/** How mending goes about it. */
export interface MendOptions extends Operation<MendEvent> {
  /** Finds out, and changes nothing. */
  dryRun?: boolean;
  /** Only these files. */
  isWanted?(key: BackendKey): boolean;
}

const atOnce = 2;

/** Reads every file that has a side file, and mends it where it is damaged. */
export async function mendPlace(backend: Backend, options: MendOptions = {}): Promise<MendResult> {
  const operation = pickSignal(options);
  const result: MendResult = {
    files: 0,
    bytes: 0,
    mended: [],
    beyond: [],
    sideFilesMended: 0,
    withoutFile: [],
    refused: [],
  };
  const percent = await loadParityShare(backend, operation);
  if (percent !== undefined && options.dryRun !== true)
    result.sideFilesMended += Number(await mendParityShare(backend, percent, operation));
  const keys: BackendKey[] = [];
  for await (const { key } of backend.list(parityPrefix, operation)) {
    const covered = key.slice(parityPrefix.length);
    if (isCovered(covered) && options.isWanted?.(covered) !== false) keys.push(covered);
  }
  // What opens a repository first: keys and config are small and everything else waits for them.
  keys.sort((a, b) => Number(a.startsWith('data/')) - Number(b.startsWith('data/')) || (a < b ? -1 : 1));
  const next = async (): Promise<void> => {
    for (let key = keys.shift(); key !== undefined; key = keys.shift()) {
      options.signal?.throwIfAborted();
      await mendOne(backend, key, percent, result, options);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  return result;
}

async function mendOne(
  backend: Backend,
  key: BackendKey,
  percent: number | undefined,
  result: MendResult,
  options: MendOptions,
): Promise<void> {
  const operation = pickSignal(options);
  const sideBytes = await readWhatIsThere(backend, sideKey(key), operation);
  if (sideBytes === undefined) return;
  const side = decodeSideFile(sideBytes);
  const file = await readWhatIsThere(backend, key, operation, side?.shape.fileBytes);
  if (file === undefined) return void result.withoutFile.push(key);
  result.files += 1;
  result.bytes += file.length;
  options.report?.({ type: 'file-read', key, bytes: file.length });
  const id = idOfKey(key) ?? side?.fileHash;
  if (id !== undefined && sha256(file) === id)
    return mendSideFile(backend, key, { file, sideBytes, side, percent }, result, options);
  if (side === undefined) {
    // A config has no name that tells whether it is right.
    if (key !== configKey) result.beyond.push({ key, reason: 'its side file is damaged as well' });
    return;
  }
  // A newer config, or a side file that belongs to something else.
  if (isAnotherFile(file, side) || side.fileHash !== id)
    return void result.beyond.push({ key, reason: 'its side file knows nothing of it: no block is the same' });
  const mended = mendFile(file, side);
  if (mended.result === 'beyond') return void result.beyond.push({ key, reason: mended.reason });
  if (mended.result === 'whole') return;
  try {
    if (options.dryRun !== true) await backend.save(key, mended.bytes, { ...operation, ifExists: 'replace' });
    result.mended.push({ key, blocks: mended.blocks });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isFailure(error)) throw error;
    result.refused.push({ key, failure: error });
  }
}

// The file is right: then so can its side file be made.
async function mendSideFile(
  backend: Backend,
  key: BackendKey,
  known: { file: Buffer; sideBytes: Buffer; side: SideFile | undefined; percent: number | undefined },
  result: MendResult,
  options: MendOptions,
): Promise<void> {
  const { file, sideBytes, side, percent } = known;
  if (side === undefined && percent === undefined) return;
  const right = side === undefined ? encodeSideFile(file, percent ?? 0) : encodeWithShape(file, side.shape);
  if (right.equals(sideBytes)) return;
  try {
    if (options.dryRun !== true)
      await backend.save(sideKey(key), right, { ...pickSignal(options), ifExists: 'replace' });
    result.sideFilesMended += 1;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isFailure(error)) throw error;
    result.refused.push({ key: sideKey(key), failure: error });
  }
}

// Small enough that one bad sector takes little with it.
const pieceBytes = 64 * 1024;

/**
 * The file as far as the place gives it: where a disk does not give a piece, zeros stand in its place. Undefined when it is not
 * there. A place that gives nothing at all fails as ever: silence is no damage.
 */
async function readWhatIsThere(
  backend: Backend,
  key: BackendKey,
  options: Operation,
  length?: number,
): Promise<Buffer | undefined> {
  try {
    return await backend.load(key, undefined, { ...options, maxBytes: packBytesMax });
  } catch (error) {
    if (isFailure(error, 'backend.not-found')) return undefined;
    if (!isFailure(error, 'backend.input-output') || length === undefined) throw error;
    const { size } = await backend.stat(key, options);
    const bytes = Buffer.alloc(Math.min(size, length));
    let got = 0;
    for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
      try {
        const piece = await backend.load(key, { offset, length: Math.min(pieceBytes, bytes.length - offset) }, options);
        got += piece.copy(bytes, offset);
      } catch (cause) {
        if (!isFailure(cause, 'backend.input-output')) throw cause;
      }
    }
    if (got === 0) throw error;
    return bytes;
  }
}
