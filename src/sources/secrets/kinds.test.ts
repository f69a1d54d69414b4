import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { systemClock } from '../../base/clock.ts';
import { configFields } from '../../base/secret-schema.ts';
import { SecretString } from '../../base/secret-string.ts';
import { instanceKeyFrom } from '../../store/instance-key.ts';
import { memoryStore } from '../../store/store.ts';
import { openSecretSource, secretSourceKinds } from './kinds.ts';
import { openVault } from './vault/vault.ts';

test('the built-in vault is a source: its census is what it reads', async () => {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  for (const title of ['a', 'b', 'c']) vault.add({ title, password: new SecretString(title) });
  vault.remove(vault.find('b').id);
  const source = await openSecretSource('builtin', {}, { vault, clock: systemClock });
  const read: string[] = [];
  for await (const { id } of source.read()) read.push(id);
  assert.deepEqual((await source.census()).ids, read);
  assert.equal(read.length, 2);
});

test('reading stops when it is told to', async () => {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  for (const title of ['a', 'b', 'c']) vault.add({ title });
  const source = await openSecretSource('builtin', {}, { vault, clock: systemClock });
  const stop = new AbortController();
  await assert.rejects(async () => {
    for await (const _ of source.read({ signal: stop.signal })) stop.abort(new Error('stopped'));
  }, /stopped/);
});

test('an unknown kind is refused with those there are', async () => {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  await assert.rejects(
    openSecretSource('keypass', {}, { vault, clock: systemClock }),
    failure('secrets.unknown-kind', /builtin/),
  );
});

test('every kind has fields that a form can show, and marks its secrets', () => {
  const secrets = secretSourceKinds.flatMap(({ kind, config }) =>
    configFields(config).flatMap((each) => {
      assert.notEqual(each.title, each.name, `${kind}.${each.name} has no title`);
      return each.isSecret ? [`${kind}.${each.name}`] : [];
    }),
  );
  assert.deepEqual(secrets.filter((name) => name.startsWith('openbao') || name.startsWith('program')).sort(), [
    'openbao.secretId',
    'openbao.token',
    'program.input',
  ]);
});
