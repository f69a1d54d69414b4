// rsyslog, the other receiver that SIEMs stand behind: what arrives is what was made, byte for byte, over every transport.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RsyslogMessage, rsyslogServer } from '../../../test/support/rsyslog.ts';
import { lostMessage, receiverUnderTest, senderContext } from '../../../test/support/syslog-receiver.ts';
import { needs } from '../../../test/support/tools.ts';
import { readConfig } from '../../base/secret-schema.ts';
import type { ChannelMessage } from '../channel.ts';
import { cefMessage } from '../syslog/cef.ts';
import { rfc5424Message } from '../syslog/rfc5424.ts';
import { syslog, syslogConfig } from './syslog.ts';

const sender = { ...senderContext, facility: 1, appName: 'orbit', processId: process.pid };
const orbit = { vendor: 'Orbit', product: 'Orbit', version: '1.2.3' };
const needed = needs('rsyslogd', 'openssl');
const receiver = receiverUnderTest(needed, rsyslogServer);

// Sends, and gives what rsyslog got of it.
async function sent(config: Record<string, unknown>, messages: ChannelMessage[]): Promise<RsyslogMessage[]> {
  const settings = readConfig(syslogConfig, { ca: receiver.certificates.ca, ...config });
  const [target] = syslog.targets?.(settings) ?? [];
  await syslog.open(settings, senderContext, target ?? '').send(messages, {});
  return await receiver.fresh(messages.length);
}

for (const transport of ['udp', 'tcp', 'tls'] as const) {
  const servers = (): string[] => [`localhost:${receiver.server.ports[transport]}`];
  test(`rsyslog gets RFC 5424 over ${transport} byte for byte, and understands every field`, needed, async () => {
    const message = lostMessage('first line\nsecond line ü');
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
    const message = lostMessage('a=b|c\\d\ne');
    const [got] = await sent({ servers: servers(), transport, format: 'cef' }, [message]);
    assert.equal(got?.raw, cefMessage(message, sender, orbit));
    assert.match(got.msg, /^CEF:0\|Orbit\|Orbit\|1\.2\.3\|9203\|/);
  });
}

for (const transport of ['tcp', 'tls'] as const) {
  test(`rsyslog counts octets over ${transport}: 20 KB are not cut, two hundred stay apart`, needed, async () => {
    const servers = [`127.0.0.1:${receiver.server.ports[transport]}`];
    const messages = [
      lostMessage(`${'ü'.repeat(10_240)} end`),
      ...Array.from({ length: 200 }, (_, n) => lostMessage(`a\n${n}`)),
    ];
    assert.deepEqual(
      (await sent({ servers, transport }, messages)).map(({ raw }) => raw),
      messages.map((message) => rfc5424Message(message, sender)),
    );
  });
}

test('rsyslog gets whole lines by newline framing: a line break inside is a space', needed, async () => {
  const servers = [`127.0.0.1:${receiver.server.ports.tcp}`];
  const got = await sent({ servers, transport: 'tcp', framing: 'newline' }, [
    lostMessage('one\ntwo'),
    lostMessage('three'),
  ]);
  assert.deepEqual(
    got.map(({ raw }) => raw),
    [rfc5424Message(lostMessage('one two'), sender), rfc5424Message(lostMessage('three'), sender)],
  );
});
