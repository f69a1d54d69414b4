import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { failure } from '../../test/support/failures.ts';
import { withKeptSecrets } from './kept-secrets.ts';
import { configFields, field, place, readConfig, secretText, splitSecrets } from './secret-schema.ts';

const config = z.object({
  host: place(field(z.string(), 'Server')),
  port: place(field(z.number().default(25), 'Port')),
  ca: place(field(z.string(), 'Authority')).optional(),
  to: field(z.string().default('all'), 'Recipient'),
  password: secretText('Password'),
  token: secretText('Token').optional(),
});
const secrets = { password: 'p', token: 't' };
// As an earlier version stored it, which knew no port.
const before = { plain: { host: 'h' }, secrets };
const changed = (values: Record<string, unknown>): Record<string, unknown> => {
  const whole = withKeptSecrets(configFields(config), before, values, (all) => readConfig(config, all));
  const parts = splitSecrets(whole);
  return { ...parts.plain, ...parts.secrets };
};

test('a secret that is left out stays, one that is given takes its place, one that is null is given up', () => {
  assert.deepEqual(changed({ host: 'h', to: 'some' }), { host: 'h', port: 25, to: 'some', ...secrets });
  assert.equal(changed({ host: 'h', password: 'new' })['password'], 'new');
  assert.equal(changed({ host: 'h', token: null })['token'], undefined);
  assert.throws(() => changed({ host: 'h', password: null }), failure('config.invalid', /password/));
});

test('no kept secret goes to another place; what is given or given up may', () => {
  for (const values of [{ host: 'other' }, { host: 'h', port: 26 }, { host: 'h', ca: 'PEM' }])
    assert.throws(() => changed(values), failure('config.secret-needed', /Password, Token/));
  assert.throws(
    () => changed({ host: 'other', password: 'new' }),
    failure('config.secret-needed', /\(Server\) needs the secrets again: Token/),
  );
  assert.equal(changed({ host: 'other', password: 'new', token: null })['host'], 'other');
  assert.equal(changed({ host: 'other', password: 'new', token: 'other' })['token'], 'other');
});
