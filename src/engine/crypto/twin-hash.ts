// SHA-256 of blobs and, at the same time, of the pack they lie in: the format asks for both, and a processor does two at once
// quicker than one after the other. Which implementation does it here: the fast one when it proves itself, else the plain one.
import { hash } from 'node:crypto';
import { nativeTwinHasher } from './native-twin-hash.ts';

/**
 * Hashes messages whole, and one stream beside them, the bytes of which lie in a buffer that fills up.
 * Not for use by two threads at once.
 */
export interface TwinHasher {
  /** `native` uses both lanes, `portable` hashes the stream at its end. */
  name: 'native' | 'portable';
  /** SHA-256 of the message. The stream may move on meanwhile. */
  digest(message: Uint8Array): Buffer;
  /** The stream holds these bytes now: those of before, unchanged, and more behind them. They may lie elsewhere than before. */
  follow(stream: Uint8Array): void;
  /** SHA-256 of the stream, which is `stream` whole, in hexadecimal. The next `follow` begins another one. */
  finish(stream: Uint8Array): string;
  /** Forgets the stream. */
  reset(): void;
}

/** The fastest that hashes rightly on this machine. ORBIT_PORTABLE=1 asks for the portable one. */
export async function createTwinHasher(): Promise<TwinHasher> {
  if (process.env['ORBIT_PORTABLE'] !== '1') {
    const native = await nativeTwinHasher();
    if (native !== undefined && hashesRightly(native)) return native;
  }
  return portableTwinHasher();
}

/** node:crypto alone. */
export function portableTwinHasher(): TwinHasher {
  return {
    name: 'portable',
    digest: (message) => hash('sha256', message, 'buffer'),
    follow() {},
    finish: (stream) => hash('sha256', stream),
    reset() {},
  };
}

/** True when messages and streams of all kinds of lengths get the digests that node:crypto gives them. */
export function hashesRightly(hasher: TwinHasher): boolean {
  try {
    const bytes = Buffer.alloc(96 * 1024, 'neither all the same nor of a length that divides a block');
    const messages = [0, 1, 55, 56, 63, 64, 65, 4096, 20_001, 65_536].map((length) => bytes.subarray(7, 7 + length));
    return [0, 63, 64, 8191, 50_000].every((streamed, at) => {
      hasher.follow(bytes.subarray(0, streamed));
      const isRight = messages.every((message) => hasher.digest(message).equals(hash('sha256', message, 'buffer')));
      const whole = bytes.subarray(0, streamed + at * 31);
      return isRight && hasher.finish(whole) === hash('sha256', whole);
    });
  } catch {
    return false;
  }
}
