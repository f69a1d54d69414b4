// The plaintext of index, snapshot and lock files: bare JSON in version 1, a marked zstd frame in version 2.
import { createHash, hash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { RepositoryVersion } from './config.ts';
import { damagedFile } from './damage.ts';
import { frameStreams } from './frame-stream.ts';

const zstdMark = 0x02;
const level = 3;
// The largest index restic or rustic write is below 20 MB; a frame that promises more is an attack or damage.
const maxBytes = 512 * 1024 * 1024;

/** What is sealed for this JSON (restic internal/repository/repository.go, compressUnpacked). */
export function encodeUnpacked(json: Uint8Array, version: RepositoryVersion): Buffer {
  if (version === 1) return Buffer.from(json);
  const frame = zstdCompressSync(json, { params: { [constants.ZSTD_c_compressionLevel]: level } });
  return Buffer.concat([Buffer.of(zstdMark), frame]);
}

/** The same of JSON that is made a part at a time, and the SHA-256 of all its parts. */
export async function encodeUnpackedParts(
  parts: Iterable<Uint8Array>,
  version: RepositoryVersion,
): Promise<{ plaintext: Buffer; digest: string }> {
  if (version === 1) {
    const plaintext = Buffer.concat([...parts]);
    return { plaintext, digest: hash('sha256', plaintext) };
  }
  const writer = (await frameStreams()).start(level, Buffer.of(zstdMark));
  const digest = createHash('sha256');
  try {
    for (const part of parts) {
      digest.update(part);
      writer.write(part);
    }
    return { plaintext: writer.finish(), digest: digest.digest('hex') };
  } finally {
    writer.discard();
  }
}

/** Reads the JSON that this decodes to a part at a time; each part is valid until the next. @throws Failure `repository.damaged-file` */
export async function unpackedReader(file: string, plaintext: Buffer): Promise<() => Iterable<Buffer>> {
  if (plaintext[0] !== zstdMark) return () => [decodeUnpacked(file, plaintext)];
  const streams = await frameStreams();
  return function* parts() {
    try {
      yield* streams.content(plaintext.subarray(1), maxBytes);
    } catch (error) {
      throw damagedFile(file, 'it cannot be decompressed', error);
    }
  };
}

/** Undoes `encodeUnpacked`, of either version. @throws Failure `repository.damaged-file` */
export function decodeUnpacked(file: string, plaintext: Buffer): Buffer {
  const first = plaintext[0];
  if (first === 0x5b || first === 0x7b) return plaintext;
  if (first !== zstdMark) throw damagedFile(file, 'it starts neither as JSON nor as compressed JSON');
  try {
    return zstdDecompressSync(plaintext.subarray(1), { maxOutputLength: maxBytes });
  } catch (error) {
    throw damagedFile(file, 'it cannot be decompressed', error);
  }
}
