import { tellNote } from '../base/note.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeCertificates } from '../../test/support/certificates.ts';
import { failure } from '../../test/support/failures.ts';
import { type HttpReceiver, httpReceiver } from '../../test/support/http-receiver.ts';
import { smtpServer } from '../../test/support/smtp-server.ts';
import { syslogServer } from '../../test/support/syslog-ng.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { needs } from '../../test/support/tools.ts';
import { fixedClock } from '../base/clock.ts';
import { type OrbitEvent, orbitEvent } from '../base/event.ts';
import { instanceKeyFrom } from '../store/instance-key.ts';
import { memoryStore } from '../store/store.ts';
import { startCourier } from './courier.ts';
import { openNotifier, retryAfterMs } from './notifier.ts';
import { queuedMax } from './queue.ts';

const context = { hostName: 'vault1', version: '1.2.3' };
const start = new Date('2026-11-23T05:00:00.000Z');

function notifierOf() {
  const clock = fixedClock(start);
  const store = memoryStore();
  const key = instanceKeyFrom(Buffer.alloc(32, 7));
  return { clock, store, notifier: openNotifier({ store, key, clock, context }) };
}

const lost = (name: string, at = start): OrbitEvent =>
  orbitEvent('source.lost', { source: name, reason: 'gone', since: at }, at);
const names = (count: number): string[] => Array.from({ length: count }, (_, number) => `source ${number}`);
const hook = (receiver: HttpReceiver) => ({ url: receiver.url, signingSecret: 's' });

function told(receiver: HttpReceiver): { type: string; source?: unknown; facts: Record<string, unknown> }[] {
  return receiver.requests.map((request) => {
    const body = JSON.parse(request.body) as { type: string; data: { facts: Record<string, unknown> } };
    return { type: body.type, source: body.data.facts['source'], facts: body.data.facts };
  });
}

test('while a channel is down its messages wait, another channel says so, and all arrive once and in order', async (t) => {
  const { clock, notifier } = notifierOf();
  const other = await httpReceiver(t);
  const receiver = await httpReceiver(t);
  notifier.channels.add({ name: 'main', kind: 'webhook', config: hook(receiver) });
  notifier.channels.add({
    name: 'other',
    kind: 'webhook',
    config: hook(other),
    filter: { minimumSeverity: 'emergency', also: ['channel.*'] },
  });
  receiver.status = 503;
  for (const name of names(3)) notifier.notify(lost(name));
  for (const waitMs of [0, ...retryAfterMs.slice(0, 2)]) {
    clock.advance(waitMs);
    assert.equal((await notifier.deliver()).failed, 1);
    assert.equal((await notifier.deliver()).failed, 0, 'it waits before trying again');
  }
  for (const name of names(6).slice(3)) notifier.notify(lost(name));
  await notifier.deliver();
  assert.deepEqual(
    told(other).map(({ type, facts }) => [type, facts['channel'], facts['since'], facts['queued']]),
    [['channel.failing', 'main', start.toISOString(), 3]],
  );
  receiver.requests.length = 0;
  receiver.status = 204;
  clock.advance(retryAfterMs[2] ?? 0);
  assert.equal((await notifier.deliver()).delivered, 6);
  assert.deepEqual(
    told(receiver).map(({ source }) => source),
    names(6),
  );
  await notifier.deliver();
  assert.equal(told(other)[1]?.type, 'channel.restored');
  assert.equal(told(receiver).at(-1)?.type, 'channel.restored');
  assert.equal(notifier.nextDueAt(), undefined);
});

test(
  'two syslog servers each get every message once, in order, though one of them was down at first',
  needs('syslog-ng', 'openssl'),
  async (t) => {
    const { clock, notifier } = notifierOf();
    const certificates = await makeCertificates(await temporaryFolder(t));
    const first = await syslogServer(await temporaryFolder(t), certificates);
    const second = await syslogServer(await temporaryFolder(t), certificates);
    await first.start();
    t.after(() => Promise.all([first.stop(), second.stop()]));
    const servers = [`localhost:${first.ports.tls}`, `localhost:${second.ports.tls}`];
    notifier.channels.add({ name: 'siem', kind: 'syslog', config: { servers, ca: certificates.ca } });
    for (const name of names(5)) notifier.notify(lost(name));
    assert.deepEqual(await notifier.deliver(), { delivered: 5, failed: 1, dropped: 0 });
    const [up, away] = notifier.channels.states(notifier.channels.get('siem')).sort((a, b) => a.queued - b.queued);
    assert.equal(up?.queued, 0);
    assert.equal(away?.queued, 5);
    assert.match(away?.failure ?? '', /ECONNREFUSED/);
    await second.start();
    clock.advance(retryAfterMs[0] ?? 0);
    assert.deepEqual(await notifier.deliver(), { delivered: 5, failed: 0, dropped: 0 });
    for (const server of [first, second]) {
      const messages = (await server.received(5)).map((message) => message.MESSAGE);
      assert.deepEqual(
        messages.map((text) => /source \d/.exec(text)?.[0]),
        names(5),
      );
    }
  },
);

test('successes wait for one digest a day while an alert goes out at once', needs('aiosmtpd', 'openssl'), async (t) => {
  const { clock, notifier } = notifierOf();
  const certificates = await makeCertificates(await temporaryFolder(t));
  const server = await smtpServer(t, 'none', certificates);
  const config = { host: 'localhost', port: server.port, encryption: 'none', from: 'a@b.org', to: ['c@d.org'] };
  notifier.channels.add({ name: 'mail', kind: 'email', config: { ...config, digestHour: 7 } });
  const passed = (number: number): OrbitEvent =>
    orbitEvent('drill.passed', { kind: 'secrets', destination: `nas${number}`, durationMs: 1 }, clock.now());
  for (const number of [1, 2, 3]) notifier.notify(passed(number));
  notifier.notify(lost('vault'));
  assert.equal((await notifier.deliver()).delivered, 1);
  assert.equal((await server.received(1)).length, 1);
  const due = notifier.nextDueAt();
  assert.ok(due !== undefined);
  assert.equal(due.getHours(), 7);
  clock.advance(due.getTime() - clock.now().getTime());
  assert.equal((await notifier.deliver()).delivered, 3);
  const mails = await server.received(2);
  assert.equal(mails.length, 2);
  assert.match(mails[1]?.body ?? '', /nas1[^]*nas2[^]*nas3/);
});

test('a message that its receiver refuses again and again is given up, told, and the next ones get through', async (t) => {
  const { clock, notifier } = notifierOf();
  const receiver = await httpReceiver(t);
  notifier.channels.add({ name: 'main', kind: 'webhook', config: hook(receiver) });
  notifier.notify(lost('bad'));
  notifier.notify(lost('good'));
  receiver.status = 400;
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await notifier.deliver();
    clock.advance(retryAfterMs.at(-1) ?? 0);
  }
  receiver.status = 204;
  receiver.requests.length = 0;
  await notifier.deliver();
  clock.advance(1000);
  await notifier.deliver();
  assert.deepEqual(
    told(receiver).map(({ type, source }) => source ?? type),
    ['good', 'channel.restored', 'channel.dropped'],
  );
});

test('a queue is bounded: the oldest are given up and counted', async (t) => {
  const { notifier, store } = notifierOf();
  const receiver = await httpReceiver(t);
  const channel = notifier.channels.add({ name: 'main', kind: 'webhook', config: hook(receiver) });
  notifier.notify(lost('oldest'));
  store.transaction(() => {
    const fill = store.database.prepare(
      `INSERT INTO channel_message (channel_id, target, message_id, event, queued_at)
       SELECT channel_id, target, ?, event, queued_at FROM channel_message LIMIT 1`,
    );
    for (let number = 1; number < queuedMax; number += 1) fill.run(`m${number}`);
  });
  notifier.notify(lost('newest'));
  assert.equal(notifier.channels.states(channel)[0]?.queued, queuedMax);
  assert.equal(store.database.prepare('SELECT dropped FROM channel_target').get()?.['dropped'], 1);
});

test('a ping that would come too late is not sent', async (t) => {
  const { clock, notifier } = notifierOf();
  const receiver = await httpReceiver(t);
  notifier.channels.add({
    name: 'watcher',
    kind: 'ping',
    config: { url: receiver.url },
    filter: { kinds: ['secrets'] },
  });
  const performed = (kind: string): OrbitEvent =>
    orbitEvent(
      'backup.performed',
      { kind, job: 'j', destination: 'd', location: 'l', durationMs: 1, bytesSent: 1, verified: true },
      clock.now(),
    );
  notifier.notify(performed('system'));
  assert.equal(notifier.nextDueAt(), undefined, 'system is not watched');
  notifier.notify(performed('secrets'));
  clock.advance(3_600_000);
  assert.deepEqual(await notifier.deliver(), { delivered: 0, failed: 0, dropped: 1 });
  notifier.notify(performed('secrets'));
  assert.equal((await notifier.deliver()).delivered, 1);
  assert.equal(receiver.requests.length, 1);
});

test('two processes that deliver from one store send nothing twice', async (t) => {
  const { clock, store, notifier } = notifierOf();
  const receiver = await httpReceiver(t);
  notifier.channels.add({ name: 'main', kind: 'webhook', config: hook(receiver) });
  const second = openNotifier({ store, key: instanceKeyFrom(Buffer.alloc(32, 7)), clock, context });
  for (const name of names(20)) notifier.notify(lost(name));
  await Promise.all([notifier.deliver(), second.deliver()]);
  assert.deepEqual(
    told(receiver).map(({ source }) => source),
    names(20),
  );
});

test('the store holds no secret of a channel in the clear, and a channel that cannot be opened stops no other', async (t) => {
  const { clock, store, notifier } = notifierOf();
  const receiver = await httpReceiver(t);
  const config = { url: receiver.url, signingSecret: 'canary-secret' };
  notifier.channels.add({ name: 'main', kind: 'webhook', config });
  const rows = store.database.prepare('SELECT * FROM channel').all();
  assert.doesNotMatch(JSON.stringify(rows) + String(rows[0]?.['secrets']), /canary/);
  assert.doesNotMatch(JSON.stringify(notifier.channels.list()), /canary/);
  const stranger = openNotifier({ store, key: instanceKeyFrom(Buffer.alloc(32, 8)), clock, context });
  const other = await httpReceiver(t);
  stranger.channels.add({ name: 'other', kind: 'webhook', config: hook(other) });
  stranger.notify(lost('vault'));
  assert.deepEqual(await stranger.deliver(), { delivered: 1, failed: 1, dropped: 0 });
  assert.equal(told(other)[0]?.source, 'vault');
});

test('a channel switched off is told nothing; names are unique; an unknown kind is named', async () => {
  const { notifier } = notifierOf();
  const add = (name: string, kind = 'webhook') =>
    notifier.channels.add({ name, kind, config: { url: 'http://localhost:1', signingSecret: 's' } });
  add('main');
  notifier.channels.setEnabled('main', false);
  notifier.notify(lost('vault'));
  assert.equal(notifier.nextDueAt(), undefined);
  assert.throws(() => add('main'), failure('notify.channel-exists'));
  assert.throws(
    () => add('pigeon', 'pigeon'),
    failure('notify.unknown-kind', /email, syslog, webhook, ping, terminals/),
  );
  assert.throws(() => add(' '), failure('config.invalid'));
  assert.throws(() => notifier.channels.remove('none'), failure('notify.no-such-channel'));
});

test('the courier delivers what is queued without being asked, and stops when told', async (t) => {
  const { notifier } = notifierOf();
  const receiver = await httpReceiver(t);
  notifier.channels.add({ name: 'main', kind: 'webhook', config: hook(receiver) });
  const stop = new AbortController();
  const delivered = Promise.withResolvers<void>();
  let count = 0;
  const courier = startCourier(notifier, {
    signal: stop.signal,
    report: (summary) => {
      count += summary.delivered;
      if (count === 2) delivered.resolve();
    },
  });
  courier.notify(lost('one'));
  courier.notify(lost('two'));
  await delivered.promise;
  stop.abort();
  await courier.done;
  assert.equal(receiver.requests.length, 2);
});

test('a test message goes past the queue and tells each step', async (t) => {
  const { notifier } = notifierOf();
  const receiver = await httpReceiver(t);
  notifier.channels.add({ name: 'main', kind: 'webhook', config: hook(receiver), filter: { never: ['*'] } });
  const steps: string[] = [];
  await notifier.test(notifier.channels.get('main'), {
    report: (event) => event.type === 'step' && steps.push(tellNote(event.note, 'en')),
  });
  assert.equal(told(receiver)[0]?.type, 'channel.test');
  assert.match(steps.join('\n'), /connected to .*\nanswer 204/);
  receiver.status = 401;
  await assert.rejects(notifier.test(notifier.channels.get('main'), {}), failure('notify.not-authorised'));
});

test('what waits goes the new way when a channel is changed, also to a server that took the place of another', async (t) => {
  const { clock, notifier } = notifierOf();
  const [hears, watches] = [await httpReceiver(t), await httpReceiver(t)];
  const { channels } = notifier;
  channels.add({
    name: 'watches',
    kind: 'webhook',
    config: hook(watches),
    filter: { minimumSeverity: 'emergency', also: ['channel.*'] },
  });
  channels.add({ name: 'chat', kind: 'webhook', config: { url: 'http://127.0.0.1:9/', signingSecret: 's' } });
  // Nobody listens on any of them.
  const siem = (...ports: number[]) => ({ servers: ports.map((port) => `127.0.0.1:${port}`), transport: 'tcp' });
  channels.add({ name: 'siem', kind: 'syslog', config: siem(1, 2) });
  for (const name of names(2)) notifier.notify(lost(name));
  for (const waitMs of [0, ...retryAfterMs.slice(0, 2)]) {
    clock.advance(waitMs);
    await notifier.deliver();
  }
  channels.change('chat', { config: hook(hears) });
  // At once: the next attempt would have been in a minute.
  await notifier.deliver();
  await notifier.deliver();
  assert.deepEqual(
    told(hears).map(({ type, source }) => source ?? type),
    [...names(2), 'channel.failing', 'channel.failing', 'channel.restored'],
  );
  assert.deepEqual(
    told(watches)
      .filter(({ facts }) => facts['channel'] === 'chat')
      .map(({ type }) => type),
    ['channel.failing', 'channel.restored'],
  );

  const states = () => channels.states(channels.get('siem'));
  const before = states();
  assert.ok(before.every(({ queued, failingSince }) => queued > 1 && failingSince !== undefined));
  channels.change('siem', { config: siem(2, 3, 4) });
  const [stays, successor, fresh] = states();
  assert.equal(stays?.queued, before[1]?.queued);
  const { queued, failingSince, failure: reason } = before[0] ?? {};
  assert.deepEqual(successor, { target: '127.0.0.1:3', queued, failingSince, failure: reason });
  assert.deepEqual(fresh, { target: '127.0.0.1:4', queued: 0 });
  channels.change('siem', { config: siem(4) });
  assert.deepEqual(states(), [fresh]);
});
