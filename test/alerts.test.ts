// The main line of alerting: a destination is lost and comes back, and people and the SIEM hear of both.
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findDestination } from '../src/destinations/destination.ts';
import { lookAt } from '../src/jobs/destination-watch.ts';
import { startCourier } from '../src/notify/courier.ts';
import { makeCertificates } from './support/certificates.ts';
import { consoleSite, makeReady } from './support/console.ts';
import { smtpServer } from './support/smtp-server.ts';
import { syslogServer } from './support/syslog-ng.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

test(
  'a destination that is lost, and back, is told by a real mail server and to a real SIEM receiver',
  needs('aiosmtpd', 'syslog-ng', 'openssl'),
  async (context) => {
    const certificates = await makeCertificates(await temporaryFolder(context));
    const siem = await syslogServer(await temporaryFolder(context), certificates);
    await siem.start();
    context.after(() => siem.stop());
    const mail = await smtpServer(context, 'starttls', certificates);
    const { app, folder } = await startedSite(context);
    const { channels } = app.notifier;
    const { ca } = certificates;
    const address = { host: 'localhost', port: mail.port, encryption: 'starttls', ca };
    channels.add({
      name: 'people',
      kind: 'email',
      config: { ...address, from: 'orbit@example.org', to: ['ops@example.org'] },
    });
    const servers = [`localhost:${siem.ports.tls}`];
    channels.add({ name: 'siem', kind: 'syslog', config: { servers, transport: 'tls', ca } });
    const stop = new AbortController();
    const courier = startCourier(app.notifier, { signal: stop.signal });
    context.after(async () => {
      stop.abort();
      await courier.done;
    });
    const watched = { ...app, tell: courier.notify };
    const lookUntil = async (state: string): Promise<void> => {
      for (let looks = 0; looks < 6; looks++) {
        if ((await lookAt(watched, findDestination(app.store, 'local'))).state === state) return;
      }
      assert.fail(`it never was ${state}`);
    };
    await lookUntil('reachable');
    await rename(join(folder, 'copies'), join(folder, 'gone'));
    await lookUntil('lost');
    const [lostMail] = await mail.received(1);
    assert.match(lostMail?.headers['subject'] ?? '', /ALERT: Destination lost: local$/);
    await rename(join(folder, 'gone'), join(folder, 'copies'));
    await lookUntil('reachable');
    const mails = await mail.received(2);
    assert.match(mails[1]?.headers['subject'] ?? '', /Destination back: local$/);
    const heard = (await siem.received(2)).filter(({ MSGID }) => MSGID.startsWith('destination.'));
    assert.deepEqual(
      heard.map(({ MSGID, PRI }) => [MSGID, PRI]),
      [
        ['destination.lost', '9'],
        ['destination.back', '13'],
      ],
    );
    // Rules match on the backup host (dhost in CEF); a folder lies on this machine.
    for (const { SDATA } of heard) assert.ok(SDATA.includes(` host="${hostname()}"`), SDATA);
    assert.equal(mails.length, 2, 'each is told once');
  },
);

async function startedSite(context: Parameters<typeof consoleSite>[0]) {
  const site = await consoleSite(context);
  await makeReady(site);
  return site;
}
