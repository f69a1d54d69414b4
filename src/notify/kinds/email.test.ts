import { tellNote } from '../../base/note.ts';
import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestCertificates, makeCertificates } from '../../../test/support/certificates.ts';
import { failure } from '../../../test/support/failures.ts';
import { smtpServer } from '../../../test/support/smtp-server.ts';
import { needs } from '../../../test/support/tools.ts';
import { orbitEvent } from '../../base/event.ts';
import { readConfig } from '../../base/secret-schema.ts';
import type { ChannelMessage, DeliveryEvent } from '../channel.ts';
import { email, emailConfig } from './email.ts';

const context = { hostName: 'vault1', version: '1.2.3' };
const at = new Date('2026-11-23T05:00:07.250Z');
const needed = needs('aiosmtpd', 'openssl');
let folder = '';
let certificates: TestCertificates;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orbit-test-'));
  if (needed.skip === false) certificates = await makeCertificates(folder);
});
after(() => rm(folder, { recursive: true, force: true }));

const lost: ChannelMessage = {
  id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  event: orbitEvent(
    'destination.lost',
    {
      destination: 'cofre São Paulo',
      location: 'rsync://backup@b:22/x',
      reason: 'no answer\nfrom b',
      since: '2026-11-23T04:58:00Z',
    },
    at,
  ),
};

function channel(port: number, more: Record<string, unknown>) {
  const config = readConfig(emailConfig, {
    host: 'localhost',
    port,
    ca: certificates.ca,
    from: 'orbit@example.org',
    to: ['ops@example.org', 'ciso@example.org'],
    ...more,
  });
  const steps: string[] = [];
  const delivered: string[] = [];
  const report = (event: DeliveryEvent): void => {
    if (event.type === 'step') steps.push(tellNote(event.note, 'en'));
    else delivered.push(event.message.id);
  };
  return { open: email.open(config, context, ''), steps, delivered, operation: { report } };
}

const password = 'p\\&!"é ü';

for (const encryption of ['starttls', 'tls'] as const) {
  test(
    `a mail arrives over ${encryption} with a private authority and a password of strange characters`,
    needed,
    async (t) => {
      const server = await smtpServer(t, encryption, certificates, { user: 'orbit', password });
      const { open, steps, delivered, operation } = channel(server.port, { encryption, user: 'orbit', password });
      await open.send([lost], operation);
      const [mail] = await server.received(1);
      assert.equal(mail?.tls, true);
      assert.equal(mail?.user, 'orbit');
      assert.deepEqual(mail?.to, ['ops@example.org', 'ciso@example.org']);
      assert.equal(mail?.headers['subject'], '[Orbit vault1] ALERT: Destination lost: cofre São Paulo');
      assert.equal(mail?.headers['message-id'], `<${lost.id}@vault1>`);
      assert.equal(mail?.headers['auto-submitted'], 'auto-generated');
      assert.equal(mail?.headers['x-orbit-event'], 'destination.lost');
      assert.match(mail?.body ?? '', /What happened\r?\n.*São Paulo.*since 2026-11-23 04:58:00 UTC: no answer/);
      assert.match(mail?.body ?? '', /Since when\r?\n {2}2026-11-23 04:58:00 UTC/);
      assert.match(mail?.body ?? '', /What to do\r?\n {2}Check that the server is up/);
      assert.deepEqual(delivered, [lost.id]);
      assert.match(steps.join('\n'), /^connected to localhost:\d+ .*\nTLSv1\.[23], .*localhost by test-authority/);
      assert.match(steps.join('\n'), /signed in as orbit\nthe server took the mail: 250 2\.0\.0 taken as 4711/);
      assert.doesNotMatch(steps.join('\n') + (mail?.raw ?? ''), /p\\\\&!/);
    },
  );
}

test(
  'a mail server is signed in to by OAuth 2 with a fresh token, and a wrong one is told apart',
  needed,
  async (t) => {
    const asked: URLSearchParams[] = [];
    const tokens = createHttpServer((request, response) => {
      request.setEncoding('utf8');
      let body = '';
      request.on('data', (text: string) => (body += text));
      request.on('end', () => {
        asked.push(new URLSearchParams(body));
        const access_token = body.includes('refresh-1') ? 'token-1' : 'other';
        response.end(JSON.stringify({ access_token, token_type: 'Bearer', expires_in: 3600 }));
      });
    }).listen(0, '127.0.0.1');
    await once(tokens, 'listening');
    t.after(() => tokens.close());
    const address = tokens.address();
    assert.ok(address !== null && typeof address === 'object');
    const server = await smtpServer(t, 'starttls', certificates, { user: 'orbit@example.org', token: 'token-1' });
    const oauth = {
      user: 'orbit@example.org',
      oauthTokenUrl: `http://127.0.0.1:${address.port}/token`,
      oauthClientId: 'orbit',
      oauthClientSecret: 'client & secret',
      oauthRefreshToken: 'refresh-1',
    };
    const { open, steps, operation } = channel(server.port, oauth);
    await open.send([lost], operation);
    const [mail] = await server.received(1);
    assert.equal(mail?.user, 'orbit@example.org');
    assert.deepEqual(Object.fromEntries(asked[0] ?? []), {
      client_id: 'orbit',
      grant_type: 'refresh_token',
      refresh_token: 'refresh-1',
      client_secret: 'client & secret',
    });
    assert.match(steps.join('\n'), /signed in as orbit@example\.org by OAuth 2/);
    assert.doesNotMatch(steps.join('\n'), /token-1|refresh-1|client & secret/);
    const { oauthRefreshToken: _, ...wrong } = oauth;
    await assert.rejects(channel(server.port, wrong).open.send([lost], operation), failure('notify.not-authorised'));
    assert.equal(asked.at(-1)?.get('grant_type'), 'client_credentials');
  },
);

test('a mail in Portuguese says what happened, since when and what to do in Portuguese', needed, async (t) => {
  const server = await smtpServer(t, 'none', certificates);
  const { open, steps, operation } = channel(server.port, { encryption: 'none', language: 'pt' });
  await open.send([lost], operation);
  const [mail] = await server.received(1);
  assert.equal(mail?.headers['subject'], '[Orbit vault1] ALERTA: Destino perdido: cofre São Paulo');
  assert.match(mail?.body ?? '', /O que aconteceu[^]*Desde quando[^]*O que fazer[^]*Verifique se o servidor/);
  assert.match(steps.join('\n'), /not encrypted/);
});

test('good news comes as one mail', needed, async (t) => {
  const server = await smtpServer(t, 'none', certificates);
  const { open, delivered, operation } = channel(server.port, { encryption: 'none' });
  const messages = [1, 2, 3].map((number) => ({
    id: `m${number}`,
    event: orbitEvent('drill.passed', { kind: 'secrets', destination: `nas${number}`, durationMs: 1500 }, at),
  }));
  await open.sendDigest?.(messages, operation);
  const [mail, ...others] = await server.received(1);
  assert.equal(others.length, 0);
  assert.equal(mail?.headers['subject'], '[Orbit vault1] 3 successes');
  assert.match(mail?.body ?? '', /nas1[^]*nas2[^]*nas3/);
  assert.deepEqual(delivered, ['m1', 'm2', 'm3']);
});

test('a wrong password, an unknown authority and an unknown recipient are told apart', needed, async (t) => {
  const server = await smtpServer(t, 'starttls', certificates, { user: 'orbit', password });
  const wrong = channel(server.port, { user: 'orbit', password: 'wrong' });
  await assert.rejects(wrong.open.send([lost], wrong.operation), failure('notify.not-authorised', /535/));
  const untrusting = channel(server.port, { ca: undefined });
  await assert.rejects(untrusting.open.send([lost], untrusting.operation), failure('notify.untrusted'));
  const unknown = channel(server.port, { user: 'orbit', password, to: ['nobody@example.org'] });
  await assert.rejects(unknown.open.send([lost], unknown.operation), failure('notify.refused', /no such person/));
  const nobodyThere = channel(1, {});
  await assert.rejects(
    nobodyThere.open.send([lost], nobodyThere.operation),
    failure('notify.unreachable', /ECONNREFUSED/),
  );
});

test('a server that does not offer STARTTLS gets neither password nor mail', needed, async (t) => {
  const server = await smtpServer(t, 'none', certificates);
  const { open, delivered, operation } = channel(server.port, { encryption: 'starttls', user: 'orbit', password });
  await assert.rejects(open.send([lost], operation), failure('notify.unreachable'));
  assert.deepEqual(delivered, []);
});

test('a password in the clear is refused before anything is stored', () => {
  const values = { host: 'h', from: 'a@b.org', to: ['c@d.org'], encryption: 'none', user: 'u', password: 'canary' };
  assert.throws(() => readConfig(emailConfig, values), failure('config.invalid', /in the clear/));
});

test(
  'when the connection breaks after the first of two mails, only the first is reported as delivered',
  needed,
  async (t) => {
    const server = await smtpServer(t, 'none', certificates);
    // Between us and the server: breaks everything once the first mail was taken.
    const between = createServer((incoming) => {
      const outgoing = connect(server.port, '127.0.0.1');
      incoming.on('error', () => {}).on('close', () => outgoing.destroy());
      outgoing.on('error', () => {});
      incoming.pipe(outgoing);
      outgoing.on('data', (chunk: Buffer) => {
        incoming.write(chunk, () => {
          if (chunk.includes('4711')) incoming.destroy();
        });
      });
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
    t.after(() => between.close());
    const address = between.address();
    assert.ok(address !== null && typeof address === 'object');
    const { open, delivered, operation } = channel(address.port, { encryption: 'none' });
    await assert.rejects(open.send([lost, { ...lost, id: 'second' }], operation), failure('notify.unreachable'));
    assert.deepEqual(delivered, [lost.id]);
  },
);
