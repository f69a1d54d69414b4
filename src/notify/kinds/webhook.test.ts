import { tellNote } from '../../base/note.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificates } from '../../../test/support/certificates.ts';
import { failure } from '../../../test/support/failures.ts';
import { httpReceiver } from '../../../test/support/http-receiver.ts';
import { freePort } from '../../../test/support/ports.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import { orbitEvent } from '../../base/event.ts';
import { runProgram } from '../../base/program.ts';
import { readConfig } from '../../base/secret-schema.ts';
import { SecretString } from '../../base/secret-string.ts';
import type { ChannelMessage, DeliveryEvent } from '../channel.ts';
import { ping, pingConfig } from './ping.ts';
import { webhook, webhookConfig, webhookSignature } from './webhook.ts';

const context = { hostName: 'vault1', version: '1.2.3' };
const at = new Date('2026-11-23T05:00:07.250Z');
const message: ChannelMessage = {
  id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  event: orbitEvent('source.lost', { source: 'cofre', reason: 'gone "now"', since: at }, at),
};

function open(values: Record<string, unknown>) {
  const steps: string[] = [];
  const report = (event: DeliveryEvent): void => {
    if (event.type === 'step') steps.push(tellNote(event.note, 'en'));
  };
  return { channel: webhook.open(readConfig(webhookConfig, values), context, ''), steps, operation: { report } };
}

test('the signature is the one of the Standard Webhooks example', () => {
  const secret = new SecretString('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const signature = webhookSignature(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}');
  assert.equal(signature, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('a webhook posts JSON over TLS of a private authority, signed as openssl would', needs('openssl'), async (t) => {
  const certificates = await makeCertificates(await temporaryFolder(t));
  const receiver = await httpReceiver(t, certificates);
  const values = { url: `${receiver.url}/hook?a=b`, signingSecret: 'canary secret', ca: certificates.ca };
  const { channel, steps, operation } = open({ ...values, authorization: 'Bearer canary' });
  await channel.send([message], operation);
  const [got] = receiver.requests;
  assert.equal(got?.method, 'POST');
  assert.equal(got?.path, '/hook?a=b');
  assert.equal(got?.headers['webhook-id'], message.id);
  assert.equal(got?.headers['authorization'], 'Bearer canary');
  const signed = `${message.id}.${String(got?.headers['webhook-timestamp'])}.${got?.body}`;
  const judge = await runProgram('openssl', ['dgst', '-sha256', '-hmac', 'canary secret', '-binary'], {
    input: signed,
  });
  assert.equal(got?.headers['webhook-signature'], `v1,${judge.stdout.toString('base64')}`);
  const body = JSON.parse(got?.body ?? '') as { type: string; data: Record<string, unknown> };
  assert.equal(body.type, 'source.lost');
  assert.equal(body.data['number'], '9201');
  assert.equal(body.data['severity'], 'error');
  assert.deepEqual(body.data['facts'], { source: 'cofre', reason: 'gone "now"', since: at.toISOString() });
  assert.match(steps.join('\n'), /^connected to localhost:\d+ .*\nTLSv1\.3, .*test-authority.*\nanswer 204$/);
  assert.doesNotMatch(steps.join('\n'), /canary/);

  const untrusting = open({ ...values, ca: undefined });
  await assert.rejects(untrusting.channel.send([message], untrusting.operation), failure('notify.untrusted'));
});

test('what a receiver answers decides what is wrong: credential, message, or a bad moment', async (t) => {
  const receiver = await httpReceiver(t);
  const { channel, operation } = open({ url: receiver.url, signingSecret: 's' });
  const codes = { 401: 'not-authorised', 404: 'refused', 302: 'refused', 429: 'unreachable', 503: 'unreachable' };
  for (const [status, code] of Object.entries(codes)) {
    receiver.status = Number(status);
    await assert.rejects(channel.send([message], operation), failure(`notify.${code}`, new RegExp(`${status}: said`)));
  }
  assert.ok(receiver.requests.every((request) => request.path === '/'));
  const nobody = open({ url: `http://127.0.0.1:${await freePort()}`, signingSecret: 's' });
  await assert.rejects(nobody.channel.send([message], nobody.operation), failure('notify.unreachable', /ECONNREFUSED/));
});

test('a dead-man ping calls its address once, and never shows it', async (t) => {
  const receiver = await httpReceiver(t);
  const channel = ping.open(readConfig(pingConfig, { url: `${receiver.url}/canary-uuid` }), context, '');
  const told: unknown[] = [];
  await channel.send([message, { ...message, id: 'second' }], { report: (event) => told.push(event) });
  assert.deepEqual(
    receiver.requests.map((request) => `${request.method} ${request.path}`),
    ['GET /canary-uuid'],
  );
  receiver.status = 500;
  await assert.rejects(channel.send([message], {}), (error: Error) => !/canary/.test(JSON.stringify(error)));
  assert.doesNotMatch(JSON.stringify(told), /canary/);
});
