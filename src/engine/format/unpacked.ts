// The plaintext of index, snapshot and lock files: bare JSON in version 1, a marked zstd frame in version 2.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { RepositoryVersion } from './config.ts';
import { damagedFile } from './damage.ts';

const zstdMark = 0x02;
// The largest index restic or rustic write is below 20 MB; a frame that promises more is an attack or damage.
const maxBytes = 512 * 1024 * 1024;

/** What is sealed for this JSON (restic internal/repository/repository.go, compressUnpacked). */
export function encodeUnpacked(json: Uint8Array, version: RepositoryVersion): Buffer {
  if (version === 1) return Buffer.from(json);
  const frame = zstdCompressSync(json, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  return Buffer.concat([Buffer.of(zstdMark), frame]);
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
