// scrypt by the mixer, in a thread of its own: the one that asks has other things to do meanwhile.
import { startThread, wholeBuffer } from '../threads/answering-thread.ts';
import type { ScryptCost } from './key-derivation.ts';
import { keyOfLanes, mixerBytes, unmixedLanes } from './scrypt-mixer.ts';

/** A thread's answer: the lanes mixed, or undefined where it cannot mix. */
export type MixedLanes = Uint8Array | undefined;

// Twice what OpenSSL needs for restic's usual cost.
const mixerBytesMax = 65 * 1024 * 1024;

/** The same 64 bytes as `scrypt` of node:crypto, or undefined where that is the better choice or the only one. */
export async function threadedScrypt(
  password: Uint8Array,
  salt: Uint8Array,
  cost: ScryptCost,
): Promise<Buffer | undefined> {
  const isPortable = process.env['ORBIT_PORTABLE'] === '1';
  // A single lane takes the mixer as long as OpenSSL.
  if (isPortable || cost.p === 1 || mixerBytes(cost) > mixerBytesMax) return undefined;
  const thread = startThread<Uint8Array, MixedLanes>(new URL('./scrypt-worker.ts', import.meta.url), {
    workerData: cost,
    moved: [],
    crashed: (cause) => new Error('the thread of a key derivation ended', { cause }),
  });
  const lanes = new Uint8Array(unmixedLanes(password, salt, cost));
  try {
    const mixed = await thread.ask(lanes, wholeBuffer(lanes));
    if (mixed === undefined) return undefined;
    const key = keyOfLanes(password, mixed);
    mixed.fill(0);
    return key;
  } catch {
    return undefined;
  } finally {
    void thread.close();
  }
}
