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

/** The thread's side: a sealer, and nothing left of the bytes. */
export async function sealerOfLentKey({ keyBytes }: LentKey): Promise<Sealer> {
  const masterKey = new MasterKey(Buffer.from(keyBytes.buffer));
  const sealer = await Sealer.create(masterKey);
  masterKey.wipe();
  return sealer;
}
