// A channel and a secret source that are changed through the API: what stays secret is kept, sent nowhere else, and shown to nobody.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { fakeBao } from '../../test/support/bao-server.ts';
import { consoleSite, makeReady } from '../../test/support/console.ts';
import { httpReceiver } from '../../test/support/http-receiver.ts';
import { toldEvents } from '../../test/support/told-changes.ts';
import { orbitEvent } from '../base/event.ts';
import { SecretString } from '../base/secret-string.ts';
import { listIncidents } from '../notify/incidents.ts';
import { webhookSignature } from '../notify/kinds/webhook.ts';

const canary = 'canary of the secret';

async function site(context: TestContext) {
  const made = await consoleSite(context);
  await makeReady(made);
  const headers = { host: 'localhost', cookie: await made.cookieOf('administrator'), 'sec-fetch-site': 'same-origin' };
  const ask = async <Answer>(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    payload?: object,
  ): Promise<Answer> => {
    const url = `/api/v1${path}`;
    const { body } = await made.server.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
    assert.ok(!body.includes(canary), `${path} tells a secret`);
    return JSON.parse(body) as Answer;
  };
  const lastAudit = () => made.app.audit.list({ limit: 1 })[0];
  return { ...made, ask, lastAudit };
}

interface Answer {
  code?: string;
  detail?: string;
  kept?: string[];
  config?: Record<string, unknown>;
  isDelivered?: boolean;
}

test('a channel is changed when a test message goes through; its kept secret signs it, and goes to no other place', async (t) => {
  const { app, ask, lastAudit, bugs } = await site(t);
  const [receiver, other] = [await httpReceiver(t), await httpReceiver(t)];
  const { channels } = app.notifier;
  const config = { url: `${receiver.url}/hook`, signingSecret: canary, authorization: `Bearer ${canary}` };
  channels.add({ name: 'chat', kind: 'webhook', config });
  const [shown] = (await ask<{ channels: Answer[] }>('GET', '/channels')).channels;
  assert.deepEqual([shown?.config, shown?.kept], [{ url: config.url }, ['signingSecret', 'authorization']]);

  // Another place: neither tried nor kept without the secrets.
  for (const [method, path, body] of [
    ['PUT', '/channels/chat', { config: { url: other.url } }],
    ['PUT', '/channels/chat', { config: { url: other.url }, ifNotDelivered: 'keep' }],
    ['POST', '/channels/test', { name: 'chat', kind: 'webhook', config: { url: other.url }, isChange: true }],
  ] as const)
    assert.equal((await ask<Answer>(method, path, body)).code, 'config.secret-needed');
  assert.deepEqual(other.requests, []);

  // The same place: the header is given up, the secret that is left out signs what is tried, kept or not.
  const change = { url: config.url, authorization: null };
  const tried = { name: 'chat', kind: 'webhook', config: change, isChange: true };
  assert.equal((await ask<Answer>('POST', '/channels/test', tried)).isDelivered, true);
  assert.ok('authorization' in channels.get('chat').config, 'what is tried is not kept');
  assert.deepEqual((await ask<Answer>('PUT', '/channels/chat', { config: change })).kept, ['signingSecret']);
  assert.equal(receiver.requests.length, 2);
  for (const { headers, body } of receiver.requests) {
    const [id, seconds] = [String(headers['webhook-id']), Number(headers['webhook-timestamp'])];
    assert.equal(webhookSignature(new SecretString(canary), id, seconds, body), headers['webhook-signature']);
    assert.equal(headers.authorization, undefined);
  }
  const { before, after } = lastAudit() ?? {};
  const secretsOf = (state: Record<string, unknown> | undefined) =>
    (state?.['channel.chat'] as { secrets?: string } | undefined)?.secrets;
  assert.match(secretsOf(before) ?? '', /^\[secret [0-9a-f]{8}\]$/);
  assert.notEqual(secretsOf(before), secretsOf(after));

  // What it is told is no reason for a message, and leaves the secrets as they are in the trail.
  const filter = { minimumSeverity: 'error', also: ['backup.performed'], kinds: ['secrets'] };
  await ask('PUT', '/channels/chat', { filter });
  assert.deepEqual(channels.get('chat').filter, { ...filter, never: [] });
  assert.equal(receiver.requests.length, 2);
  assert.deepEqual(lastAudit()?.after, { 'channel.chat': { filter: { ...filter, never: [] } } });
  assert.match((await ask<Answer>('PUT', '/channels/chat', { filter: { also: ['all'] } })).detail ?? '', /also/);

  // What is not delivered is not kept, unless it is wanted so.
  other.status = 403;
  const moved = { config: { url: other.url, signingSecret: 'new' } };
  assert.equal((await ask<Answer>('PUT', '/channels/chat', moved)).code, 'notify.not-authorised');
  assert.equal((channels.get('chat').config as { url: string }).url, config.url);
  await ask('PUT', '/channels/chat', { ...moved, ifNotDelivered: 'keep' });
  assert.equal((channels.get('chat').config as { url: string }).url, other.url);
  assert.equal(other.requests.length, 1);
  assert.deepEqual(bugs, []);
});

test('a channel that is removed fails no longer, and the others are told who removed it', async (t) => {
  const { app, ask, bugs } = await site(t);
  const told = toldEvents({ app });
  const url = 'http://127.0.0.1:9/';
  for (const name of ['chat', 'pager'])
    app.notifier.channels.add({ name, kind: 'webhook', config: { url, signingSecret: 's' } });
  const since = app.clock.now();
  for (const channel of ['chat', 'pager'])
    app.tell(orbitEvent('channel.failing', { channel, since, reason: 'no answer', queued: 3 }, since));
  await ask('DELETE', '/channels/chat');
  const open = listIncidents(app.store, { state: 'open' });
  assert.deepEqual(
    open.map(({ facts }) => facts.channel),
    ['pager'],
  );
  const removed = told().filter(({ id }) => id === 'channel.removed');
  assert.deepEqual(
    removed.map(({ facts }) => [facts['channel'], facts['user']]),
    [['chat', 'the-administrator']],
  );
  assert.deepEqual(bugs, []);
});

test('a secret source is changed when it is read whole; a token that is left out stays, and goes to no other server', async (t) => {
  const { app, ask, lastAudit, bugs } = await site(t);
  const [server, other] = [await fakeBao(t), await fakeBao(t)];
  const tokenOf = async (bao: typeof server): Promise<string> =>
    ((await bao.call('POST', 'auth/token/create', { policies: ['root'] }))['auth'] as { client_token: string })
      .client_token;
  const token = await tokenOf(server);
  await server.call('POST', 'secret/data/a', { data: { password: 'p' } });
  const source = { name: 'team', kind: 'openbao', config: { address: server.address, token } };
  await ask('POST', '/sources', source);
  await app.vault.quicken();
  const path = '/jobs/secrets/sources/team';
  const settings = async () =>
    (await ask<{ sources: (Answer & { name: string })[] }>('GET', '/sources')).sources.find(
      ({ name }) => name === 'team',
    );
  assert.deepEqual((await settings())?.kept, ['token']);
  assert.equal((await settings())?.config?.['vaultSecret'], undefined);

  const callsBefore = other.calls.length;
  assert.equal((await ask<Answer>('PUT', path, { config: { address: other.address } })).code, 'config.secret-needed');
  assert.equal(other.calls.length, callsBefore, 'the other server was not asked');
  // Settings with which nothing can be read change nothing.
  const wrong = { address: server.address, mounts: ['absent'] };
  assert.match((await ask<Answer>('PUT', path, { config: wrong })).code ?? '', /^secrets\./);
  assert.deepEqual((await settings())?.config?.['mounts'], []);

  await ask('PUT', path, { config: { address: server.address, mounts: ['secret'] } });
  assert.deepEqual((await settings())?.config?.['mounts'], ['secret']);
  assert.deepEqual(Object.keys(lastAudit()?.after ?? {}), ['job.secrets'], 'its token is as it was');
  await ask('PUT', path, { config: { address: server.address, mounts: ['secret'], token: await tokenOf(server) } });
  const masked = (lastAudit()?.after?.['sourceSecret.team'] as { secrets?: string } | undefined)?.secrets ?? '';
  assert.match(masked, /^\[secret [0-9a-f]{8}\]$/, 'another token is seen in the trail, and not told');
  assert.deepEqual(bugs, []);
});
