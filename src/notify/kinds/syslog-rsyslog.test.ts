// rsyslog, the other receiver that SIEMs stand behind: what arrives is what was made, byte for byte, over every transport.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type TestCertificates, makeCertificates } from '../../../test/support/certificates.ts';
import { type RsyslogMessage, type RsyslogServer, rsyslogServer } from '../../../test/support/rsyslog.ts';
import { needs } from '../../../test/support/tools.ts';
import { orbitEvent } from '../../base/event.ts';
import { readConfig } from '../../base/secret-schema.ts';
import type { ChannelMessage } from '../channel.ts';
import { cefMessage } from '../syslog/cef.ts';
import { rfc5424Message } from '../syslog/rfc5424.ts';
import { syslog, syslogConfig } from './syslog.ts';

const context = { hostName: 'vault1', version: '1.2.3' };
const at = new Date('2026-11-23T05:00:07.250Z');
const sender = { ...context, facility: 1, appName: 'orbit', processId: process.pid };
const orbit = { vendor: 'Orbit', product: 'Orbit', version: '1.2.3' };
const needed = needs('rsyslogd', 'openssl');
let folder = '';
let certificates: TestCertificates;
let server: RsyslogServer;
let receivedBefore = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orbit-test-'));
  if (needed.skip !== false) return;
  certificates = await makeCertificates(folder);
  server = await rsyslogServer(folder, certificates);
  await server.start();
});
after(async () => {
  if (needed.skip === false) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function lost(reason: string): ChannelMessage {
  const facts = { destination: 'cofre "São" ]\\', location: 'rsync://b:22/x', host: 'b', reason, since: at };
  return { id: '7c9e6679-7425-40de-944b-e07fc1f90ae7', event: orbitEvent('destination.lost', facts, at) };
}

// Sends, and gives what rsyslog got of it.
async function sent(config: Record<string, unknown>, messages: ChannelMessage[]): Promise<RsyslogMessage[]> {
  const settings = readConfig(syslogConfig, { ca: certificates.ca, ...config });
  const [target] = syslog.targets?.(settings) ?? [];
  await syslog.open(settings, context, target ?? '').send(messages, {});
  const all = await server.received(receivedBefore + messages.length);
  const fresh = all.slice(receivedBefore);
  receivedBefore = all.length;
  return fresh;
}

for (const transport of ['udp', 'tcp', 'tls'] as const) {
  const servers = (): string[] => [`localhost:${server.ports[transport]}`];
  test(`rsyslog gets RFC 5424 over ${transport} byte for byte, and understands every field`, needed, async () => {
    const message = lost('first line\nsecond line ü');
    const [got, ...others] = await sent({ servers: servers(), transport }, [message]);
    assert.equal(others.length, 0);
    const { raw, data, ...fields } = got ?? assert.fail();
    assert.equal(raw, rfc5424Message(message, sender));
    assert.deepEqual(fields, {
      input: transport,
      pri: '9',
      host: 'vault1',
      app: 'orbit',
      procid: String(process.pid),
      msgid: 'destination.lost',
      msg: message.event.message,
    });
    assert.ok(data.startsWith('[orbit@32473 number="9203" ') && data.endsWith(']'), data);
    assert.ok(data.includes('destination="cofre \\"São\\" \\]\\\\"'), data);
  });

  test(`rsyslog gets CEF over ${transport} byte for byte`, needed, async () => {
    const message = lost('a=b|c\\d\ne');
    const [got] = await sent({ servers: servers(), transport, format: 'cef' }, [message]);
    assert.equal(got?.raw, cefMessage(message, sender, orbit));
    assert.match(got.msg, /^CEF:0\|Orbit\|Orbit\|1\.2\.3\|9203\|/);
  });
}

for (const transport of ['tcp', 'tls'] as const) {
  test(`rsyslog counts octets over ${transport}: 20 KB are not cut, two hundred stay apart`, needed, async () => {
    const servers = [`127.0.0.1:${server.ports[transport]}`];
    const messages = [lost(`${'ü'.repeat(10_240)} end`), ...Array.from({ length: 200 }, (_, n) => lost(`a\n${n}`))];
    assert.deepEqual(
      (await sent({ servers, transport }, messages)).map(({ raw }) => raw),
      messages.map((message) => rfc5424Message(message, sender)),
    );
  });
}

test('rsyslog gets whole lines by newline framing: a line break inside is a space', needed, async () => {
  const servers = [`127.0.0.1:${server.ports.tcp}`];
  const got = await sent({ servers, transport: 'tcp', framing: 'newline' }, [lost('one\ntwo'), lost('three')]);
  assert.deepEqual(
    got.map(({ raw }) => raw),
    [rfc5424Message(lost('one two'), sender), rfc5424Message(lost('three'), sender)],
  );
});
