import { tellNote } from '../../base/note.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { freePort } from '../../../test/support/ports.ts';
import { syslogServer } from '../../../test/support/syslog-ng.ts';
import { lostMessage, receiverUnderTest, senderContext } from '../../../test/support/syslog-receiver.ts';
import { needs } from '../../../test/support/tools.ts';
import { orbitEvent } from '../../base/event.ts';
import { readConfig } from '../../base/secret-schema.ts';
import type { ChannelMessage, DeliveryEvent } from '../channel.ts';
import { cefText } from '../syslog/cef.ts';
import { syslog, syslogConfig } from './syslog.ts';

const at = new Date('2026-11-23T05:00:07.250Z');
const needed = needs('syslog-ng', 'openssl');
const receiver = receiverUnderTest(needed, syslogServer);

async function send(config: Record<string, unknown>, messages: ChannelMessage[]): Promise<string[]> {
  const settings = readConfig(syslogConfig, config);
  const [target] = syslog.targets?.(settings) ?? [];
  const steps: string[] = [];
  const report = (event: DeliveryEvent): void => {
    if (event.type === 'step') steps.push(tellNote(event.note, 'en'));
  };
  await syslog.open(settings, senderContext, target ?? '').send(messages, { report });
  return steps;
}

const sender = { hostName: 'vault1', processId: process.pid };
const orbit = { vendor: 'Orbit', product: 'Orbit', version: '1.2.3' };

for (const transport of ['udp', 'tcp', 'tls'] as const) {
  test(
    `RFC 5424 over ${transport} is understood by syslog-ng field by field, with escapes and a line break`,
    needed,
    async () => {
      const message = lostMessage('first line\nsecond line ü');
      const config = {
        servers: [`localhost:${receiver.server.ports[transport]}`],
        transport,
        ca: receiver.certificates.ca,
      };
      const steps = await send(config, [message]);
      const [got, ...others] = await receiver.fresh(1);
      assert.equal(others.length, 0);
      assert.equal(got?.TRANSPORT, `s_${transport}`);
      assert.equal(got?.PRI, String(8 + 1));
      assert.equal(got?.HOST, 'vault1');
      assert.equal(got?.PROGRAM, 'orbit');
      assert.equal(got?.PID, String(process.pid));
      assert.equal(got?.MSGID, 'destination.lost');
      assert.equal(got?.MESSAGE, message.event.message);
      assert.match(got?.ISODATE ?? '', /^2026-11-23T05:00:07/);
      assert.match(got?.SDATA ?? '', /^\[orbit@32473 /);
      for (const part of [
        'number="9203"',
        'destination="cofre \\"São\\" \\]\\\\"',
        'reason="first line\nsecond line ü"',
      ]) {
        assert.ok(got?.SDATA.includes(part), `${part} in ${got?.SDATA}`);
      }
      if (transport === 'tls')
        assert.match(steps.join('\n'), /TLSv1\.3, .*localhost by test-authority[^]*server read all/);
      if (transport === 'udp') assert.match(steps.join('\n'), /no answer/);
    },
  );

  test(`CEF over ${transport} arrives byte for byte and starts with CEF:`, needed, async () => {
    const message = lostMessage('a=b|c\\d\ne');
    const config = {
      servers: [`localhost:${receiver.server.ports[transport]}`],
      transport,
      ca: receiver.certificates.ca,
      format: 'cef',
    };
    await send(config, [message]);
    const [got] = await receiver.fresh(1);
    assert.equal(got?.MESSAGE, cefText(message, sender, orbit));
    assert.match(
      got?.MESSAGE ?? '',
      /^CEF:0\|Orbit\|Orbit\|1\.2\.3\|9203\|Destination lost\|9\|rt=1795\d+ cat=destination\.lost /,
    );
    assert.match(got?.MESSAGE ?? '', / reason=a\\=b\|c\\\\d\\ne since=/);
    assert.match(got?.MESSAGE ?? '', / dhost=b /);
  });
}

for (const transport of ['tcp', 'tls'] as const) {
  test(`a message of 20 KB over ${transport} is not cut, and two hundred arrive in order`, needed, async () => {
    const config = {
      servers: [`127.0.0.1:${receiver.server.ports[transport]}`],
      transport,
      ca: receiver.certificates.ca,
    };
    const long = lostMessage(`${'ü'.repeat(10_240)} end`);
    await send(config, [long]);
    assert.equal((await receiver.fresh(1))[0]?.MESSAGE, long.event.message);
    const many = Array.from({ length: 200 }, (_, number) => lostMessage(`number ${number}`));
    await send(config, many);
    assert.deepEqual(
      (await receiver.fresh(200)).map((got) => got.MESSAGE),
      many.map((message) => message.event.message),
    );
  });
}

test('with newline framing a line break becomes a space and messages stay apart', needed, async () => {
  const config = { servers: [`127.0.0.1:${receiver.server.ports.newline}`], transport: 'tcp', framing: 'newline' };
  await send(config, [lostMessage('one\ntwo'), lostMessage('three')]);
  const got = await receiver.fresh(2);
  assert.match(got[0]?.MESSAGE ?? '', /: one two$/);
  assert.match(got[1]?.MESSAGE ?? '', /: three$/);
});

test('over UDP a long message is cut to the longest datagram, still understood', needed, async () => {
  const config = {
    servers: [`127.0.0.1:${receiver.server.ports.udp}`],
    transport: 'udp',
    datagramBytesMax: 1024,
    format: 'cef',
  };
  await send(config, [lostMessage('ü'.repeat(2000))]);
  const [got] = await receiver.fresh(1);
  assert.equal(got?.MSGID, 'destination.lost');
  assert.match(got?.MESSAGE ?? '', /^CEF:0\|.*ü…$/);
});

test('a copy is reported as incident 336.501 under the vendor and product that old rules know', needed, async () => {
  const config = {
    servers: [`127.0.0.1:${receiver.server.ports.tcp}`],
    transport: 'tcp',
    format: 'cef',
    vendor: 'Old|Vendor',
    product: 'old',
    reportCopies: true,
  };
  await send(config, [lostMessage('x')]);
  const got = (await receiver.fresh(2)).map((each) => each.MESSAGE);
  assert.match(got[0] ?? '', /^CEF:0\|Old\\\|Vendor\|old\|1\.2\.3\|9203\|Destination lost\|9\|/);
  assert.match(got[1] ?? '', /^CEF:0\|Old\\\|Vendor\|old\|1\.2\.3\|336\.501\|Incident reported\|9\|.* act=Incident /);
});

test('a backup event carries the documented keys: suid 15, sname, spid, dhost, msg', () => {
  const event = orbitEvent(
    'backup.performed',
    {
      kind: 'system',
      job: 'daily',
      destination: 'nas',
      location: 'rsync://b/x',
      host: 'b',
      durationMs: 1000,
      bytesSent: 5,
      verified: true,
    },
    at,
  );
  const text = cefText({ id: 'm1', event }, sender, orbit);
  assert.match(text, /^CEF:0\|Orbit\|Orbit\|1\.2\.3\|18\|Backup performed\|3\|/);
  for (const pair of ['suid=15', 'sname=daily', `spid=${process.pid}`, 'dhost=b', 'out=5', 'msg=The system backup']) {
    assert.ok(text.includes(` ${pair}`), `${pair} in ${text}`);
  }
});

test('an authority that did not sign the certificate, and a closed port, are told apart', needed, async () => {
  const servers = [`localhost:${receiver.server.ports.tls}`];
  await assert.rejects(send({ servers }, [lostMessage('x')]), failure('notify.untrusted', /localhost/));
  const nobody = `127.0.0.1:${await freePort()}`;
  for (const transport of ['tls', 'tcp', 'udp']) {
    await assert.rejects(
      send({ servers: [nobody], transport }, [lostMessage('x')]),
      failure('notify.unreachable', /ECONNREFUSED/),
    );
  }
});

test('a server that dies before it has read everything makes the delivery fail', async (t) => {
  const dying = createServer((socket) => {
    socket.once('data', () => socket.resetAndDestroy()).on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(dying, 'listening');
  t.after(() => dying.close());
  const address = dying.address();
  assert.ok(address !== null && typeof address === 'object');
  const messages = Array.from({ length: 300 }, () => lostMessage('x'.repeat(20_000)));
  const config = { servers: [`127.0.0.1:${address.port}`], transport: 'tcp' };
  await assert.rejects(send(config, messages), failure('notify.unreachable'));
});
