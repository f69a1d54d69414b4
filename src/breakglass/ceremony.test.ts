import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { fixedClock } from '../base/clock.ts';
import { SecretString } from '../base/secret-string.ts';
import { instanceKeyFrom } from '../store/instance-key.ts';
import { memoryStore } from '../store/store.ts';
import { failure } from '../../test/support/failures.ts';
import { openWithIdentities, sealToRecipients } from './age-files.ts';
import {
  type CeremonySite,
  changeMasterPassword,
  changeRecipients,
  changeShares,
  startCeremony,
  withRecoveryIdentity,
} from './ceremony.ts';
import { openRepositoryPassword, sealRepositoryPassword } from './repository-password.ts';
import { currentKey, recipientsOf, recoveryKeys } from './recovery-key-store.ts';
import {
  ageIdentityOf,
  generateRecoveryIdentity,
  identityFromSecretBytes,
  unwrapByIdentity,
  unwrapByPassword,
} from './recovery-key.ts';
import { isSignedBy, openSigningKey } from './signing-key.ts';

const first = new SecretString('cinder parole ostrich magnet huddle trowel');
const second = new SecretString('jacaré vidro tambor feltro anzol crivo');

function site(): CeremonySite & { clock: ReturnType<typeof fixedClock> } {
  const clock = fixedClock(new Date('2026-11-23T04:00:00Z'));
  return { store: memoryStore(), instanceKey: instanceKeyFrom(randomBytes(32)), clock, workFactor: 10 };
}

test('a ceremony keeps only public data and the key under the master password', async () => {
  const place = site();
  const key = await startCeremony(place, { masterPassword: first });
  assert.deepEqual(key.ways, ['master-password']);
  assert.equal(key.state, 'current');
  const { identity, signer } = await unwrapByPassword(key.wrappedByPassword ?? Buffer.alloc(0), first);
  assert.equal(identity.recipient, key.recipient);
  assert.deepEqual(signer, openSigningKey(place.store, place.instanceKey, place.clock).publicKey);
  assert.deepEqual(key.signer, signer);
});

test('a ceremony without a way to open, or with a weak password, makes nothing', async () => {
  const place = site();
  await assert.rejects(startCeremony(place, {}), failure('breakglass.no-way-to-open'));
  await assert.rejects(
    startCeremony(place, { masterPassword: new SecretString('password1234') }),
    failure('breakglass.weak-password'),
  );
  assert.deepEqual(recoveryKeys(place.store), []);
  assert.throws(() => currentKey(place.store), failure('breakglass.no-recovery-key'));
});

test('after a second and a third ceremony the current password opens what was sealed to every earlier key', async () => {
  const place = site();
  const sealed: Buffer[] = [];
  const passwords = [first, second, new SecretString('velvet 91 acorn bishop tundra lemon')];
  for (const [round, masterPassword] of passwords.entries()) {
    const before = passwords[round - 1];
    await startCeremony(place, {
      masterPassword,
      ...(before === undefined ? {} : { previous: { masterPassword: before } }),
    });
    sealed.push(await sealToRecipients(Buffer.from(`round ${round}`), recipientsOf(currentKey(place.store))));
    place.clock.advance(1000);
  }
  const keys = recoveryKeys(place.store);
  assert.deepEqual(
    keys.map((key) => key.state),
    ['current', 'retired', 'retired'],
  );
  const current = await unwrapByPassword(keys[0]?.wrappedByPassword ?? Buffer.alloc(0), passwords[2] ?? first);
  for (const [age, key] of keys.slice(1).entries()) {
    const retired = await unwrapByIdentity(key.sealedToCurrent ?? Buffer.alloc(0), current.identity, key.id);
    const file = await openWithIdentities('f', sealed[1 - age] ?? Buffer.alloc(0), [ageIdentityOf(retired.identity)]);
    assert.equal(file.toString(), `round ${1 - age}`);
    assert.equal(key.wrappedByPassword, undefined, 'the old password ends with its key set');
  }
});

test('a second ceremony needs the first key, unless it is given up or told compromised', async () => {
  const place = site();
  const { id } = await startCeremony(place, { masterPassword: first });
  await assert.rejects(
    startCeremony(place, { masterPassword: second }),
    failure('breakglass.previous-key-needed', new RegExp(id)),
  );
  const wrong = { masterPassword: second, previous: { masterPassword: second } };
  await assert.rejects(startCeremony(place, wrong), failure('breakglass.wrong-password'));
  assert.equal(currentKey(place.store).id, id);
  place.clock.advance(1);
  await startCeremony(place, {
    masterPassword: second,
    previous: { masterPassword: first },
    isPreviousCompromised: true,
  });
  assert.deepEqual(
    recoveryKeys(place.store).map((key) => key.state),
    ['current', 'compromised'],
  );
  place.clock.advance(1);
  await startCeremony(place, { masterPassword: first, previous: 'abandon' });
  assert.deepEqual(
    recoveryKeys(place.store).map((key) => key.sealedToCurrent),
    [undefined, undefined, undefined],
  );
});

test('changing the master password keeps the key, and needs the current one', async () => {
  const place = site();
  const key = await startCeremony(place, { masterPassword: first });
  await assert.rejects(
    changeMasterPassword(place, { masterPassword: second }, second),
    failure('breakglass.wrong-password'),
  );
  const changed = await changeMasterPassword(place, { masterPassword: first }, second);
  assert.equal(changed.id, key.id);
  assert.equal((await unwrapByPassword(changed.wrappedByPassword ?? Buffer.alloc(0), second)).identity.id, key.id);
  await assert.rejects(
    unwrapByPassword(changed.wrappedByPassword ?? Buffer.alloc(0), first),
    failure('breakglass.wrong-password'),
  );
});

test('a recipient that is added later opens what was sealed before it came', async () => {
  const place = site();
  const key = await startCeremony(place, { masterPassword: first });
  const old = await sealToRecipients(Buffer.from('old'), recipientsOf(key));
  const offline = generateRecoveryIdentity();
  const extra = { recipient: offline.recipient, title: 'key in the safe' };
  const changed = await changeRecipients(place, { masterPassword: first }, [extra, extra]);
  assert.deepEqual(changed.extraRecipients, [extra]);
  assert.deepEqual(changed.ways, ['master-password', 'recipients']);
  const { identity } = await unwrapByIdentity(changed.wrappedToRecipients ?? Buffer.alloc(0), offline, 'x');
  assert.equal((await openWithIdentities('f', old, [ageIdentityOf(identity)])).toString(), 'old');
  const without = await changeRecipients(place, { masterPassword: first }, []);
  assert.deepEqual(without.ways, ['master-password']);
});

test('the last way to open a recovery key cannot be taken away', async () => {
  const place = site();
  const offline = generateRecoveryIdentity();
  const key = await startCeremony(place, { extraRecipients: [{ recipient: offline.recipient, title: '' }] });
  const { identity } = await unwrapByIdentity(key.wrappedToRecipients ?? Buffer.alloc(0), offline, 'x');
  await assert.rejects(changeRecipients(place, { identity }, []), failure('breakglass.no-way-to-open'));
  await assert.rejects(
    changeMasterPassword(place, { masterPassword: first }, second),
    failure('breakglass.no-master-password'),
  );
  await assert.rejects(changeMasterPassword(place, { identity: offline }, second), failure('breakglass.wrong-key'));
});

test('custodians get the 32 bytes once, and they are wiped when the shares are made', async () => {
  const place = site();
  let seen: Buffer = Buffer.alloc(0);
  let copy: Buffer = Buffer.alloc(0);
  const splitter = async (secret: Buffer): Promise<{ set: string; threshold: number; total: number }> => {
    seen = secret;
    copy = Buffer.from(secret);
    return { set: '17 42', threshold: 2, total: 3 };
  };
  const key = await startCeremony(place, { shares: splitter });
  assert.deepEqual(key.ways, ['shares']);
  assert.deepEqual(key.shares, { set: '17 42', threshold: 2, total: 3 });
  assert.deepEqual(seen, Buffer.alloc(32));
  const identity = identityFromSecretBytes(copy);
  assert.equal(identity.id, key.id);
  const again = await changeShares(place, { identity }, async () => ({ set: '18', threshold: 3, total: 5 }));
  assert.equal(again.shares?.threshold, 3);
  assert.deepEqual(identity.secret, Buffer.alloc(32), 'what opened the key is wiped too');
});

test('a repository password of every printable character is sealed and comes back', async () => {
  const place = site();
  const key = await startCeremony(place, { masterPassword: first });
  const every = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
  const sealed = await sealRepositoryPassword(recipientsOf(key), new SecretString(every));
  await withRecoveryIdentity(place.store, { masterPassword: first }, async (identity) => {
    assert.equal((await openRepositoryPassword('system.password.age', sealed, identity)).reveal(), every);
  });
});

test('the signing key is the same in every call, and its signature holds for these bytes only', () => {
  const { store, instanceKey, clock } = site();
  const key = openSigningKey(store, instanceKey, clock);
  assert.equal(openSigningKey(store, instanceKey, clock).id, key.id);
  const signature = key.sign(Buffer.from('message'));
  assert.ok(isSignedBy(key.publicKey, Buffer.from('message'), signature));
  assert.ok(!isSignedBy(key.publicKey, Buffer.from('messagf'), signature));
  assert.ok(!isSignedBy(key.publicKey, Buffer.from('message'), signature.subarray(1)));
});
