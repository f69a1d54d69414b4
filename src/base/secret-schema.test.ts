import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { z } from 'zod';
import { failure } from '../../test/support/failures.ts';
import {
  configFields,
  field,
  fileText,
  joinSecrets,
  readConfig,
  secretFile,
  secretText,
  splitSecrets,
} from './secret-schema.ts';

const config = z.object({
  host: field(z.string().min(1), 'Server', 'name or address'),
  port: field(z.number().int().max(65_535).default(25), 'Port'),
  mode: field(z.enum(['none', 'tls']).default('tls'), 'Encryption'),
  to: field(z.array(z.string()).min(1), 'Recipients'),
  ca: fileText('Authority').optional(),
  password: secretText('Password').optional(),
  token: secretText('Token'),
  key: secretFile('Key').optional(),
});
const values = { host: 'h', to: ['a'], token: 'canary-7', password: 'p' };

test('the fields of a form are read off the schema, secrets marked, also where they are optional', () => {
  const fields = configFields(config);
  assert.deepEqual(
    fields.map((entry) => [entry.name, entry.type, entry.isSecret, entry.isRequired]),
    [
      ['host', 'text', false, true],
      ['port', 'number', false, false],
      ['mode', 'choice', false, false],
      ['to', 'list', false, true],
      ['ca', 'file', false, false],
      ['password', 'text', true, false],
      ['token', 'text', true, true],
      ['key', 'file', true, false],
    ],
  );
  assert.equal(fields[0]?.description, 'name or address');
  assert.equal(fields[1]?.title, 'Port');
  assert.equal(fields[1]?.default, 25);
  assert.deepEqual(fields[2]?.choices, ['none', 'tls']);
});

test('a configuration never shows its secrets, and comes back whole from its two stored parts', () => {
  const read = readConfig(config, values);
  assert.doesNotMatch(JSON.stringify(read) + inspect(read, { depth: 9 }), /canary/);
  const parts = splitSecrets(read);
  assert.doesNotMatch(JSON.stringify(parts.plain), /canary|"p"/);
  assert.deepEqual(parts.secrets, { password: 'p', token: 'canary-7' });
  assert.equal(readConfig(config, joinSecrets(parts)).token.reveal(), 'canary-7');
});

test('a wrong field is named, its value is not', () => {
  assert.throws(
    () => readConfig(config, { ...values, token: 5, port: 70_000 }),
    failure('config.invalid', /port.*token/),
  );
  assert.throws(
    () => readConfig(config, { ...values, mode: 'canary-mode' }),
    (error: Error) => /mode/.test(error.message) && !error.message.includes('canary'),
  );
});
