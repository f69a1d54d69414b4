// The same blob may lie in several packs: two writers stored it at once, or an earlier prune was interrupted. One copy is
// needed; which one decides how much must be rewritten.
import type { PackUsage, RepositoryUsage } from './survey.ts';

/** Stands for: no pack holds it, or nobody needs it. */
export const noPack = 0xffff_ffff;

/**
 * For each blob the number of the pack it is needed from, `noPack` for one that nobody needs or no pack holds. A pack that is
 * missing or of the wrong size comes last, so that whatever lies elsewhere too is not lost with it. First come packs of
 * which everything is used, such as those an interrupted prune wrote; then packs that hold the only copy of something;
 * then larger ones.
 */
export function chooseCopies(usage: RepositoryUsage): Uint32Array {
  const { packs, placeBlobs, isUsed } = usage;
  const copyCount = countCopies(usage);
  const ranks = packs.map((pack) => rankOf(pack, usage, copyCount));
  const order = packs.map((_, number) => number);
  order.sort((a, b) => {
    const [left, right] = [packs[a], packs[b]];
    if (left === undefined || right === undefined) return 0;
    return (ranks[a] ?? 0) - (ranks[b] ?? 0) || right.bytes - left.bytes || (left.id < right.id ? -1 : 1);
  });
  const chosen = new Uint32Array(isUsed.length).fill(noPack);
  for (const number of order) {
    const pack = packs[number];
    for (let place = pack?.first ?? 0; place < (pack?.end ?? 0); place += 1) {
      const blob = placeBlobs[place] ?? 0;
      if (isUsed[blob] === 1 && chosen[blob] === noPack) chosen[blob] = number;
    }
  }
  return chosen;
}

function countCopies({ placeBlobs, isUsed }: RepositoryUsage): Uint8Array {
  const copies = new Uint8Array(isUsed.length);
  for (const blob of placeBlobs) copies[blob] = Math.min((copies[blob] ?? 0) + 1, 255);
  return copies;
}

function rankOf(pack: PackUsage, { placeBlobs, isUsed }: RepositoryUsage, copies: Uint8Array): number {
  if (pack.storedBytes !== pack.bytes) return 3;
  let isWholeUsed = true;
  let holdsOnlyCopy = false;
  for (let place = pack.first; place < pack.end; place += 1) {
    const blob = placeBlobs[place] ?? 0;
    if (isUsed[blob] !== 1) isWholeUsed = false;
    else if (copies[blob] === 1) holdsOnlyCopy = true;
  }
  return isWholeUsed ? 0 : holdsOnlyCopy ? 1 : 2;
}
