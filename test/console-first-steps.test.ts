// The first-run wizard in a real browser: from nothing to a verified backup whose password is read from the downloaded file.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeLink } from '../src/accounts/account-link.ts';
import { openFilePage, openServedPage } from './support/browser.ts';
import { goodPassword } from './support/console.ts';
import { consolePages, withChromium } from './support/console-pages.ts';
import { makeDatabase } from './support/keepassxc.ts';
import { needs } from './support/tools.ts';

const pages = consolePages();
const { served, signedIn } = pages;

test(
  'from nothing to a verified backup, whose password is read from the downloaded file without a network',
  needs('chromium', 'keepassxc-cli'),
  async (context) => {
    const site = await served(context);
    const { file: keepass } = await makeDatabase(site.folder, 'file password');
    await mkdir(join(site.folder, 'source'));
    await writeFile(join(site.folder, 'source', 'vault.conf'), 'listen = 127.0.0.1\n');
    const token = makeLink(site.app).reveal();
    const { page, errors, context: tab } = await openServedPage(pages.browser, `${site.url}/setup#${token}`);
    context.after(() => tab.close());
    await page.getByLabel('Name').fill('ana');
    for (const field of await page.locator('input[autocomplete=new-password]').all()) await field.fill(goodPassword);
    await page.getByRole('button', { name: 'Make the account' }).click();

    // One: the key. The generated password is shown once and typed back; something else is not taken.
    await page.getByRole('button', { name: 'Make a password' }).click();
    const masterPassword = (await page.locator('.shown-once').textContent()) ?? '';
    assert.match(masterPassword, /^([0-9a-z]{4}-){6}[0-9a-z]{4}$/);
    await page.getByRole('button', { name: 'I have written it down' }).click();
    const back = page.getByRole('textbox', { name: 'Type it back, from the paper' });
    await back.waitFor();
    assert.equal(await page.getByText(masterPassword).count(), 0, 'shown once');
    await back.fill(masterPassword.replace(/.$/, '!'));
    await page.getByText('This is not the same.').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Make the recovery key' }).isDisabled());
    await back.fill(masterPassword);
    await page.getByRole('button', { name: 'Make the recovery key' }).click();
    await page.getByText('The recovery key is made.').or(page.getByText('What shall be protected')).first().waitFor();

    // Two: a KeePass file besides the vault. The page may be loaded anew at any time: the server knows how far it is.
    await page.reload();
    await page.getByRole('heading', { name: 'What shall be protected' }).waitFor();
    await page.getByRole('button', { name: 'Add a source of secrets' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('team');
    await dialog.locator('input[name=path]').fill(keepass);
    await dialog.locator('input[name=password]').fill('wrong');
    await dialog.getByRole('button', { name: 'Test and add' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.locator('input[name=password]').fill('file password');
    await dialog.getByRole('button', { name: 'Test and add' }).click();
    await dialog.getByText('Read whole: 2 secrets.').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'This is what I want to protect' }).click();

    // Three: a folder as destination, tested before it is kept.
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('local');
    await page.getByRole('textbox', { name: 'Folder' }).fill(join(site.folder, 'copies'));
    await page.getByRole('button', { name: 'Test and save' }).click();
    await page.getByText('local works and was kept.').waitFor();
    await page.getByRole('button', { name: 'Done', exact: true }).click();

    // Four and five: the backup, and the proof by one's own hands.
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page.getByText(/The secrets are backed up: .* opened and compared/).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download open.html' }).click(),
    ]);
    const file = await download.path();
    const kit = await openFilePage(pages.browser, site.folder, await readFile(file));
    await kit.page.fill('#who-name', 'Ana');
    await kit.page.fill('#who-reason', 'first steps');
    await kit.page.press('#who-name', 'Enter');
    await kit.page.fill('#master-password', masterPassword);
    await kit.page.press('#master-password', 'Enter');
    await kit.page.locator('.item').first().waitFor({ timeout: 60_000 });
    await kit.page.fill('#search', 'db01');
    await kit.page.locator('.item').first().click();
    await kit.page.getByRole('button', { name: /Show/ }).first().click();
    await kit.page.getByText('second', { exact: true }).waitFor();
    assert.deepEqual([kit.requests, kit.errors], [[], []]);
    await kit.context.close();

    await page.getByRole('button', { name: 'I opened it and read a password' }).click();
    await page.getByText('Orbit is set up.').waitFor();
    await page.getByRole('button', { name: 'To Home' }).click();
    await page.getByText('Yes, as long as this machine survives.').waitFor();
    await page.getByText(/steps are done/).waitFor({ state: 'detached' });
    assert.deepEqual(errors, []);
    assert.deepEqual(site.bugs, []);
  },
);

test('the first steps are left and gone on with; only an administrator takes them', withChromium, async (context) => {
  const site = await served(context);
  const { page, errors } = await signedIn(context, site, 'administrator', '/first-steps');
  await page.getByText('Enter my own').click();
  await page.getByRole('textbox', { name: 'Master password', exact: true }).fill('password12345');
  await page.getByRole('textbox', { name: 'Master password, again' }).fill('password12345');
  await page.getByRole('button', { name: 'Make the recovery key' }).click();
  await page.getByText('the master password is too weak').waitFor();
  await page.goto(`${site.url}/`);
  await page.getByText('Setting up: 0 of 5 steps are done.').waitFor();
  await page.getByRole('button', { name: 'Go on', exact: true }).click();
  await page.getByRole('heading', { name: 'What opens the backups on the worst day' }).waitFor();
  const auditor = await signedIn(context, site, 'auditor', '/first-steps', { locale: 'pt-BR' });
  await auditor.page.getByText('Um administrador dá estes passos.').waitFor();
  assert.equal(await auditor.page.getByRole('button', { name: 'Continuar depois' }).count(), 0);
  assert.deepEqual([errors, auditor.errors, site.bugs], [[], [], []]);
});
