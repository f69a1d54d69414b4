import assert from 'node:assert/strict';
import { createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { fixedClock } from '../base/clock.ts';
import { SecretString } from '../base/secret-string.ts';
import { instanceKeyFrom } from '../store/instance-key.ts';
import { memoryStore, type Store } from '../store/store.ts';
import { openCustodians } from './custodians.ts';
import { custodyState } from './custody-state.ts';
import { type HandedOut } from './hand-out.ts';
import { type CeremonyRoom, holdCeremony, splitAnew } from './hold-ceremony.ts';
import { currentKey } from './recovery-key-store.ts';
import { identityFromSecretBytes } from './recovery-key.ts';
import { openShareLink, shareLinkLifeMs } from './share-links.ts';
import { combineShares } from './shares/combine-shares.ts';
import { parseShare } from './shares/parse-share.ts';

const names = ['Ana', 'Bruno', 'Carla'];

interface Room extends CeremonyRoom {
  clock: ReturnType<typeof fixedClock>;
  told: string[];
}

function room(): Room {
  const clock = fixedClock(new Date('2026-11-26T10:00:00Z'));
  const told: string[] = [];
  return {
    store: memoryStore(),
    instanceKey: instanceKeyFrom(randomBytes(32)),
    clock,
    workFactor: 10,
    told,
    tell: (event) => told.push(event.id),
    actor: { user: 'root', method: 'CLI' },
  };
}

async function ceremonyByLink(place: Room): Promise<HandedOut> {
  const custodians = openCustodians(place.store, place.clock);
  const receivers = names.map((name) => ({ custodian: custodians.add({ name }), delivery: 'link' as const }));
  const { handedOut } = await holdCeremony(place, { custodians: { receivers, threshold: 2 } });
  assert.ok(handedOut !== undefined);
  return handedOut;
}

/** What the page does with the fragment, here with Node's own functions. */
function readToken(token: SecretString): { id: string; proof: Buffer; open: (sealed: Buffer) => { words: string[] } } {
  const bytes = Buffer.from(token.reveal(), 'base64url');
  const [id, key] = [bytes.subarray(0, 16), bytes.subarray(16)];
  const derived = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', key, '', `orbit share link: ${purpose}`, 32));
  return {
    id: id.toString('base64url'),
    proof: derived('proof'),
    open(sealed) {
      const decipher = createDecipheriv('aes-256-gcm', derived('seal'), sealed.subarray(0, 12));
      decipher.setAAD(id);
      decipher.setAuthTag(sealed.subarray(-16));
      const plain = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
      return JSON.parse(plain.toString('utf8')) as { words: string[] };
    },
  };
}

function everythingIn(store: Store): string {
  const tables = store.database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all();
  return tables
    .flatMap(({ name }) => store.database.prepare(`SELECT * FROM "${String(name)}"`).all())
    .flatMap((row) => Object.values(row))
    .map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)))
    .join('\n');
}

test('a ceremony without a master password: two links give the recovery key, one does not, and the service never had a word', async () => {
  const place = room();
  const { links } = await ceremonyByLink(place);
  assert.deepEqual(currentKey(place.store).ways, ['shares']);
  assert.deepEqual(place.told, ['ceremony.started', 'ceremony.completed']);
  const kept = everythingIn(place.store);
  const shares = links.map(({ token }) => {
    assert.ok(!kept.includes(token.reveal()));
    const link = readToken(token);
    const { sealed } = openShareLink(place, link);
    return parseShare(link.open(sealed).words);
  });
  for (const { words } of shares) assert.ok(!kept.includes(words.slice(4, 7).join(' ')));
  const identity = identityFromSecretBytes(Buffer.from(await combineShares(shares.slice(1))));
  assert.equal(identity.id, currentKey(place.store).id);
  await assert.rejects(combineShares(shares.slice(0, 1)), failure('breakglass.too-few-shares'));
});

test('a link opens once, not with a guess, not after its time, and not when a newer set was made', async () => {
  const place = room();
  const { links } = await ceremonyByLink(place);
  const [ana, bruno, carla] = links.map(({ token }) => readToken(token)) as [
    ReturnType<typeof readToken>,
    ReturnType<typeof readToken>,
    ReturnType<typeof readToken>,
  ];
  const bad = failure('breakglass.bad-share-link');
  assert.throws(() => openShareLink(place, { id: ana.id, proof: randomBytes(32) }), bad);
  assert.throws(() => openShareLink(place, { id: randomBytes(16).toString('base64url'), proof: ana.proof }), bad);
  assert.equal(openShareLink(place, ana).number, 1, 'a guess burns nothing');
  assert.throws(() => openShareLink(place, ana), bad);
  const steps = (): (string | undefined)[] | undefined => custodyState(place)?.holders.map(({ link }) => link?.state);
  assert.deepEqual(steps(), ['opened', 'waiting', 'waiting']);
  place.clock.advance(shareLinkLifeMs);
  assert.throws(() => openShareLink(place, bruno), bad);
  assert.deepEqual(steps(), ['opened', 'expired', 'expired']);
  assert.equal(place.store.database.prepare('SELECT 1 FROM share_link WHERE sealed IS NOT NULL').get(), undefined);
  assert.throws(() => openShareLink(place, carla), bad);
});

test('a new set ends the links of the one before', async () => {
  const place = room();
  const custodians = openCustodians(place.store, place.clock);
  const masterPassword = new SecretString('cinder parole ostrich magnet huddle trowel');
  const receivers = names.map((name) => ({ custodian: custodians.add({ name }), delivery: 'link' as const }));
  const first = await holdCeremony(place, { masterPassword, custodians: { receivers, threshold: 2 } });
  await splitAnew(place, async () => ({ masterPassword }), { receivers: receivers.slice(1), threshold: 2 });
  const [link] = first.handedOut?.links ?? [];
  assert.ok(link !== undefined);
  assert.throws(() => openShareLink(place, readToken(link.token)), failure('breakglass.bad-share-link'));
  assert.ok(place.told.includes('custodian.replaced'));
  assert.equal(custodyState(place)?.holders.length, 2);
});

test('nobody is named twice, and nothing is sealed to a key that is not there', async () => {
  const place = room();
  const custodian = openCustodians(place.store, place.clock).add({ name: 'Ana' });
  const twice = [custodian, custodian].map((one) => ({ custodian: one, delivery: 'link' as const }));
  await assert.rejects(
    holdCeremony(place, { custodians: { receivers: twice, threshold: 2 } }),
    failure('breakglass.custodian-twice'),
  );
  for (const [delivery, code] of [
    ['sealed', 'breakglass.no-own-key'],
    ['in-person', 'breakglass.no-way-to-show'],
  ] as const) {
    const receivers = [{ custodian, delivery }];
    await assert.rejects(holdCeremony(place, { custodians: { receivers, threshold: 1 } }), failure(code));
  }
  assert.deepEqual(place.told, [], 'no ceremony was started');
});
