// KdbxCrypto by WebCrypto, the browser's own gzip, and noble's JavaScript where browsers have nothing (Argon2, ChaCha20).
import { chacha20 } from '@noble/ciphers/chacha.js';
import { argon2dAsync, argon2idAsync } from '@noble/hashes/argon2.js';
import { concatBytes } from '../../src/kdbx/bytes.ts';
import type { ByteStream, KdbxCrypto } from '../../src/kdbx/kdbx-crypto.ts';

const pieceBytes = 1024 * 1024;

/** `waiting` hears how far a slow key derivation is, from 0 to 1. */
export function browserCrypto(waiting: (part: number) => void = () => {}): KdbxCrypto {
  return {
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    sha256: (...parts) => digest('SHA-256', parts),
    sha512: (...parts) => digest('SHA-512', parts),
    hmacSha256,
    aesCbc,
    chacha20: wholeChacha20,
    aesRepeated: (key, block, rounds) => aesRepeated(key, block, rounds, waiting),
    async argon2({ kind, password, salt, memoryKiB, passes, parallelism, secret, associatedData }) {
      const derive = kind === 'argon2id' ? argon2idAsync : argon2dAsync;
      return derive(password, salt, {
        m: memoryKiB,
        t: passes,
        p: parallelism,
        dkLen: 32,
        onProgress: waiting,
        ...(secret === undefined ? {} : { key: secret }),
        ...(associatedData === undefined ? {} : { personalization: associatedData }),
      });
    },
    gzip: (data) => through(new CompressionStream('gzip'), data),
    gunzip: (data) => through(new DecompressionStream('gzip'), data),
  };
}

async function digest(algorithm: string, parts: Uint8Array[]): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(algorithm, joined(parts)));
}

async function hmacSha256(key: Uint8Array, ...parts: Uint8Array[]): Promise<Uint8Array> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', joined([key]), hmac, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, joined(parts)));
}

// WebCrypto takes a message as a whole only; the text that comes out is given on in pieces.
async function* aesCbc(direction: 'seal' | 'open', key: Uint8Array, iv: Uint8Array, data: ByteStream): ByteStream {
  const usage = direction === 'seal' ? 'encrypt' : 'decrypt';
  const imported = await crypto.subtle.importKey('raw', joined([key]), 'AES-CBC', false, [usage]);
  const result = await crypto.subtle[usage](
    { name: 'AES-CBC', iv: joined([iv]) },
    imported,
    joined(await collect(data)),
  );
  yield* inPieces(new Uint8Array(result));
}

async function* wholeChacha20(key: Uint8Array, nonce: Uint8Array, data: ByteStream): ByteStream {
  yield* inPieces(chacha20(key, nonce, joined(await collect(data))));
}

async function aesRepeated(
  key: Uint8Array,
  block: Uint8Array,
  rounds: number,
  waiting: (part: number) => void,
): Promise<Uint8Array> {
  const imported = await crypto.subtle.importKey('raw', joined([key]), 'AES-CBC', false, ['encrypt']);
  let last = joined([block]);
  const step = pieceBytes / 16;
  for (let done = 0; done < rounds; done += step) {
    const zeros = new Uint8Array(Math.min(step, rounds - done) * 16);
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CBC', iv: last }, imported, zeros));
    // One more block follows the text: the padding.
    last = sealed.slice(zeros.length - 16, zeros.length);
    waiting(Math.min(1, (done + step) / rounds));
  }
  return last;
}

async function* through(
  transform: { readable: ReadableStream<Uint8Array>; writable: WritableStream<Uint8Array<ArrayBuffer>> },
  data: ByteStream,
): ByteStream {
  const writer = transform.writable.getWriter();
  const feeding = (async () => {
    try {
      for await (const piece of data) await writer.write(joined([piece]));
      await writer.close();
    } catch (error) {
      await writer.abort(error).catch(() => {});
      throw error;
    }
  })();
  // The loop below sees the same error; this only keeps it from being reported as unhandled.
  feeding.catch(() => {});
  const reader = transform.readable.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    await feeding;
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function collect(data: ByteStream): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of data) pieces.push(piece);
  return pieces;
}

function* inPieces(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
}

// WebCrypto does not take views of memory that other threads could share, and the type of a view does not tell.
function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const [only] = parts;
  if (parts.length === 1 && only?.buffer instanceof ArrayBuffer) return only as Uint8Array<ArrayBuffer>;
  return concatBytes(parts) as Uint8Array<ArrayBuffer>;
}
