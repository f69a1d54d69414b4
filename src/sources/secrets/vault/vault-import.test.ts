import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../../test/support/failures.ts';
import { opened, secretRecord } from '../../../../test/support/secrets.ts';
import { systemClock } from '../../../base/clock.ts';
import { SecretString } from '../../../base/secret-string.ts';
import { instanceKeyFrom } from '../../../store/instance-key.ts';
import { memoryStore } from '../../../store/store.ts';
import { putOwnSecret } from './own-secrets.ts';
import { openVault, type Vault } from './vault.ts';

const secret = (value: string): SecretString => new SecretString(value);

function emptyVault(): Vault {
  return openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
}

const past = (password: string, changedAt: string) => ({
  title: 'Old name',
  username: 'u',
  password: secret(password),
  url: '',
  notes: secret(`notes of ${password}`),
  fields: [{ name: 'PIN', value: secret(password), isProtected: true }],
  changedAt: new Date(changedAt),
});

test('imported records keep their ids, times and whole past', () => {
  const vault = emptyVault();
  const record = secretRecord({
    id: 'ab12',
    password: secret('three'),
    attachments: [{ name: 'key', bytes: Buffer.from('key') }],
    history: [past('one', '2019-01-01T00:00:00Z'), past('two', '2020-06-01T00:00:00Z')],
  });
  assert.deepEqual(vault.importAll([record]), { added: 1, duplicates: 0, updated: 0, differing: [] });
  const shown = vault.show('ab12');
  for (const [name, value] of Object.entries(record)) {
    if (name !== 'history') assert.deepEqual(opened(shown[name as keyof typeof shown]), opened(value), name);
  }
  assert.deepEqual(
    shown.history.map((version) => [version.title, version.password.reveal(), version.changedAt.toISOString()]),
    [
      ['Old name', 'one', '2019-01-01T00:00:00.000Z'],
      ['Old name', 'two', '2020-06-01T00:00:00.000Z'],
    ],
  );
  assert.equal(shown.history[1]?.fields[0]?.value.reveal(), 'two');
});

test('importing the same file twice takes nothing in twice', () => {
  const vault = emptyVault();
  const records = ['a', 'b', 'c'].map((id) => secretRecord({ id, password: secret(id) }));
  vault.importAll(records);
  const generation = vault.generation;
  assert.deepEqual(vault.importAll(records), { added: 0, duplicates: 3, updated: 0, differing: [] });
  assert.equal(vault.generation, generation);
});

test('a secret that lies in the vault under another id is a duplicate only when its password is the same', () => {
  const vault = emptyVault();
  vault.importAll([secretRecord({ id: 'a', title: 'Mail', password: secret('one') })]);
  const again = [
    secretRecord({ id: 'x', title: 'Mail', password: secret('one') }),
    secretRecord({ id: 'y', title: 'Mail', password: secret('two') }),
  ];
  assert.deepEqual(vault.importAll(again), { added: 1, duplicates: 1, updated: 0, differing: [] });
});

test('a changed secret is left as it is and named, or updated when told, with its past kept', () => {
  const vault = emptyVault();
  vault.importAll([secretRecord({ id: 'a', password: secret('one'), totp: secret('otpauth://totp/a?secret=AA') })]);
  const changed = secretRecord({ id: 'a', password: secret('two') });
  assert.deepEqual(vault.importAll([changed]).differing, [{ id: 'a', title: 'a' }]);
  assert.equal(vault.show('a').password.reveal(), 'one');
  assert.equal(vault.importAll([changed], { update: true, dryRun: true }).updated, 1);
  assert.equal(vault.show('a').password.reveal(), 'one');
  assert.equal(vault.importAll([changed], { update: true }).updated, 1);
  assert.equal(vault.show('a').password.reveal(), 'two');
  assert.equal(vault.show('a').totp, undefined);
  assert.equal(vault.show('a').history[0]?.password.reveal(), 'one');
});

test('entries that one file holds twice are both taken', () => {
  const vault = emptyVault();
  const twin = secretRecord({ id: 'a', title: 'twin', password: secret('same') });
  assert.equal(vault.importAll([twin, { ...twin }, { ...twin, id: 'b' }]).added, 3);
  assert.equal(vault.ids().length, 3);
});

test('a dry run counts and writes nothing', () => {
  const vault = emptyVault();
  assert.equal(vault.importAll([secretRecord({ id: 'a' })], { dryRun: true }).added, 1);
  assert.deepEqual(vault.ids(), []);
  assert.equal(vault.generation, 0);
});

test('no file can bring in or change one of the secrets that Orbit itself uses', () => {
  const vault = emptyVault();
  putOwnSecret(vault, { id: 'orbit:repository:system', title: 'System repository', password: secret('real') });
  const forged = ['orbit:repository:system', 'orbit:destination:other'].map((id) =>
    secretRecord({ id, password: secret('forged') }),
  );
  const outcome = vault.importAll(forged, { update: true });
  assert.deepEqual(outcome, {
    added: 1,
    duplicates: 0,
    updated: 0,
    differing: [{ id: forged[0]?.id, title: forged[0]?.id }],
  });
  assert.equal(vault.show('orbit:repository:system').password.reveal(), 'real');
  assert.equal(vault.has('orbit:destination:other'), false);
});

test('an import that fails halfway leaves the vault as it was', () => {
  const vault = emptyVault();
  function* broken() {
    yield secretRecord({ id: 'a' });
    throw new Error('cut off');
  }
  assert.throws(() => vault.importAll(broken()), /cut off/);
  const large = secretRecord({ id: 'b', attachments: [{ name: 'film', bytes: Buffer.alloc(33 * 1024 * 1024) }] });
  assert.throws(() => vault.importAll([secretRecord({ id: 'a' }), large]), failure('vault.bad-secret', /film/));
  assert.deepEqual(vault.ids(), []);
});

test('an attachment that stays the same through many versions is stored once', () => {
  const store = memoryStore();
  const vault = openVault(store, instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  const id = vault.add({ title: 'a', attachments: [{ name: 'big', bytes: Buffer.alloc(1000, 1) }] });
  for (let round = 0; round < 5; round += 1) vault.edit(id, { username: `u${round}` });
  assert.equal(store.database.prepare('SELECT count(*) AS n FROM secret_attachment').get()?.['n'], 1);
  assert.equal(vault.show(id).history[2]?.attachments[0]?.bytes.length, 1000);
});

test('the vault holds a hundred thousand secrets', () => {
  const vault = emptyVault();
  const count = 100_000;
  function* many() {
    for (let number = 0; number < count; number += 1) {
      yield secretRecord({ id: `s${number}`, title: `Server ${number}`, password: secret(`password ${number}`) });
    }
  }
  assert.equal(vault.importAll(many()).added, count);
  assert.equal(vault.ids().length, count);
  let read = 0;
  for (const { id, password } of vault.records()) {
    assert.equal(password.reveal(), `password ${id.slice(1)}`);
    read += 1;
  }
  assert.equal(read, count);
});
