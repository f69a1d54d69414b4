import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../../test/support/seeded.ts';
import { failure } from '../../../test/support/failures.ts';
import type { BlobId, PackId, SnapshotId } from '../ids.ts';
import { maxUnusedBytes, planPrune, type MaxUnused, type PruneOptions, type PrunePlan } from './plan-prune.ts';
import type { PackUsage, RepositoryUsage, UnindexedPack } from './survey.ts';

const now = new Date('2026-11-23T12:00:00Z');
const header = 100;
const mib = 1024 * 1024;

interface Pack {
  /** Numbers of blobs; each counts `bytes`. */
  blobs: number[];
  bytes?: number;
  type?: PackUsage['type'];
  hasRawTrees?: boolean;
  /** Stored bytes beyond what they should be; missing when undefined is given. */
  stored?: number | 'missing';
}

function usageOf(packs: Pack[], used: number[], rest: Partial<RepositoryUsage> = {}): RepositoryUsage {
  const count = Math.max(0, ...used, ...packs.flatMap(({ blobs }) => blobs)) + 1;
  let first = 0;
  const list = packs.map(
    ({ blobs, bytes = mib, type = 'data', hasRawTrees = false, stored = 0 }, number): PackUsage => {
      const size = blobs.length * bytes + header;
      const pack = { id: `pack${number}` as PackId, type, bytes: size, hasRawTrees, first, end: first + blobs.length };
      first = pack.end;
      return { ...pack, storedBytes: stored === 'missing' ? undefined : size + stored };
    },
  );
  return {
    version: 2,
    packs: list,
    placeBlobs: Uint32Array.from(packs.flatMap(({ blobs }) => blobs)),
    placeLengths: Uint32Array.from(packs.flatMap(({ blobs, bytes = mib }) => blobs.map(() => bytes))),
    isUsed: Uint8Array.from({ length: count }, (_, blob) => (used.includes(blob) ? 1 : 0)),
    unindexed: [],
    missing: [],
    missingCount: 0,
    disputed: [],
    ...rest,
  };
}

const plan = (packs: Pack[], used: number[], options: Partial<PruneOptions> = {}, rest = {}): PrunePlan =>
  planPrune(usageOf(packs, used, rest), { now, ...options });
const numbersOf = (ids: Iterable<PackId>): number[] => [...ids].map((id) => Number(id.slice(4))).sort((a, b) => a - b);
const carried = ({ carry }: PrunePlan): number[] => [...carry].flatMap((isCarried, blob) => (isCarried ? [blob] : []));

test('a pack of which nothing is used goes, one of which all is used stays, one between is rewritten', () => {
  const got = plan([{ blobs: [0, 1, 2, 3] }, { blobs: [4, 5, 6, 7] }, { blobs: [8, 9, 10, 11] }], [4, 5, 6, 7, 8]);
  assert.deepEqual([numbersOf(got.remove), numbersOf(got.repack), carried(got)], [[0], [2], [8]]);
  assert.equal(got.numbers.bytes.freed, 4 * mib + header + 3 * mib);
  assert.equal(got.numbers.bytes.unusedAfter, 0);
});

test('unused data may stay up to the limit, and most waste goes first', () => {
  const packs = [{ blobs: [0, 1, 2, 3] }, { blobs: [4, 5, 6, 7] }, { blobs: [8, 9, 10, 11] }];
  const used = [0, 1, 2, 4, 8, 9, 10, 11];
  const repacked = (maxUnused: MaxUnused): number[] => numbersOf(plan(packs, used, { maxUnused }).repack);
  assert.deepEqual(repacked('unlimited'), []);
  assert.deepEqual(repacked({ bytes: 2 * mib }), [1]);
  assert.deepEqual(repacked({ bytes: 0 }), [0, 1]);
  assert.deepEqual(repacked({ share: 0.05 }), [0, 1]);
  assert.equal(maxUnusedBytes({ share: 0.05 }, 95), 5);
  assert.equal(maxUnusedBytes({ share: 1 }, 95), Infinity);
});

test('no more than the allowed bytes are rewritten, and with none the packs that nobody needs still go', () => {
  const packs = [{ blobs: [0, 1, 2, 3] }, { blobs: [4, 5, 6, 7] }, { blobs: [8, 9, 10, 11] }];
  const got = plan(packs, [0, 4], { maxRepackBytes: 6 * mib });
  assert.equal(got.repack.size, 1);
  const none = plan(packs, [0, 4], { maxRepackBytes: 0 });
  assert.deepEqual([none.repack.size, numbersOf(none.remove)], [0, [2]]);
});

test('of copies one is kept: in the pack of which all is used, such as an interrupted prune leaves', () => {
  const got = plan([{ blobs: [0, 1, 2, 3, 4] }, { blobs: [0, 1, 2, 3] }], [0, 1, 2, 3]);
  assert.deepEqual([numbersOf(got.remove), numbersOf(got.repack)], [[0], []]);
  assert.equal(got.numbers.blobs.duplicate, 4);
});

test('a damaged pack whose blobs lie elsewhere too is not needed', () => {
  const lost = plan([{ blobs: [0, 1, 2, 3], stored: 'missing' }, { blobs: [0, 1, 2, 3, 4] }], [0, 1, 2, 3, 4]);
  assert.deepEqual([numbersOf(lost.forget), lost.repack.size], [[0], 0]);
  const torn = plan([{ blobs: [0, 1, 2, 3], stored: -7 }, { blobs: [0, 1, 2, 3, 4] }], [0, 1, 2, 3, 4]);
  assert.deepEqual(numbersOf(torn.remove), [0]);
});

test('a repository that is not sound is refused, with the reason', () => {
  const packs: Pack[] = [{ blobs: [0, 1], stored: 'missing' }];
  assert.throws(() => plan(packs, [0]), failure('prune.packs-missing', /pack0/));
  assert.throws(() => plan([{ blobs: [0, 1], stored: 3 }], [0]), failure('prune.pack-size', /pack0/));
  const missing = [{ type: 'data', id: 'b' as BlobId, snapshot: '12345678ff' as SnapshotId, path: '/etc/shadow' }];
  assert.throws(
    () => plan([{ blobs: [0] }], [0], {}, { missing, missingCount: 3 }),
    failure('prune.blobs-missing', /3 blob.*\/etc\/shadow of snapshot 12345678/s),
  );
  assert.throws(() => plan([{ blobs: [0] }], [0], {}, { disputed: ['pack0'] }), failure('prune.disputed'));
});

test('missing or torn packs that nobody needs are no reason to refuse', () => {
  const got = plan(
    [{ blobs: [0], stored: 'missing' }, { blobs: [1], stored: 9 }, { blobs: [2, 3, 4, 5] }],
    [2, 3, 4, 5],
  );
  assert.deepEqual([numbersOf(got.forget), numbersOf(got.remove)], [[0], [1]]);
});

test('mixed packs and trees that are not compressed are rewritten, small packs only when there are ten', () => {
  const whole = [0, 1, 2, 3];
  assert.equal(plan([{ blobs: whole, type: 'mixed' }], whole).repack.size, 1);
  assert.equal(plan([{ blobs: whole, type: 'tree', hasRawTrees: true }], whole).repack.size, 1);
  assert.equal(plan([{ blobs: whole, type: 'tree', hasRawTrees: true }], whole, {}, { version: 1 }).repack.size, 0);
  const small = (count: number): number => {
    const blobs = Array.from({ length: count }, (_, blob) => blob);
    return plan(
      blobs.map((blob) => ({ blobs: [blob], bytes: 1000 })),
      blobs,
    ).repack.size;
  };
  assert.deepEqual([small(9), small(10)], [0, 10]);
});

test('packs in no index go when they are older than the grace, or when the place tells no age', () => {
  const unindexed: UnindexedPack[] = [
    { id: 'pack7' as PackId, bytes: 5, storedAt: new Date(now.getTime() - 3_600_000) },
    { id: 'pack8' as PackId, bytes: 6, storedAt: new Date(now.getTime() - 48 * 3_600_000) },
    { id: 'pack9' as PackId, bytes: 7 },
  ];
  const got = plan([{ blobs: [0, 1, 2, 3] }], [0, 1, 2, 3], {}, { unindexed });
  assert.deepEqual([numbersOf(got.leftovers), numbersOf(got.waiting)], [[8, 9], [7]]);
  assert.equal(got.numbers.bytes.freed, 13);
  const impatient = plan([{ blobs: [0, 1, 2, 3] }], [0, 1, 2, 3], { graceMs: 0 }, { unindexed });
  assert.deepEqual(numbersOf(impatient.leftovers), [7, 8, 9]);
});

const randomPacks = fc.array(
  fc.record({
    blobs: fc.array(fc.nat(30), { minLength: 1, maxLength: 8 }),
    bytes: fc.constantFrom(1000, mib),
    type: fc.constantFrom<PackUsage['type']>('data', 'tree', 'mixed'),
    hasRawTrees: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);
const randomOptions = fc.record({
  maxUnused: fc.constantFrom<MaxUnused>('unlimited', { share: 0.05 }, { bytes: 0 }, { bytes: 3 * mib }),
  maxRepackBytes: fc.constantFrom(0, 2 * mib, Infinity),
});

test('whatever a snapshot reaches is afterwards in a pack that stays, or is carried out of one that goes', () => {
  fc.assert(
    fc.property(randomPacks, fc.array(fc.nat(30)), randomOptions, (packs, wanted, options) => {
      const there = new Set(packs.flatMap(({ blobs }) => blobs));
      const used = wanted.filter((blob) => there.has(blob));
      const got = plan(packs, used, options);
      const goes = (number: number, ...sets: Set<PackId>[]): boolean =>
        sets.some((set) => set.has(`pack${number}` as PackId));
      for (const blob of used) {
        const holders = packs.flatMap(({ blobs }, number) => (blobs.includes(blob) ? [number] : []));
        const stays = holders.some((number) => !goes(number, got.repack, got.remove, got.forget));
        const isCarried = got.carry[blob] === 1 && holders.some((number) => goes(number, got.repack));
        assert.ok(stays !== isCarried, `blob ${blob} stays: ${stays}, carried: ${isCarried}`);
      }
      for (const blob of carried(got)) assert.ok(used.includes(blob));
      const { bytes } = got.numbers;
      assert.equal(bytes.used + bytes.unused, bytes.total);
      assert.ok(
        bytes.freed >= 0 &&
          bytes.unusedAfter >= 0 &&
          bytes.freed + bytes.unusedAfter === bytes.unused + header * got.remove.size,
      );
    }),
    { numRuns: 500 },
  );
});
