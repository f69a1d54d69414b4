// KdbxCrypto by Node's OpenSSL and zlib.
import {
  argon2 as nodeArgon2,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
} from 'node:crypto';
import type { Transform } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createGunzip, createGzip } from 'node:zlib';
import type { Argon2Request, ByteStream, KdbxCrypto } from './kdbx-crypto.ts';

const argon2 = promisify(nodeArgon2);
const pieceSize = 256 * 1024;

/** The cryptography of this machine. Nothing here blocks the event loop for longer than a few milliseconds. */
export const nodeCrypto: KdbxCrypto = {
  randomBytes: (count) => new Uint8Array(randomBytes(count)),
  sha256: async (...parts) => digest('sha256', parts),
  sha512: async (...parts) => digest('sha512', parts),
  async hmacSha256(key, ...parts) {
    const hmac = createHmac('sha256', key);
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  },
  aesCbc: (direction, key, iv, data) =>
    throughCipher(
      direction === 'seal' ? createCipheriv('aes-256-cbc', key, iv) : createDecipheriv('aes-256-cbc', key, iv),
      data,
    ),
  // OpenSSL's IV for ChaCha20 is the block number (32 bits, little-endian) and then the nonce.
  chacha20: (key, nonce, data) =>
    throughCipher(createCipheriv('chacha20', key, Buffer.concat([Buffer.alloc(4), nonce])), data),
  aesRepeated,
  argon2: deriveArgon2,
  // Level 2 is within a few per cent of level 6 on such XML, whose values hardly shrink, at a third of the time.
  gzip: (data) => throughTransform(createGzip({ level: 2, chunkSize: pieceSize }), data),
  gunzip: (data) => throughTransform(createGunzip({ chunkSize: pieceSize }), data),
};

function digest(algorithm: 'sha256' | 'sha512', parts: Uint8Array[]): Uint8Array {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

interface Cipher {
  update(data: Uint8Array): Buffer;
  final(): Buffer;
}

async function* throughCipher(cipher: Cipher, data: ByteStream): ByteStream {
  for await (const piece of data) yield cipher.update(piece);
  yield cipher.final();
}

async function* throughTransform(transform: Transform, data: ByteStream): ByteStream {
  const feeding = feed(transform, data);
  // The loop below sees the same error.
  feeding.catch((error: unknown) => transform.destroy(error as Error));
  try {
    for await (const piece of transform) yield piece as Uint8Array;
    await feeding;
  } finally {
    transform.destroy();
  }
}

// The next piece is asked for when the one before the last was taken, so that one is made while another is worked on.
async function feed(transform: Transform, data: ByteStream): Promise<void> {
  let before = Promise.resolve();
  for await (const piece of data) {
    const taken = new Promise<void>((resolve, reject) => {
      transform.write(piece, (error) => (error ? reject(error) : resolve()));
    });
    // It is waited for one piece later.
    taken.catch(() => {});
    await before;
    before = taken;
  }
  await before;
  transform.end();
}

async function aesRepeated(key: Uint8Array, block: Uint8Array, rounds: number): Promise<Uint8Array> {
  const zeros = Buffer.alloc(1024 * 1024);
  const cipher = createCipheriv('aes-256-cbc', key, block).setAutoPadding(false);
  let last = Buffer.from(block);
  for (let left = rounds * 16; left > 0; left -= zeros.length) {
    const sealed = cipher.update(left >= zeros.length ? zeros : zeros.subarray(0, left));
    last = Buffer.from(sealed.subarray(-16));
    if (left > zeros.length) await nextTurn();
  }
  return last;
}

async function deriveArgon2(request: Argon2Request): Promise<Uint8Array> {
  return argon2(request.kind, {
    message: request.password,
    nonce: request.salt,
    parallelism: request.parallelism,
    tagLength: 32,
    memory: request.memoryKiB,
    passes: request.passes,
    ...(request.secret === undefined ? {} : { secret: request.secret }),
    ...(request.associatedData === undefined ? {} : { associatedData: request.associatedData }),
  });
}
