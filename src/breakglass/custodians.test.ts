import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli } from '../../test/support/cli.ts';
import { failure } from '../../test/support/failures.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { fixedClock } from '../base/clock.ts';
import { memoryStore, openStore, type Store } from '../store/store.ts';
import { type Custodians, openCustodians, worryOf } from './custodians.ts';
import { combineShares } from './shares/combine-shares.ts';
import { encodeShare, type Share } from './shares/share.ts';
import { type SharePresentation, splitAmong } from './split-among.ts';

const names = ['Ana', 'Bruno', 'Carla'];
const keyId = (): string => '00112233445566aa';

async function withSet(
  store: Store,
): Promise<{ custodians: Custodians; secret: Buffer; shares: Share[]; set: string }> {
  const custodians = openCustodians(store, fixedClock(new Date('2026-11-23T03:00:00Z')));
  const people = names.map((name) => custodians.list().find((one) => one.name === name) ?? custodians.add({ name }));
  const secret = randomBytes(32);
  let presented: readonly SharePresentation[] = [];
  const shares: Share[] = [];
  const split = splitAmong(custodians, {
    people,
    threshold: 2,
    keyId,
    present: async (all) => {
      presented = all;
      for (const one of all) shares.push({ ...one.share, value: Uint8Array.from(one.share.value) });
    },
  });
  const { set } = await split(secret);
  assert.deepEqual(
    presented.map((one) => one.custodian.name),
    names,
  );
  return { custodians, secret, shares, set };
}

test('a ceremony hands each custodian one share, and what is recorded cannot open anything', async () => {
  const store = memoryStore();
  const { custodians, secret, shares, set } = await withSet(store);
  assert.deepEqual(Buffer.from(await combineShares(shares.slice(1))), secret);
  const current = custodians.currentSet();
  assert.equal(current?.name, set);
  assert.deepEqual(
    current?.holders.map((holder) => [holder.number, holder.custodian.name]),
    [
      [1, 'Ana'],
      [2, 'Bruno'],
      [3, 'Carla'],
    ],
  );
  const stored = JSON.stringify(
    ['custodian', 'share_set', 'share_holder'].map((table) => store.database.prepare(`SELECT * FROM ${table}`).all()),
  );
  for (const { words } of shares)
    assert.ok(!stored.includes(words.slice(4, 6).join(' ')) && !stored.includes(words.slice(-2).join(' ')));
});

test('a presentation that fails leaves the earlier set in force', async () => {
  const { custodians, set } = await withSet(memoryStore());
  const split = splitAmong(custodians, {
    people: custodians.list(),
    threshold: 2,
    keyId,
    present: async () => {
      throw new Error('printer on fire');
    },
  });
  await assert.rejects(split(randomBytes(32)), /printer on fire/);
  assert.equal(custodians.currentSet()?.name, set);
});

test('a share is judged alone: current, retired, compromised, false or unknown', async () => {
  const store = memoryStore();
  const first = await withSet(store);
  const [share] = first.shares;
  assert.ok(share);
  assert.equal(first.custodians.check(share).state, 'current');
  assert.equal(first.custodians.currentSet()?.holders[0]?.confirmedAt?.toISOString(), '2026-11-23T03:00:00.000Z');
  const forged = encodeShare({ ...share, value: randomBytes(32) });
  assert.equal(first.custodians.check(forged).state, 'false');
  const second = await withSet(store);
  assert.deepEqual(
    [first.custodians.check(share).state, first.custodians.check(share).retiredBecause],
    ['retired', 'replaced'],
  );
  first.custodians.declareCompromised();
  const [newer] = second.shares;
  assert.ok(newer);
  assert.equal(first.custodians.check(newer).retiredBecause, 'compromised');
  const stranger = encodeShare({ ...share, setId: (share.setId + 1) % 0x8000 });
  assert.equal(openCustodians(memoryStore()).check(stranger).state, 'unknown');
});

test('fewer confirmed custodians than the threshold and one to spare is worrying', async () => {
  const { custodians, shares } = await withSet(memoryStore());
  const worry = (): unknown => worryOf(custodians.currentSet() ?? assert.fail());
  assert.deepEqual(worry(), { confirmed: 0, wanted: 3, waitingFor: names });
  for (const share of shares) custodians.check(share);
  assert.equal(worry(), undefined);
});

test('a custodian has a name of their own, and is not removed while their share counts', async () => {
  const { custodians } = await withSet(memoryStore());
  assert.throws(() => custodians.add({ name: ' ana ' }), failure('breakglass.bad-custodian'));
  assert.throws(() => custodians.add({ name: '' }), failure('breakglass.bad-custodian'));
  assert.throws(() => custodians.find('Zoe'), failure('breakglass.no-custodian'));
  assert.throws(() => custodians.remove('Ana'), failure('breakglass.custodian-holds-share'));
  custodians.remove('Ana', { force: true });
  assert.deepEqual(
    custodians.list().map((one) => one.name),
    ['Bruno', 'Carla'],
  );
  custodians.add({ name: 'Ana', language: 'pt' });
});

test('thresholds that cannot be made are refused before there is a key', () => {
  const custodians = openCustodians(memoryStore());
  assert.throws(
    () => splitAmong(custodians, { people: [], threshold: 2, keyId, present: async () => {} }),
    failure('breakglass.bad-threshold'),
  );
});

test('orbit custodian and orbit share check, from the outside', async (context) => {
  const home = await temporaryFolder(context);
  assert.equal(
    (await cli(['custodian', 'add', 'Dora', '--contact', 'room 7', '--language', 'pt'], { home })).exitCode,
    0,
  );
  const store = openStore(home);
  const { shares } = await withSet(store);
  store.close();
  const [share] = shares;
  assert.ok(share);
  const file = join(home, 'words.txt');
  await writeFile(file, share.words.join('\n').toUpperCase());
  const good = await cli(['share', 'check', '--words-file', file], { home });
  assert.match(good.stdout, /intact[\s\S]*number 1 of 3[\s\S]*held by Ana[\s\S]*current: any 2/);
  const elsewhere = await cli(['share', 'check', '--json'], { input: share.words.join(' ') });
  assert.equal((JSON.parse(elsewhere.stdout) as { state: string }).state, 'unknown');
  await writeFile(file, share.words.with(6, share.words[6] === 'zero' ? 'yoga' : 'zero').join(' '));
  const bad = await cli(['share', 'check', '--words-file', file], { home });
  assert.equal(bad.exitCode, 1);
  assert.match(bad.stderr, /mistyped[\s\S]*word 7 is wrong/);
  assert.ok(!`${bad.stdout}${bad.stderr}`.includes(`${share.words[9]} ${share.words[10]}`));
  const forged = encodeShare({ ...share, value: randomBytes(32) });
  assert.match(
    (await cli(['share', 'check'], { home, input: forged.words.join(' ') })).stderr,
    /breakglass.false-share/,
  );
  const list = await cli(['custodian', 'list'], { home });
  assert.match(list.stdout, /Dora +room 7/);
  assert.match(list.stdout, /Only 1 confirmed, 3 wanted.*Bruno, Carla/);
  assert.match((await cli(['custodian', 'sets'], { home })).stdout, /2 of 3 .*current/);
  assert.doesNotMatch(
    (await readFile(join(home, 'orbit.db'))).toString('latin1'),
    new RegExp(`${share.words[9]} ${share.words[10]}`),
  );
});
