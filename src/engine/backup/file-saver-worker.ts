// One worker thread of a backup: reads whole files, cuts, claims, compresses, seals into its own pack. Everything here is
// synchronous, so that two files can never be in the chunker's memory at once.
import assert from 'node:assert/strict';
import { closeSync, readSync } from 'node:fs';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Cutter } from '../chunker/chunker.ts';
import { wasmChunker } from '../chunker/wasm-chunker.ts';
import { MasterKey } from '../crypto/master-key.ts';
import { Sealer } from '../crypto/seal.ts';
import { createTwinHasher } from '../crypto/twin-hash.ts';
import { openPosixFiles } from '../files/open-posix-files.ts';
import { compressionLevels, createCompressor } from '../format/compression.ts';
import type { PackId } from '../ids.ts';
import { BlobIndex } from '../repository/blob-index.ts';
import { BlobSealer } from '../repository/blob-sealer.ts';
import { newSharedPackBuffer, type PackBuffer, PackBuilder } from '../repository/pack-builder.ts';
import { toWire } from '../threads/wire-error.ts';
import { type HoleSkipper, holesOf } from './hole-skipper.ts';
import { readNewFile } from './new-file-reader.ts';
import { NewFilesPacker } from './new-files-wire.ts';
import type { NewFilesLook } from './new-files.ts';
import { openSource } from './open-source.ts';
import {
  controlWords,
  packResults,
  type FileResult,
  type FromWorker,
  type ToWorker,
  type WireFolder,
  type WorkerStart,
} from './worker-messages.ts';

const start = workerData as WorkerStart;
assert.ok(parentPort !== null);
const port = parentPort;
const masterKey = new MasterKey(Buffer.from(start.keyBytes.buffer));
const sealer = await Sealer.create(masterKey);
masterKey.wipe();
const blobSealer = new BlobSealer(sealer, await createCompressor(compressionLevels[start.compression]), start.sealing);
const index = new BlobIndex(start.index);
const cutter = new Cutter(wasmChunker(start.polynomial));
const control = new Int32Array(start.control);
const builder = new PackBuilder('data', newSharedPackBuffer());
// Hashes the pack beside the blobs that come after.
const hasher = await createTwinHasher();
const files = await openPosixFiles();
const packer = new NewFilesPacker();
// One pack fills while the other is on its way.
const maxBuffers = 2;
let buffers = 1;

port.on('message', (message: ToWorker) => {
  try {
    if (message.type === 'files') saveBatch(message.batch, message.paths);
    else if (message.type === 'new-files') saveNewFiles(message.batch, message.folders, message.look);
    else if (message.type === 'hand-over') handOver();
    else {
      blobSealer.close();
      sealer.wipe();
      port.close();
    }
  } catch (error) {
    // A claimed blob may be in no pack now: the whole run has to end.
    send({ type: 'broken', error: toWire(error) });
  }
});

// Nothing is moved: copying a few kilobytes costs less than telling two heaps about a buffer that changes hands.
function send(message: FromWorker): void {
  port.postMessage(message);
}

const cancelledFor = (batch: number) => (): boolean => Atomics.load(control, controlWords.cancelled) >= batch;

// After so many bytes the rest goes back, so that no worker is left with all the big files.
const newFilesBytes = 4 * 1024 * 1024;

function saveNewFiles(batch: number, folders: WireFolder[], look: NewFilesLook): void {
  const isCancelled = cancelledFor(batch);
  let bytes = 0;
  let isOver = false;
  packer.start(look.wantsStats);
  for (const { folder, names } of folders) {
    packer.nextFolder();
    for (const text of isOver ? [] : names.split('\0')) {
      const path = Buffer.from(folder + text, 'latin1');
      const found = readNewFile(path, path.subarray(folder.length), look, files, (fd, isWhole) =>
        readAndSave(fd, isCancelled, isWhole),
      );
      isOver = found === 'cancelled' || isCancelled();
      if (found === 'cancelled') break;
      packer.add(found);
      bytes += found?.size ?? 0;
      isOver ||= bytes >= newFilesBytes;
      if (isOver) break;
    }
  }
  send({ type: 'new-saved', batch, found: packer.finish() });
}

function saveBatch(batch: number, joined: Uint8Array<ArrayBuffer>): void {
  const isCancelled = cancelledFor(batch);
  const paths = Buffer.from(joined.buffer);
  const results: FileResult[] = [];
  for (let at = 0; at < paths.length; ) {
    const end = paths.indexOf(0, at);
    results.push(saveFile(paths.subarray(at, end), isCancelled));
    at = end + 1;
  }
  send({ type: 'saved', batch, results: packResults(results) });
}

function saveFile(path: Buffer, isCancelled: () => boolean): FileResult {
  if (isCancelled()) return 'cancelled';
  let fd: number;
  try {
    fd = openSource(path);
  } catch (error) {
    return { error: toWire(error) };
  }
  try {
    return readAndSave(fd, isCancelled);
  } finally {
    closeSync(fd);
  }
}

function readAndSave(fd: number, isCancelled: () => boolean, isWhole = (_bytes: number): boolean => false): FileResult {
  const digests: Buffer[] = [];
  const knownDigests: Buffer[] = [];
  const saved = { size: 0, newBlobs: 0, newBytes: 0, storedBytes: 0 };
  let holes: HoleSkipper | undefined;
  let cutBytes = 0;
  cutter.reset();
  for (let isEnd = false; !isEnd; ) {
    if (isCancelled()) return 'cancelled';
    let bytes: number;
    try {
      const space = cutter.space();
      // Without holes wherever it stands: there are files that cannot be read by place.
      bytes = readSync(fd, space, 0, space.length, holes === undefined ? null : saved.size);
      // Small files are not asked.
      if (saved.size === 0 && bytes === space.length) holes = holesOf(fd, files);
      isEnd = bytes === 0 || isWhole(saved.size + bytes);
    } catch (error) {
      return { error: toWire(error) };
    }
    cutter.filled(bytes);
    saved.size += bytes;
    for (let chunk = cutter.next(isEnd); chunk !== undefined; chunk = cutter.next(isEnd)) {
      const digest = hasher.digest(chunk);
      digests.push(digest);
      if (index.claim('data', digest)) {
        saved.newBlobs += 1;
        saved.newBytes += chunk.length;
        saved.storedBytes += builder.append(blobSealer, digest, chunk);
        if (builder.isFull) sendPack();
        else hasher.follow(builder.bytes);
      } else knownDigests.push(digest);
      const alike = isEnd ? 0 : (holes?.alikeAfter(cutBytes, chunk) ?? 0);
      cutBytes += chunk.length;
      if (alike === 0) continue;
      for (let n = 0; n < alike; n += 1) {
        digests.push(digest);
        knownDigests.push(digest);
      }
      cutBytes += alike * chunk.length;
      saved.size = cutBytes;
      cutter.reset();
      break;
    }
  }
  return { digests, knownDigests, ...saved };
}

function sendPack(): void {
  const { bytes, header } = builder.finish(sealer);
  const packId = hasher.finish(bytes) as PackId;
  send({ type: 'pack', bytes, header: new Uint8Array(header), packId });
  builder.reset(freeBuffer());
}

// Sleeps until the main thread has stored a pack of ours and gives its buffer back: this is what bounds our memory.
function freeBuffer(): PackBuffer {
  for (;;) {
    const seen = Atomics.load(control, controlWords.returned);
    const returned = receiveMessageOnPort(start.buffers);
    if (returned !== undefined) return new Uint8Array(returned.message as SharedArrayBuffer);
    if (buffers < maxBuffers) {
      buffers += 1;
      return newSharedPackBuffer();
    }
    Atomics.wait(control, controlWords.returned, seen);
  }
}

// A pack of some size goes as it is; what is less is joined with what others have left, so that no run leaves many small packs.
const ownPackBytes = 4 * 1024 * 1024;

function handOver(): void {
  if (builder.contents().bytes.length >= ownPackBytes) sendPack();
  const { bytes, header } = builder.contents();
  send({ type: 'handed-over', bytes: new Uint8Array(bytes), header: new Uint8Array(header) });
  builder.reset();
  hasher.reset();
}
