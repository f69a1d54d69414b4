// Seals a blob anew for another repository, as it is: what was compressed stays compressed.
import type { Sealer } from '../crypto/seal.ts';

/** The blob under the other key, proved to open to the same bytes; undefined when it does not open, before or after. */
export function reseal(sealed: Uint8Array, from: Sealer, to: Sealer): Buffer | undefined {
  const content = from.open(sealed);
  if (content === undefined) return undefined;
  const resealed = to.seal(content);
  return to.open(resealed)?.equals(content) === true ? resealed : undefined;
}
