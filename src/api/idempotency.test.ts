// What is kept of requests with an Idempotency-Key: nothing that opens anything, and nothing to try passwords against.
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { callApi } from '../../test/support/api-call.ts';
import { type ConsoleSite, consoleSite, makeReady, readyMasterPassword } from '../../test/support/console.ts';

const post = <Body>(site: ConsoleSite, path: string, key: string, body: object) =>
  callApi<Body>(site, 'administrator', 'POST', path, body, { 'idempotency-key': key });

function keptAnswers({ app }: ConsoleSite): string[] {
  const rows = app.store.database.prepare('SELECT answer FROM idempotent_answer').all();
  return rows.map(({ answer }) => String(answer));
}

test('no generated passphrase and no link of a ceremony is kept for a repeated request', async (context) => {
  const site = await consoleSite(context);
  const drawn = await post<{ password: string }>(site, '/recovery/generated-password', 'drawn', {});
  assert.match(drawn.body.password, /\w/);
  const custodians = {
    threshold: 2,
    receivers: ['ana', 'rui'].map((name) => ({ name, delivery: 'link' })),
  };
  const plan = { password: { generate: true }, custodians };
  const made = await post<{ passphrase: string; handedOut: object }>(site, '/ceremony', 'made', plan);
  assert.equal(made.status, 200, JSON.stringify(made.body));
  assert.match(JSON.stringify(made.body.handedOut), /\/share#/);
  const split = { ...custodians, opening: { masterPassword: made.body.passphrase } };
  assert.equal((await post(site, '/ceremony/shares', 'split', split)).status, 200);
  assert.deepEqual(keptAnswers(site), ['', '', '']);
  assert.deepEqual(site.bugs, []);
});

test('the digest of a body is none that a copy of the database lets try passwords against', async (context) => {
  const site = await consoleSite(context);
  await makeReady(site);
  const body = { opening: { masterPassword: readyMasterPassword } };
  assert.equal((await post(site, '/ceremony/reseal', 'k', body)).status, 200);
  const kept = site.app.store.database.prepare('SELECT body FROM idempotent_answer').get()?.['body'] as Uint8Array;
  assert.notDeepEqual(Buffer.from(kept), hash('sha256', JSON.stringify(body), 'buffer'));
});
