// Decides what pruning does, by restic's rules (restic internal/repository/prune.go). Pure: nothing is touched.
import type { PackId } from '../ids.ts';
import { chooseCopies } from './choose-copies.ts';
import { refuseUnsafePrune } from './prune-refusals.ts';
import type { PackUsage, RepositoryUsage, UnindexedPack } from './survey.ts';

/** How much unused data may stay: a share of what is left (0.05 is 5 %), bytes, or any. */
export type MaxUnused = { share: number } | { bytes: number } | 'unlimited';

/** How far pruning goes. */
export interface PruneOptions {
  /** Default 5 %. */
  maxUnused?: MaxUnused;
  /** Packs are rewritten up to so many bytes; what is left over waits for the next time. Default: no limit. */
  maxRepackBytes?: number;
  /** Packs that no index names stay until they are so old, where the place tells their age. Default: a day. */
  graceMs?: number;
  now: Date;
}

/** What a plan does in numbers. Bytes are stored bytes. */
export interface PruneNumbers {
  packs: {
    total: number;
    keep: number;
    repack: number;
    remove: number;
    leftovers: number;
    waiting: number;
    forgotten: number;
  };
  blobs: { total: number; used: number; unused: number; duplicate: number };
  bytes: {
    total: number;
    used: number;
    /** Reached by no snapshot, and further copies of what is reached. */
    unused: number;
    leftovers: number;
    /** Read and written anew. */
    repack: number;
    /** Given back by this plan. */
    freed: number;
    /** Unused data that stays. */
    unusedAfter: number;
  };
}

/** What pruning will do. */
export interface PrunePlan {
  /** In no index: removed first. */
  leftovers: PackId[];
  /** In no index and so young that a writer without a lock might still need them: left alone. */
  waiting: PackId[];
  /** Their used blobs are carried into new packs, then they are removed. */
  repack: Set<PackId>;
  /** No blob of them is needed. */
  remove: Set<PackId>;
  /** Missing, and not needed: taken out of the index. */
  forget: Set<PackId>;
  /** By a blob's number: 1 when it must be carried over from the packs in `repack`. */
  carry: Uint8Array;
  numbers: PruneNumbers;
}

/** The sums of a pack: bytes of blobs that are needed from it, header included, and the rest. */
interface Judged {
  pack: PackUsage;
  usedBlobs: number;
  usedBytes: number;
  unusedBytes: number;
}

const dayMs = 86_400_000;
const minPackBytes = 4 * 1024 * 1024;
// Fewer small packs are not worth the trouble; and a single one would be rewritten for ever.
const smallPacksWorthIt = 10;

/**
 * Plans.
 * @throws Failure `prune.disputed`, `prune.blobs-missing`, `prune.packs-missing`, `prune.pack-size` when the repository is not sound
 */
export function planPrune(usage: RepositoryUsage, options: PruneOptions): PrunePlan {
  const copies = chooseCopies(usage);
  refuseUnsafePrune(usage, copies);
  const judged = usage.packs.map((pack, number) => judge(usage, copies, pack, number));
  const there = judged.filter(({ pack }) => pack.storedBytes !== undefined);
  const remove = there.filter(({ usedBlobs }) => usedBlobs === 0);
  const forget = judged.filter(({ pack }) => pack.storedBytes === undefined);
  const repack = chooseRepack(
    usage,
    there.filter(({ usedBlobs }) => usedBlobs > 0),
    sum(judged, ({ usedBytes }) => usedBytes),
    sum(judged, ({ unusedBytes }) => unusedBytes) - sum([...remove, ...forget], ({ unusedBytes }) => unusedBytes),
    options,
  );
  const { leftovers, waiting } = sortUnindexed(usage.unindexed, options);
  const ids = (list: Judged[]): Set<PackId> => new Set(list.map(({ pack }) => pack.id));
  const plan = { leftovers, waiting, repack: ids(repack), remove: ids(remove), forget: ids(forget) };
  const carry = blobsToCarry(usage, plan);
  return { ...plan, carry, numbers: count(usage, plan, { judged, repack, remove, forget }) };
}

function judge(usage: RepositoryUsage, copies: Uint32Array, pack: PackUsage, packNumber: number): Judged {
  let usedBlobs = 0;
  let unusedBytes = 0;
  const counted = new Set<number>();
  for (let place = pack.first; place < pack.end; place += 1) {
    const blob = usage.placeBlobs[place] ?? 0;
    // The same blob may lie twice in one pack: one of them is enough.
    const isNeeded = copies[blob] === packNumber && !counted.has(blob);
    counted.add(blob);
    if (isNeeded) usedBlobs += 1;
    else unusedBytes += usage.placeLengths[place] ?? 0;
  }
  return { pack, usedBlobs, usedBytes: pack.bytes - unusedBytes, unusedBytes };
}

function chooseRepack(
  usage: RepositoryUsage,
  packs: Judged[],
  usedBytes: number,
  unusedBytes: number,
  options: PruneOptions,
): Judged[] {
  const smallBytes = smallPackBytes(usage.packs);
  const mustCompress = ({ pack }: Judged): boolean => usage.version >= 2 && pack.type === 'tree' && pack.hasRawTrees;
  const isPerfect = (judged: Judged): boolean =>
    judged.unusedBytes === 0 && judged.pack.type !== 'mixed' && !mustCompress(judged);
  const isSmall = ({ pack }: Judged): boolean => pack.bytes < smallBytes;
  const small = packs.filter((judged) => isPerfect(judged) && isSmall(judged));
  const candidates = packs.filter((judged) => !isPerfect(judged));
  if (small.length >= smallPacksWorthIt) candidates.push(...small);
  // Trees first, they are read most; then small packs; then where most is to be gained.
  const rank = (judged: Judged): number => (judged.pack.type !== 'data' ? 0 : isSmall(judged) ? 1 : 2);
  const waste = ({ unusedBytes: bytes, pack }: Judged): number => bytes / pack.bytes;
  candidates.sort((a, b) => rank(a) - rank(b) || waste(b) - waste(a) || (a.pack.id < b.pack.id ? -1 : 1));

  const unusedMax = maxUnusedBytes(options.maxUnused ?? { share: 0.05 }, usedBytes);
  const chosen: Judged[] = [];
  let repacked = 0;
  let left = unusedBytes;
  for (const candidate of candidates) {
    if (repacked + candidate.pack.bytes >= (options.maxRepackBytes ?? Infinity)) continue;
    const isUrgent = candidate.pack.type !== 'data' || mustCompress(candidate) || isSmall(candidate);
    if (!isUrgent && left < unusedMax) continue;
    if (!isUrgent && candidate.unusedBytes === 0) continue;
    chosen.push(candidate);
    repacked += candidate.pack.bytes;
    left -= candidate.unusedBytes;
  }
  return chosen;
}

/** How many unused bytes may stay beside so many used ones. */
export function maxUnusedBytes(maxUnused: MaxUnused, usedBytes: number): number {
  if (maxUnused === 'unlimited') return Infinity;
  if ('bytes' in maxUnused) return maxUnused.bytes;
  return maxUnused.share >= 1 ? Infinity : (usedBytes * maxUnused.share) / (1 - maxUnused.share);
}

// restic's measure: four fifths of the larger of 4 MiB and the size below which 3 % of all packs are.
function smallPackBytes(packs: PackUsage[]): number {
  const sizes = packs.map(({ bytes }) => bytes).sort((a, b) => a - b);
  return (Math.max(minPackBytes, sizes[Math.floor((sizes.length * 3) / 100)] ?? 0) * 4) / 5;
}

function sortUnindexed(
  unindexed: UnindexedPack[],
  { graceMs = dayMs, now }: PruneOptions,
): Pick<PrunePlan, 'leftovers' | 'waiting'> {
  const isYoung = ({ storedAt }: UnindexedPack): boolean =>
    storedAt !== undefined && now.getTime() - storedAt.getTime() < graceMs;
  const ids = (packs: UnindexedPack[]): PackId[] => packs.map(({ id }) => id);
  return {
    leftovers: ids(unindexed.filter((pack) => !isYoung(pack))),
    waiting: ids(unindexed.filter(isYoung)),
  };
}

// Everything a snapshot reaches, unless a pack that stays holds it.
function blobsToCarry(usage: RepositoryUsage, plan: Pick<PrunePlan, 'repack' | 'remove' | 'forget'>): Uint8Array {
  const carry = new Uint8Array(usage.isUsed);
  for (const pack of usage.packs) {
    if (plan.repack.has(pack.id) || plan.remove.has(pack.id) || plan.forget.has(pack.id)) continue;
    for (let place = pack.first; place < pack.end; place += 1) carry[usage.placeBlobs[place] ?? 0] = 0;
  }
  return carry;
}

function count(
  usage: RepositoryUsage,
  plan: Pick<PrunePlan, 'leftovers' | 'waiting'>,
  { judged, repack, remove, forget }: Record<'judged' | 'repack' | 'remove' | 'forget', Judged[]>,
): PruneNumbers {
  const leftoverIds = new Set(plan.leftovers);
  const leftoverBytes = sum(usage.unindexed, ({ id, bytes }) => (leftoverIds.has(id) ? bytes : 0));
  const stored = sum(usage.packs, ({ storedBytes = 0 }) => storedBytes);
  const used = usage.isUsed.reduce((all, isUsed) => all + isUsed, 0);
  const places = usage.placeBlobs.length;
  const reached = usage.placeBlobs.reduce((all, blob) => all + (usage.isUsed[blob] ?? 0), 0);
  const there = judged.filter(({ pack }) => pack.storedBytes !== undefined);
  const unusedBytes = sum(there, ({ unusedBytes: bytes }) => bytes);
  const removedBytes = sum(remove, ({ pack }) => pack.storedBytes ?? 0);
  const repackedAway = sum(repack, (each) => each.unusedBytes);
  const unusedAfter = unusedBytes - sum([...remove, ...repack], (each) => each.unusedBytes);
  return {
    packs: {
      total: there.length + usage.unindexed.length,
      keep: there.length - repack.length - remove.length,
      repack: repack.length,
      remove: remove.length,
      leftovers: plan.leftovers.length,
      waiting: plan.waiting.length,
      forgotten: forget.length,
    },
    blobs: { total: places, used, unused: places - reached, duplicate: reached - used },
    bytes: {
      total: stored + sum(usage.unindexed, ({ bytes }) => bytes),
      used: stored - unusedBytes,
      unused: unusedBytes,
      leftovers: leftoverBytes,
      repack: sum(repack, ({ pack }) => pack.bytes),
      freed: removedBytes + repackedAway + leftoverBytes,
      unusedAfter,
    },
  };
}

function sum<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((all, item) => all + of(item), 0);
}
