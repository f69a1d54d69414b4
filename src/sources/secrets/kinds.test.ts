import { describeSecretSource } from '../../../test/support/describe-secret-source.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { everyPrintable } from '../../../test/support/secrets.ts';
import { systemClock } from '../../base/clock.ts';
import { configFields } from '../../base/secret-schema.ts';
import { SecretString } from '../../base/secret-string.ts';
import { instanceKeyFrom } from '../../store/instance-key.ts';
import { memoryStore } from '../../store/store.ts';
import { openSecretSource, secretSourceKinds } from './kinds.ts';
import { openVault } from './vault/vault.ts';

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

describeSecretSource('builtin', { skip: false }, () => {
  const vault = openVault(memoryStore(), instanceKeyFrom(Buffer.alloc(32, 1)), systemClock);
  const id = vault.add({ title: 'odd', password: new SecretString('first') });
  for (const password of ['second', everyPrintable]) vault.edit(id, { password: new SecretString(password) });
  for (const title of ['a', 'b', 'c']) vault.add({ title, password: new SecretString(`pw of ${title}`) });
  return {
    vault,
    settings: {},
    secrets: [
      { title: 'odd', password: everyPrintable, past: ['first', 'second'] },
      ...['a', 'b', 'c'].map((title) => ({ title, password: `pw of ${title}` })),
    ],
    takeOut: () => vault.remove(id),
  };
});
