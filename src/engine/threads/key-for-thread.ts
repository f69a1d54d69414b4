// Lends a repository's key to a thread, which forgets it as soon as it has its cipher.
import { MasterKey } from '../crypto/master-key.ts';
import { Sealer } from '../crypto/seal.ts';

/** A copy of the key on its way. */
export interface LentKey {
  keyBytes: Uint8Array<ArrayBuffer>;
}

/** This side: what goes into a thread's `workerData`, and must be moved, not copied. */
export function lendKey(masterKey: MasterKey): { workerData: LentKey; moved: ArrayBuffer[] } {
  const keyBytes = masterKey.copyBytes();
  return { workerData: { keyBytes }, moved: [keyBytes.buffer] };
}

/** The keys of two repositories on their way to a thread that seals anew from one for the other. */
export interface LentKeys {
  from: LentKey;
  to: LentKey;
}

/** The same of two keys. */
export function lendKeys(fromKey: MasterKey, toKey: MasterKey): { workerData: LentKeys; moved: ArrayBuffer[] } {
  const [from, to] = [lendKey(fromKey), lendKey(toKey)];
  return { workerData: { from: from.workerData, to: to.workerData }, moved: [...from.moved, ...to.moved] };
}

/** The thread's side: a sealer, and nothing left of the bytes. */
export async function sealerOfLentKey({ keyBytes }: LentKey): Promise<Sealer> {
  const masterKey = new MasterKey(Buffer.from(keyBytes.buffer));
  const sealer = await Sealer.create(masterKey);
  masterKey.wipe();
  return sealer;
}

/** The same of two keys. */
export async function sealersOfLentKeys({ from, to }: LentKeys): Promise<[Sealer, Sealer]> {
  return [await sealerOfLentKey(from), await sealerOfLentKey(to)];
}
