import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../../test/support/failures.ts';
import { systemClock } from '../../../base/clock.ts';
import { SecretString } from '../../../base/secret-string.ts';
import { instanceKeyFrom } from '../../../store/instance-key.ts';
import { memoryStore } from '../../../store/store.ts';
import { putOwnSecret, readOwnSecret } from './own-secrets.ts';
import { openVault, type Vault } from './vault.ts';

const id = 'orbit:repository:system';

function vaultWithOwnSecret(): Vault {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  putOwnSecret(vault, { id, title: 'System repository', password: new SecretString('one') });
  return vault;
}

test("Orbit's own credential is kept once, however often it is put, and its old values stay", () => {
  const vault = vaultWithOwnSecret();
  const generation = vault.generation;
  putOwnSecret(vault, { id, title: 'System repository', password: new SecretString('one') });
  assert.equal(vault.generation, generation);
  putOwnSecret(vault, { id, title: 'System repository', password: new SecretString('two') });
  assert.equal(readOwnSecret(vault, id).reveal(), 'two');
  assert.equal(vault.show(id).history[0]?.password.reveal(), 'one');
  assert.deepEqual(vault.show(id).groups, ['Orbit']);
});

test("a person does not remove or change one of Orbit's own credentials by mistake", () => {
  const vault = vaultWithOwnSecret();
  assert.throws(() => vault.remove(id), failure('vault.own-secret', /--force/));
  assert.throws(() => vault.edit(id, { password: null }), failure('vault.own-secret'));
  vault.remove(id, { force: true });
  assert.throws(() => readOwnSecret(vault, id), failure('vault.no-own-secret', /restore/));
  putOwnSecret(vault, { id, title: 'System repository', password: new SecretString('one') });
  assert.equal(readOwnSecret(vault, id).reveal(), 'one');
});

test('a credential that was never kept says which one is missing', () => {
  assert.throws(() => readOwnSecret(vaultWithOwnSecret(), 'orbit:x'), failure('vault.no-own-secret', /orbit:x/));
});
