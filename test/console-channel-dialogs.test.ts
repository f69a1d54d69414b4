// The dialog of channels in a real browser, each kind against a real receiver: what the Test button tells is what really happened.
// (Mail has console-dialogs.test.ts.)
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { SecretString } from '../src/base/secret-string.ts';
import { webhookSignature } from '../src/notify/kinds/webhook.ts';
import { makeCertificates } from './support/certificates.ts';
import { consolePages } from './support/console-pages.ts';
import { httpReceiver } from './support/http-receiver.ts';
import { freePort } from './support/ports.ts';
import { rsyslogServer } from './support/rsyslog.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const { served, signedIn } = consolePages();

async function alertsPage(context: TestContext) {
  const site = await served(context);
  const { page, errors } = await signedIn(context, site, 'administrator', '/alerts');
  return { site, page, errors };
}

async function fill(dialog: Locator, fields: Record<string, string>): Promise<void> {
  const written = dialog.locator('input:not([type=radio], [type=checkbox]), textarea');
  for (const [name, value] of Object.entries(fields)) await written.and(dialog.getByLabel(name)).first().fill(value);
}

/** Adds a channel and presses its Test button. */
async function addedAndTested(
  page: Page,
  {
    kind,
    name,
    fields,
    choices = {},
  }: { kind: string; name: string; fields: Record<string, string>; choices?: Record<string, string> },
): Promise<Locator> {
  await page.getByRole('button', { name: 'Add channel' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Kind of channel' }).click();
  await page.getByRole('option', { name: kind }).click();
  const more = dialog.getByRole('button', { name: 'More settings' });
  if ((await more.count()) > 0) await more.click();
  await fill(dialog, { Name: name, ...fields });
  for (const [label, choice] of Object.entries(choices)) {
    await dialog.getByLabel(label).first().click();
    await page.getByRole('option', { name: choice, exact: true }).click();
  }
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
  const card = page.getByRole('article', { name });
  await card.getByRole('button', { name: 'Test' }).click();
  return card;
}

test(
  'a webhook: the test message is there, signed under the secret, and a refusal is told with its answer',
  needs('chromium'),
  async (context) => {
    const receiver = await httpReceiver(context);
    const { page, errors } = await alertsPage(context);
    const fields = { Address: `${receiver.url}/hook`, 'Signing secret': 'canary of the hook' };
    const card = await addedAndTested(page, { kind: 'Webhook', name: 'chat', fields });
    await card.getByText(/answer 204/).waitFor();
    const [got] = receiver.requests;
    assert.ok(got !== undefined);
    const { type } = JSON.parse(got.body) as { type: string };
    assert.equal(type, 'channel.test');
    const signed = (name: string): string => String(got.headers[`webhook-${name}`]);
    assert.equal(
      webhookSignature(new SecretString('canary of the hook'), signed('id'), Number(signed('timestamp')), got.body),
      signed('signature'),
    );
    receiver.status = 403;
    await card.getByRole('button', { name: 'Test' }).click();
    await card.getByText(/403/).first().waitFor();
    assert.ok(!(await page.content()).includes('canary of the hook'));
    assert.deepEqual(errors, []);
  },
);

test(
  'a SIEM by syslog over TLS: rsyslog has the very message, and one that is not there is told',
  needs('chromium', 'rsyslogd', 'openssl'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const certificates = await makeCertificates(folder);
    const siem = await rsyslogServer(folder, certificates);
    await siem.start();
    context.after(() => siem.stop());
    const { page, errors } = await alertsPage(context);
    const ca = { 'Certificate authority': certificates.ca };
    const card = await addedAndTested(page, {
      kind: 'Syslog (SIEM)',
      name: 'siem',
      fields: { Servers: `localhost:${siem.ports.tls}`, ...ca },
      choices: { Format: 'cef' },
    });
    await card.getByText(/certificate of localhost by test-authority/).waitFor();
    const [message] = await siem.received(1);
    assert.equal(message?.input, 'tls');
    assert.match(message?.raw ?? '', /CEF:0\|Orbit\|Orbit\|[^|]+\|\d+\|[^|]+\|\d+\|.*cat=channel\.test/);
    const absent = await addedAndTested(page, {
      kind: 'Syslog (SIEM)',
      name: 'absent',
      fields: { Servers: `localhost:${await freePort()}`, ...ca },
    });
    await absent.getByText(/notify\.unreachable/).waitFor();
    assert.deepEqual(errors, []);
  },
);

test('a dead-man ping: the watcher is called, and what it answers is told', needs('chromium'), async (context) => {
  const receiver = await httpReceiver(context);
  const { page, errors } = await alertsPage(context);
  const address = `${receiver.url}/canary-of-the-watcher`;
  const card = await addedAndTested(page, { kind: 'Dead-man ping', name: 'watcher', fields: { Address: address } });
  await card.getByText(/answer 204/).waitFor();
  assert.deepEqual(
    receiver.requests.map(({ method, path }) => `${method} ${path}`),
    ['GET /canary-of-the-watcher'],
  );
  receiver.status = 500;
  await card.getByRole('button', { name: 'Test' }).click();
  await card.getByText(/500/).first().waitFor();
  assert.ok(
    !(await page.content()).includes('canary-of-the-watcher'),
    'whoever knows the address could silence the alarm',
  );
  assert.deepEqual(errors, []);
});
