import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretString } from '../base/secret-string.ts';
import { failure } from '../../test/support/failures.ts';
import { generatePassphrase } from './generated-passphrase.ts';
import { passwordStrength, refuseWeakPassword } from './master-password.ts';

test('a generated passphrase has 28 letters nobody mishears, and passes', () => {
  for (let round = 0; round < 50; round += 1) {
    const passphrase = generatePassphrase();
    assert.match(passphrase.reveal(), /^([0-9a-hjkmnp-tv-z]{4}-){6}[0-9a-hjkmnp-tv-z]{4}$/);
    assert.equal(passwordStrength(passphrase).reason, '');
  }
});

test('weak master passwords are refused with a reason', () => {
  const weak = [
    'short',
    'Tr0ub4dor&3',
    'password1234',
    'P@ssw0rd2026!',
    'senha-mestre-2026',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    'abcdefghijklmnopqrstuvwxyz',
    'qwertyuiopasdfghjklzxcvbnm',
    '12345678901234567890',
    'abcabcabcabcabcabcabc',
    'correct horse battery staple',
    'Brasil2026Brasil2026!',
    '23112026 23112026',
    'administrator2026!',
    'Master.Password.2026',
    'iloveyouiloveyouiloveyou',
  ];
  for (const password of weak) {
    const secret = new SecretString(password);
    assert.throws(() => refuseWeakPassword(secret), failure('breakglass.weak-password', /characters|bits/), password);
  }
});

test('strong master passwords pass: six unrelated words, sixteen random characters, a long sentence', () => {
  const strong = [
    'cinder parole ostrich magnet huddle trowel',
    'jacaré vidro tambor feltro anzol crivo',
    'x7#Kq9!vT2$mW8&z',
    'When the 14 geese left Porto, grandmother sold her accordion.',
    'FY4R0m+o+UkEQXDx',
    'gT5nLqZ0/aVw3YdB',
  ];
  for (const password of strong) assert.equal(passwordStrength(new SecretString(password)).reason, '', password);
});

test('the refusal does not repeat the password', () => {
  try {
    refuseWeakPassword(new SecretString('hunter2-canary'));
    assert.fail('must be refused');
  } catch (error) {
    assert.doesNotMatch(JSON.stringify(error), /canary/);
  }
});
