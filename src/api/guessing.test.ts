// Guesses are counted however they come: one after another, or a crowd at the same moment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignInLimit } from '../accounts/sign-in-limit.ts';
import { fixedClock } from '../base/clock.ts';
import { callApi } from '../../test/support/api-call.ts';
import { consoleSite, goodPassword, makeReady } from '../../test/support/console.ts';

const crowd = <Result>(work: () => Promise<Result>): Promise<Result[]> => Promise.all(Array.from({ length: 12 }, work));

test('of a crowd of passwords at the same moment five are tried, and the door stays shut', async (context) => {
  const site = await consoleSite(context);
  const cookie = await site.cookieOf('operator');
  const signIn = (password: string) => callApi(site, undefined, 'POST', '/session', { name: 'the-operator', password });
  const answers = await crowd(() => signIn('not this one'));
  assert.equal(answers.filter(({ status }) => status === 401).length, 5);
  assert.equal(answers.filter(({ body }) => body.code === 'accounts.too-many-attempts').length, 7);
  assert.equal((await signIn(goodPassword)).status, 429);
  const change = { current: 'not this one', next: 'copper lantern ridge oboe' };
  const changes = await crowd(() => callApi(site, undefined, 'PUT', '/session/password', change, { cookie }));
  assert.deepEqual(new Set(changes.map(({ status }) => status)), new Set([429]));
  assert.deepEqual(site.bugs, []);
});

test('of a crowd of master passwords at the same moment five are tried', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  await site.cookieOf('administrator');
  const guess = { opening: { masterPassword: 'a guess of a thief' }, recipients: [] };
  const answers = await crowd(() => callApi(site, 'administrator', 'PUT', '/ceremony/recipients', guess));
  assert.equal(answers.filter(({ body }) => body.code === 'breakglass.wrong-password').length, 5);
  assert.equal(answers.filter(({ body }) => body.code === 'accounts.too-many-attempts').length, 7);
});

test('passkeys and the provider have no name: strangers from elsewhere shut nobody out', () => {
  const limit = new SignInLimit(fixedClock(new Date('2026-11-28T05:00:00Z')));
  for (let address = 0; address < 200; address += 1) limit.refused(`10.0.1.${address}`, '');
  limit.check('10.0.0.1', '');
});

test('what is over counts no more, whether it went well or not', async () => {
  const limit = new SignInLimit(fixedClock(new Date('2026-11-28T05:00:00Z')));
  for (let attempt = 0; attempt < 20; attempt += 1) {
    await limit.attempt('10.0.0.1', 'ana', () => Promise.resolve());
    await assert.rejects(limit.attempt('10.0.0.1', 'ana', () => Promise.reject(new Error('no'))));
  }
});
