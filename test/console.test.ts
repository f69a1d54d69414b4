// The console in a real browser against the real service: what an administrator does in the first five minutes, and each morning.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeLink } from '../src/accounts/account-link.ts';
import { providerConfig } from '../src/accounts/provider.ts';
import { backendKinds } from '../src/backends/kinds.ts';
import { configFields } from '../src/base/secret-schema.ts';
import { listDestinations } from '../src/destinations/destination.ts';
import { findJob, listJobs, saveJob } from '../src/jobs/job.ts';
import { listRuns } from '../src/jobs/run.ts';
import { channelKinds } from '../src/notify/kinds.ts';
import { secretSourceKinds } from '../src/sources/secrets/kinds.ts';
import { profileKinds } from '../src/sources/trees/profiles/profiles.ts';
import { en } from '../web/console/texts/en.ts';
import { fieldsInPortuguese } from '../web/console/texts/fields-pt.ts';
import { pt } from '../web/console/texts/pt.ts';
import { copiedText, openServedPage } from './support/browser.ts';
import { goodPassword, makeReady } from './support/console.ts';
import { consolePages, withChromium } from './support/console-pages.ts';
import { startSshServer } from './support/ssh-server.ts';
import { needs } from './support/tools.ts';

const pages = consolePages();
const { served, signedIn } = pages;

const answer = (page: Page) => page.locator('.answer');

test('from the setup link to a backup that Home calls good, in the browser', withChromium, async (context) => {
  const site = await served(context);
  const token = makeLink(site.app).reveal();
  const { page, errors, context: tab } = await openServedPage(pages.browser, `${site.url}/setup#${token}`);
  context.after(() => tab.close());
  await page.getByLabel('Name').fill('ana');
  assert.ok(!page.url().includes(token), 'the token has left the address bar');
  const passwords = page.locator('input[autocomplete=new-password]');
  await passwords.nth(0).fill(goodPassword);
  await passwords.nth(1).fill(goodPassword);
  await page.getByRole('button', { name: 'Make the account' }).click();
  // The first steps can be left: Home then says what is missing.
  await page.getByRole('heading', { name: 'First steps' }).waitFor();
  await page.getByRole('button', { name: 'Go on later' }).click();
  await answer(page).getByText('No, nothing could be recovered.').waitFor();
  await answer(page).getByText('There is no recovery key yet').waitFor();

  await page.getByRole('link', { name: 'Add a destination' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: false }).first().fill('local');
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(join(site.folder, 'copies'));
  await dialog.getByRole('button', { name: 'Test and save' }).click();
  await dialog.getByText('local works and was kept.').waitFor();
  await dialog.getByText(/Wrote a file, read it back and compared/).waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  assert.deepEqual(findJob(site.app.store, 'system').destinations, ['local']);

  // The ceremony is held on the machine itself.
  await makeReady(site, { keepDestinations: true });
  await page.getByRole('link', { name: 'Home' }).click();
  for (const kind of ['Secrets', 'Application']) {
    const card = page.getByRole('region', { name: kind });
    await card.getByRole('button', { name: 'Back up now' }).click();
    await card.getByText('Good', { exact: true }).waitFor();
  }
  await answer(page).getByText('Yes, as long as this machine survives.').waitFor();
  await page.getByText('Last 14 days: 1 good').first().waitFor();
  await page.getByRole('link', { name: 'Runs' }).click();
  await page
    .getByRole('row', { name: /Application/ })
    .getByRole('link')
    .click();
  await page.getByText('Read back and equal', { exact: true }).waitFor();
  await page
    .getByRole('log')
    .getByText(/Succeeded: .* read back and equal/)
    .waitFor();
  await page.getByRole('link', { name: 'Kits and secrets' }).click();
  await page.getByRole('cell', { name: /copies\/secrets/ }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await page.getByLabel('Name').fill('ana');
  await page.locator('input[type=password]').fill('wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('there is no account with this name and password').waitFor();
  await page.locator('input[type=password]').fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page
    .getByRole('heading', { level: 1 })
    .getByText(/recovered|survives/)
    .or(page.getByRole('cell').first())
    .first()
    .waitFor();
  assert.deepEqual(errors, []);
  assert.deepEqual(site.bugs, []);
});

test(
  'a server reached by rsync: its fingerprint is shown, Orbit’s key is copied, and it is kept once it works',
  needs('chromium', 'rsync', 'sshd'),
  async (context) => {
    const server = await startSshServer();
    context.after(() => server.stop());
    const site = await served(context);
    const { page, errors } = await signedIn(context, site, 'administrator', '/settings/backup');
    await page.getByRole('button', { name: 'Add destination' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'Remote Linux server (rsync)' }).click();
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('offsite');
    await dialog.getByRole('textbox', { name: 'Host name or IP address' }).fill('127.0.0.1');
    await dialog.getByRole('textbox', { name: 'Port' }).fill(String(server.port));
    await dialog.getByRole('textbox', { name: 'User on that host' }).fill(server.user);
    await dialog.getByRole('textbox', { name: 'Folder on that host' }).fill(join(server.folder, 'copies'));
    assert.ok(
      await dialog.getByRole('button', { name: 'Test and save' }).isDisabled(),
      'nobody has confirmed the server',
    );
    await dialog.getByRole('button', { name: 'Show its fingerprint' }).click();
    await dialog.getByText(server.hostKey.fingerprint).waitFor();
    await dialog.getByRole('checkbox', { name: 'I compared it, it is the same' }).check();

    // Before the key is in authorized_keys the test says so, and nothing is kept.
    await dialog.getByRole('button', { name: 'Test and save' }).click();
    await dialog.getByText('It does not work yet, and was not kept.').waitFor();
    assert.deepEqual(listDestinations(site.app.store), []);
    await dialog.getByRole('button', { name: 'Copy: Orbit’s public key' }).click();
    const copied = await copiedText(page);
    assert.match(copied, /^ssh-ed25519 AAAA\S+ orbit@/);
    await server.authorize(copied);
    await dialog.getByRole('button', { name: 'Test and save' }).click();
    await dialog.getByText('offsite works and was kept.').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    const card = page.getByRole('article', { name: 'offsite' });
    await card.getByText('Works', { exact: true }).waitFor();

    // The append-only line is offered from the same fields.
    await page.getByRole('button', { name: 'Add destination' }).click();
    await dialog.getByRole('radio', { name: 'Remote Linux server (rsync)' }).click();
    for (const [name, value] of [
      ['Host name or IP address', 'backup.example.org'],
      ['User on that host', 'orbit'],
      ['Folder on that host', '/srv/orbit'],
    ] as const) {
      await dialog.getByRole('textbox', { name }).fill(value);
    }
    await dialog.getByText('Only adding').click();
    await dialog.getByText(/^restrict,command=.*cd '\/srv\/orbit'/).waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();

    await card.getByRole('button', { name: 'Remove' }).click();
    await page
      .getByRole('dialog')
      .getByText(/keep no copy anywhere: .*Application/)
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the destination' }).click();
    await page.getByText('No destination yet').waitFor();
    assert.deepEqual(errors, []);
    assert.deepEqual(site.bugs, []);
  },
);

test(
  'a destination that is lost shows on Home with what to do, and clears when it is back',
  withChromium,
  async (context) => {
    const site = await served(context);
    await makeReady(site);
    for (const job of listJobs(site.app.store).filter(({ enabled }) => enabled)) {
      await (await site.desk.start(job, 'schedule')).ended;
    }
    const { page, errors } = await signedIn(context, site, 'operator', '/settings/backup');
    await rename(join(site.folder, 'copies'), join(site.folder, 'away'));
    await page.getByRole('article', { name: 'local' }).getByRole('button', { name: 'Test' }).click();
    await page.getByRole('article', { name: 'local' }).getByText('Cannot be reached').waitFor();
    await page.getByRole('link', { name: 'Home' }).click();
    await answer(page).getByText('No, nothing could be recovered.').waitFor();
    const problem = page.getByRole('alert').filter({ hasText: 'The destination local cannot be reached' });
    await problem.waitFor();
    await rename(join(site.folder, 'away'), join(site.folder, 'copies'));
    await problem.getByRole('button', { name: 'Test again' }).click();
    await answer(page).getByText('Yes, as long as this machine survives.').waitFor();
    await page.getByRole('alert').first().waitFor({ state: 'detached' });
    assert.deepEqual(errors, []);
  },
);

test('a run is watched with its progress and cancelled', withChromium, async (context) => {
  const site = await served(context);
  await makeReady(site);
  await writeFile(join(site.folder, 'source', 'big'), randomBytes(16 * 1024 * 1024));
  // Its output never ends: the run is over when it is cancelled, however fast the machine is.
  const job = findJob(site.app.store, 'system');
  assert.ok(job.kind === 'system');
  const endless = { path: '/output', command: 'sleep', args: ['infinity'] };
  saveJob(site.app.store, { ...job, plan: { ...job.plan, commands: [endless] } });
  const { page, errors } = await signedIn(context, site, 'operator', '/');
  const card = page.getByRole('region', { name: 'Application' });
  await card.getByRole('button', { name: 'Back up now' }).click();
  await card.getByRole('progressbar').waitFor();
  await card.getByRole('button', { name: 'Cancel the run' }).click();
  await card.getByRole('progressbar').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Runs' }).click();
  await page.getByRole('cell', { name: 'Cancelled' }).waitFor();
  assert.equal(listRuns(site.app.store, { job: 'system' })[0]?.outcome, 'cancelled');
  assert.deepEqual(errors, []);
});

test(
  'the backup of session files is switched on with its folder, and the schedule is told in plain words',
  withChromium,
  async (context) => {
    const site = await served(context);
    await makeReady(site);
    const { page, errors } = await signedIn(context, site, 'administrator', '/settings/backup');
    await page.getByRole('button', { name: 'Edit: Session files' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('switch', { name: 'Enable sessions file backup?' }).check();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('the backup of session files has no folder yet').waitFor();
    await dialog.getByRole('textbox', { name: 'Folders' }).fill(`${join(site.folder, 'source')}\n`);
    await dialog.getByRole('combobox', { name: 'Runs' }).click();
    await page.getByRole('option', { name: 'Monday to Friday' }).click();
    await dialog.getByLabel('At', { exact: true }).fill('04:30');
    await dialog.getByRole('button', { name: 'Save' }).click();
    const card = page.getByRole('region', { name: 'Session files' });
    await card.getByText('Monday to Friday at 04:30').waitFor();
    const job = findJob(site.app.store, 'recordings');
    assert.deepEqual([job.enabled, job.schedule], [true, '30 4 * * 1-5']);
    assert.deepEqual(errors, []);
  },
);

test('an auditor sees everything and is offered nothing that changes it', withChromium, async (context) => {
  const site = await served(context);
  await makeReady(site);
  const { page, errors } = await signedIn(context, site, 'auditor', '/');
  await page.getByRole('region', { name: 'Secrets' }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Back up now' }).count(), 0);
  await page.getByRole('link', { name: 'Backup settings' }).click();
  await page.getByRole('article', { name: 'local' }).waitFor();
  assert.equal(await page.getByRole('button', { name: /Edit|Add|Remove|Test/ }).count(), 0);
  assert.deepEqual(errors, []);
});

test(
  'the console loads less than 300 kB, and its page allows no code but its own files',
  withChromium,
  async (context) => {
    const site = await served(context);
    assert.ok(pages.size.firstLoad < 300_000, `${pages.size.firstLoad} bytes`);
    const page = await site.server.inject({ url: '/settings/backup', headers: { host: 'localhost' } });
    assert.equal(page.statusCode, 200);
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[A-Za-z0-9+/=]+'/);
    assert.ok(!policy.includes('unsafe'));
    assert.doesNotMatch(page.body, /<script(?![^>]*\bsrc=)/, 'no inline script');
    const again = await site.server.inject({ url: '/', headers: { host: 'localhost' } });
    assert.notEqual(String(again.headers['content-security-policy']), policy, 'a nonce is used once');
    const missing = await site.server.inject({ url: '/assets/nothing.js', headers: { host: 'localhost' } });
    assert.equal(missing.statusCode, 404);
  },
);

test('both languages have the same texts with the same blanks, and every form field has a Portuguese name', () => {
  const leaves = (value: unknown, path = ''): [string, string][] =>
    typeof value === 'string'
      ? [[path, value]]
      : Object.entries(value as object).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
  const portuguese = new Map(leaves(pt));
  const blanks = (text: string): string[] =>
    [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? '').toSorted();
  for (const [path, text] of leaves(en)) {
    assert.deepEqual(blanks(portuguese.get(path) ?? ''), blanks(text), path);
  }
  const kinds = [...backendKinds, ...channelKinds, ...secretSourceKinds, ...profileKinds];
  for (const { title, config } of [...kinds, { title: '', config: providerConfig }]) {
    for (const text of [title, ...configFields(config).flatMap((field) => [field.title, field.description])]) {
      assert.ok(text === '' || fieldsInPortuguese[text] !== undefined, `no Portuguese for '${text}'`);
    }
  }
});
