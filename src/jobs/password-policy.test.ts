// The password policy: what a password lacks, judged while it is read, with no trace of the password left.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretString } from '../base/secret-string.ts';
import { passwordPolicy } from './password-policy-fields.ts';
import { faultsOf, isTooOld } from './password-policy.ts';

const judge = (password: string, policy: object = {}, username = 'admin') =>
  faultsOf({ password: new SecretString(password), username }, passwordPolicy.parse(policy));

test('a password is told what it lacks, and all of it', () => {
  assert.deepEqual(judge('tr0ub4dor-&-quartz-lemon'), []);
  assert.deepEqual(judge('password1'), ['short', 'guessable']);
  assert.deepEqual(judge('AdMiN-quartz-lemon-82'), ['user-name']);
  assert.deepEqual(judge('AdMiN-quartz-lemon-82', { refuseUserName: false }), []);
  const all = { classes: ['lower', 'upper', 'digits', 'symbols'], minimumLength: 1, minimumBits: 0 };
  assert.deepEqual(judge('çãoquartz', all), ['upper', 'digits', 'symbols']);
  assert.deepEqual(judge('ÇÃO 9', all), ['lower']);
  assert.deepEqual(judge('a', { minimumLength: 1, minimumBits: 0 }, 'a'), [], 'a name of one letter is in everything');
  assert.equal(judge(''), undefined, 'there is nothing to judge');
});

test('age counts from the last change, and only where there is a limit', () => {
  const now = new Date('2026-11-23T00:00:00Z');
  const policy = passwordPolicy.parse({ maximumAgeDays: 90 });
  assert.equal(isTooOld('2026-08-24T00:00:00Z', policy, now), true);
  assert.equal(isTooOld('2026-08-26T00:00:00Z', policy, now), false);
  assert.equal(isTooOld('2000-01-01T00:00:00Z', passwordPolicy.parse({}), now), false);
});
