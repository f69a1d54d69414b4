// The dialog of channels in a real browser, each kind against a real receiver: what the Test button tells is what really happened.
// (Mail has console-dialogs.test.ts.)
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { orbitEvent } from '../src/base/event.ts';
import { SecretString } from '../src/base/secret-string.ts';
import type { EmailConfig } from '../src/notify/kinds/email.ts';
import { webhookSignature } from '../src/notify/kinds/webhook.ts';
import { addReport } from '../src/reports/scheduled-report.ts';
import { openServedPage } from './support/browser.ts';
import { makeCertificates } from './support/certificates.ts';
import { consolePages } from './support/console-pages.ts';
import { httpReceiver } from './support/http-receiver.ts';
import { freePort } from './support/ports.ts';
import { onlyRoot } from './support/small-disk.ts';
import type { TerminalConsole } from './support/terminal-console.ts';
import { rsyslogServer } from './support/rsyslog.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { toldChanges } from './support/told-changes.ts';
import { toldInBothLanguages } from './support/told-in-both.ts';
import { needs } from './support/tools.ts';

const pages = consolePages();
const { served, signedIn } = pages;
const terminalConsole = fileURLToPath(new URL('./support/terminal-console.ts', import.meta.url));

async function alertsPage(context: TestContext) {
  const site = await served(context);
  const { page, errors } = await signedIn(context, site, 'administrator', '/alerts');
  return { site, page, errors };
}

async function fill(dialog: Locator, fields: Record<string, string>): Promise<void> {
  const written = dialog.locator('input:not([type=radio], [type=checkbox]), textarea');
  for (const [name, value] of Object.entries(fields)) await written.and(dialog.getByLabel(name)).first().fill(value);
}

async function ofKind(page: Page, kind: string): Promise<Locator> {
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Kind of channel' }).click();
  await page.getByRole('option', { name: kind }).click();
  return dialog;
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
  const dialog = await ofKind(page, kind);
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
    await toldInBothLanguages(page, absent.getByRole('alert'), /Check its name and port/);
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

test(
  'a channel that cannot be kept is told why, its secrets are covered, and another kind begins with an empty form',
  needs('chromium'),
  async (context) => {
    const { site, page, errors } = await alertsPage(context);
    await page.getByRole('button', { name: 'Add channel' }).first().click();
    const dialog = page.getByRole('dialog');
    const save = dialog.getByRole('button', { name: 'Save' });
    await fill(dialog, { Name: 'ops', 'Mail server': '127.0.0.1', Sender: 'o@example.org' });
    assert.ok(await save.isDisabled(), 'nobody would get the mails');
    await fill(dialog, { Recipients: 'ana@example.org\n\n bia@example.org ', User: 'orbit', Password: 'canary' });
    assert.equal(await dialog.getByLabel('Password').first().getAttribute('type'), 'password');
    await dialog.getByRole('button', { name: 'More settings' }).click();
    await dialog.getByLabel('Encryption').first().click();
    await page.getByRole('option', { name: 'none' }).click();
    await save.click();
    await toldInBothLanguages(page, dialog.getByRole('alert'), /never sent in the clear/);
    assert.deepEqual(site.app.notifier.channels.list(), []);
    await dialog.getByLabel('Encryption').first().click();
    await page.getByRole('option', { name: 'starttls' }).click();
    await save.click();
    await page.getByRole('article', { name: 'ops' }).waitFor();
    const { config } = site.app.notifier.channels.get('ops') as { config: Partial<EmailConfig> };
    assert.deepEqual([config.to, config.password?.reveal()], [['ana@example.org', 'bia@example.org'], 'canary']);

    // The same name again, of another kind; what was entered for the first kind is not sent for the second.
    const address = 'https://127.0.0.1:1/of-the-webhook';
    await page.getByRole('button', { name: 'Add channel' }).first().click();
    await ofKind(page, 'Webhook');
    await fill(dialog, { Name: 'ops', Address: address, 'Signing secret': 'canary' });
    await ofKind(page, 'Dead-man ping');
    assert.equal(await dialog.getByLabel('Address').first().inputValue(), '');
    assert.equal(
      await dialog.getByLabel('Address').first().getAttribute('type'),
      'password',
      'whoever knows it can ping',
    );
    await fill(dialog, { Address: address });
    await save.click();
    await toldInBothLanguages(page, dialog.getByRole('alert'), /a channel called 'ops' already/);
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'a channel that fails says since when and what waits; it is switched off and on, and removed with what is lost',
  needs('chromium'),
  async (context) => {
    const { site, page, errors } = await alertsPage(context);
    const { notifier } = site.app;
    const config = { url: `http://127.0.0.1:${await freePort()}/hook`, signingSecret: 'x' };
    notifier.channels.add({ name: 'chat', kind: 'webhook', config, filter: { minimumSeverity: 'debug' } });
    addReport(site.app, 'weekly', { report: 'runs', channel: 'chat' });
    notifier.notify(
      orbitEvent(
        'settings.changed',
        { user: 'ana', role: 'administrator', setting: 'the schedule' },
        site.app.clock.now(),
      ),
    );
    await notifier.deliver();
    const told = toldChanges(site);
    await page.reload();
    const card = page.getByRole('article', { name: 'chat' });
    await card.getByText(/^Failing since/).waitFor();
    await card.getByText(/1 message waits/).waitFor();
    await card.getByText('Told of: debug and worse', { exact: false }).waitFor();

    const turned = card.getByRole('switch', { name: 'chat: On' });
    for (const isOn of [false, true]) {
      await turned.press(' ');
      await card.getByText(isOn ? /^Failing since/ : /^Off$/).waitFor();
      assert.equal(notifier.channels.get('chat').isEnabled, isOn);
    }
    assert.deepEqual(told(), ['channel switched off', 'channel switched on']);

    await card.getByRole('button', { name: 'Remove' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Messages that wait in it are lost', { exact: false }).waitFor();
    await dialog.getByText('The report weekly goes through it', { exact: false }).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(notifier.channels.list().length, 2);
    await card.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByRole('button', { name: 'Remove the channel' }).click();
    await card.waitFor({ state: 'detached' });
    assert.deepEqual(
      notifier.channels.list().map(({ name }) => name),
      ['changes'],
    );
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'a channel is changed in the filled form: its secrets stay unseen and unsent to another place, and the test tells before it is kept',
  needs('chromium'),
  async (context) => {
    const [receiver, other] = [await httpReceiver(context), await httpReceiver(context)];
    const { site, page, errors } = await alertsPage(context);
    const { channels } = site.app.notifier;
    const told = toldChanges(site);
    channels.add({
      name: 'chat',
      kind: 'webhook',
      config: { url: `${receiver.url}/hook`, signingSecret: 'canary one', authorization: 'canary two' },
    });
    const answers: string[] = [];
    page.on('response', (response) => {
      if (response.url().includes('/api/'))
        void response.text().then(
          (text) => answers.push(text),
          () => {},
        );
    });
    await page.reload();
    const card = page.getByRole('article', { name: 'chat' });
    await card.getByRole('button', { name: 'Edit: chat' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Change chat').waitFor();
    const field = (name: string): Locator => dialog.locator('input, textarea').and(dialog.getByLabel(name)).first();
    assert.equal(await field('Address').inputValue(), `${receiver.url}/hook`);
    assert.equal(await field('Signing secret').inputValue(), '');
    assert.equal(await field('Signing secret').getAttribute('placeholder'), 'Kept as it is');

    // With the kept secrets, and nothing is kept yet.
    await dialog.getByRole('button', { name: 'Do not keep it: Authorization header' }).click();
    await dialog.getByRole('button', { name: 'Test', exact: true }).click();
    await dialog.getByText(/answer 204/).waitFor();
    const [tried] = receiver.requests;
    assert.deepEqual([receiver.requests.length, tried?.headers.authorization], [1, undefined]);
    assert.ok('authorization' in channels.get('chat').config);

    // Another place needs both again; one that refuses is told, and not kept.
    const save = dialog.getByRole('button', { name: 'Save', exact: true });
    await field('Address').fill(`${other.url}/hook`);
    assert.ok(await save.isDisabled(), 'the signing secret would go elsewhere');
    await dialog.getByText('Another place: enter it again', { exact: false }).first().waitFor();
    other.status = 403;
    await field('Signing secret').fill('canary three');
    await save.click();
    await toldInBothLanguages(page, dialog.getByRole('alert'), /403/);
    assert.equal((channels.get('chat').config as { url: string }).url, `${receiver.url}/hook`);
    assert.equal(other.requests.length, 1);

    // What it is told, by the keyboard; and kept all the same.
    await dialog.getByRole('combobox', { name: 'How bad it must be' }).click();
    await page.getByRole('option', { name: 'Errors and worse' }).click();
    const also = dialog.getByRole('combobox', { name: 'Also these events' });
    await also.fill('drill pas');
    await also.press('ArrowDown');
    await also.press('Enter');
    await dialog.getByRole('checkbox', { name: 'Secrets' }).press(' ');
    await dialog.getByRole('button', { name: 'Save all the same' }).click();
    await dialog.waitFor({ state: 'detached' });
    await card.getByText('Told of: error and worse · and 1 event more · only of Secrets', { exact: false }).waitFor();
    const { config, filter } = channels.get('chat') as { config: Record<string, unknown> } & Pick<
      ReturnType<typeof channels.get>,
      'filter'
    >;
    assert.deepEqual(filter, { minimumSeverity: 'error', also: ['drill.passed'], never: [], kinds: ['secrets'] });
    assert.equal(config['url'], `${other.url}/hook`);
    assert.equal((config['signingSecret'] as SecretString).reveal(), 'canary three');
    assert.equal(config['authorization'], undefined);
    assert.deepEqual(told(), ['channel changed']);
    assert.ok(answers.some((text) => text.includes('"kept":["signingSecret"]')));
    assert.deepEqual(
      answers.filter((text) => /canary (one|two|three)/.test(text)),
      [],
      'no secret is sent to the browser',
    );
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'a new channel is tested before it is kept, and told from the beginning what was chosen; mail has its digest in words',
  needs('chromium'),
  async (context) => {
    const receiver = await httpReceiver(context);
    const { site, page, errors } = await alertsPage(context);
    await page.getByRole('button', { name: 'Add channel' }).first().click();
    const dialog = page.getByRole('dialog');
    const severity = dialog.getByRole('combobox', { name: 'How bad it must be' });
    assert.equal(await severity.inputValue(), 'Warnings and worse');
    await dialog.getByRole('combobox', { name: 'Good news' }).click();
    for (const choice of ['One mail a day', 'One mail a week, on Mondays', 'A mail for each', 'None'])
      assert.ok(await page.getByRole('option', { name: choice }).isVisible());
    await page.keyboard.press('Escape');
    await ofKind(page, 'Webhook');
    assert.equal(await severity.inputValue(), 'Notices and worse', 'what that kind is told');
    await fill(dialog, { Name: 'chat', Address: receiver.url, 'Signing secret': 'x' });
    await dialog.getByRole('button', { name: 'Test', exact: true }).click();
    await dialog.getByText('The test message was delivered').waitFor();
    assert.equal(receiver.requests.length, 1);
    assert.deepEqual(site.app.notifier.channels.list(), [], 'nothing is kept yet');
    await severity.click();
    await page.getByRole('option', { name: 'Emergencies only' }).click();
    await dialog.getByRole('combobox', { name: 'Never these events' }).fill('destination back');
    await page.getByRole('option', { name: 'Destination back' }).click();
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.deepEqual(site.app.notifier.channels.get('chat').filter, {
      minimumSeverity: 'emergency',
      also: [],
      never: ['destination.back'],
      kinds: [],
    });
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

// The service runs in a mount namespace whose record of sign-ins is the test's: nobody else's terminal is written to.
test('terminals of this machine: who is signed in is told, and the message stands there', {
  skip: needs('chromium', 'unshare', 'wall', 'who', 'script').skip || onlyRoot.skip,
}, async (context) => {
  const service = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', process.execPath, terminalConsole, pages.folder],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  context.after(() => service.kill());
  const lines = createInterface({ input: service.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => String((await lines.next()).value);
  const { url, cookie, line } = JSON.parse(await nextLine()) as TerminalConsole;
  const { page, context: browsing, errors } = await openServedPage(pages.browser, `${url}/health`);
  context.after(() => browsing.close());
  await browsing.addCookies([{ name: 'orbit', value: cookie.split('=')[1] ?? '', url }]);
  await page.goto(`${url}/alerts`);
  const card = await addedAndTested(page, {
    kind: 'Terminals of this machine',
    name: 'wall',
    fields: {},
    choices: { Language: 'Português' },
  });
  await card.getByText(`ana is signed in at ${line}`).waitFor();
  await card.getByText('The test message was delivered').waitFor();
  service.stdin.end();
  const shown = (JSON.parse(await nextLine()) as string).replaceAll(/\s+/g, ' ');
  assert.match(shown, /Broadcast message.*Orbit/);
  assert.match(shown, /teste|Teste/, 'in the language that was chosen');
  assert.deepEqual(errors, []);
});
