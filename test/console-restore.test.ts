// Restore, kits, secrets, drills and long lists in a real browser.
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { SecretString } from '../src/base/secret-string.ts';
import { addDestination } from '../src/destinations/destination.ts';
import { prepareDestination } from '../src/destinations/open.ts';
import { findJob } from '../src/jobs/job.ts';
import { makeReady } from './support/console.ts';
import { enterShares, sharesOf } from './support/custodian-shares.ts';
import { consolePages, type ServedSite, withChromium } from './support/console-pages.ts';

const pages = consolePages();
const { served, signedIn } = pages;

/** A site on which secrets and system were backed up twice; a file and a secret changed between. */
async function backedUp(context: TestContext): Promise<ServedSite & { source: string }> {
  const site = await served(context);
  await makeReady(site);
  const source = join(site.folder, 'source');
  await mkdir(join(source, 'keys'), { recursive: true });
  await writeFile(join(source, 'keys', 'tls.pem'), 'key');
  const router = site.app.vault.add({ title: 'Core router', username: 'admin', password: new SecretString('one') });
  const backUp = async (): Promise<void> => {
    for (const kind of ['secrets', 'system'])
      await (await site.desk.start(findJob(site.app.store, kind), 'person')).ended;
  };
  await backUp();
  await writeFile(join(source, 'vault.conf'), 'listen = 0.0.0.0\n');
  site.app.vault.edit(router, { password: new SecretString('two') });
  await backUp();
  return { ...site, source };
}

async function downloaded(page: Page, click: () => Promise<void>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  return await readFile(await download.path(), 'utf8');
}

test(
  'an older version of a file is found by name, taken out, and restored after a plan that says what is lost',
  withChromium,
  async (context) => {
    const site = await backedUp(context);
    const { page, errors } = await signedIn(context, site, 'administrator', '/restore');
    await page.getByRole('searchbox').or(page.getByLabel('Search by name in all snapshots')).first().fill('VAULT');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('1 path', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'vault.conf', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.gap-row').nth(1).waitFor();
    const old = dialog.locator('.gap-row').nth(1);
    const content = await downloaded(page, () => old.getByRole('link', { name: 'Download' }).click());
    assert.equal(content, 'listen = 127.0.0.1\n');

    await old.getByRole('button', { name: 'Restore …' }).click();
    await dialog.getByRole('radio', { name: 'Where it was' }).click();
    await dialog.getByRole('button', { name: 'Show the plan' }).click();
    await dialog.getByText('Nothing would be written.').waitFor();
    await dialog.getByRole('button', { name: 'Change it' }).click();
    await dialog.getByRole('combobox', { name: 'What is there already' }).click();
    await page.getByRole('option', { name: 'Is replaced', exact: true }).click();
    await dialog.getByRole('button', { name: 'Show the plan' }).click();
    await dialog.getByText('1 file that is there now is overwritten. What it held is lost.').waitFor();
    assert.equal(
      await readFile(join(site.source, 'vault.conf'), 'utf8'),
      'listen = 0.0.0.0\n',
      'a plan writes nothing',
    );
    await dialog.getByRole('button', { name: 'Restore now' }).click();
    await dialog.getByText(/^Restored: 1 file to|^Restored 1 file to/).waitFor();
    assert.equal(await readFile(join(site.source, 'vault.conf'), 'utf8'), 'listen = 127.0.0.1\n');
    await dialog.getByRole('button', { name: 'Done' }).click();

    // A folder is walked into, and taken as an archive.
    await page.getByRole('button', { name: 'Back to the folders' }).click();
    await page.goto(`${site.url}/restore?path=${encodeURIComponent(site.source)}`);
    await page.getByRole('button', { name: 'keys', exact: true }).click();
    await page.getByText('tls.pem').waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Actions: keys' }).click();
    const zip = await downloaded(page, () => page.getByRole('menuitem', { name: 'Download as zip' }).click());
    assert.ok(zip.startsWith('PK') && zip.includes('keys/tls.pem'));
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'an operator takes files out and is offered no restore; an auditor sees no names',
  withChromium,
  async (context) => {
    const site = await backedUp(context);
    const operator = await signedIn(context, site, 'operator', `/restore?path=${encodeURIComponent(site.source)}`);
    await operator.page.getByRole('button', { name: 'Actions: vault.conf' }).click();
    await operator.page.getByRole('menuitem', { name: 'Download' }).waitFor();
    assert.equal(await operator.page.getByRole('menuitem', { name: 'Restore …' }).count(), 0);
    const auditor = await signedIn(context, site, 'auditor', '/restore');
    await auditor.page.getByText('For operators and administrators').waitFor();
    assert.equal(await auditor.page.getByText('vault.conf').count(), 0);
    assert.deepEqual([operator.errors, auditor.errors, site.bugs], [[], [], []]);
  },
);

test(
  'two kits are compared, a secret tells its state, and a drill leaves its report',
  withChromium,
  async (context) => {
    const site = await backedUp(context);
    site.app.vault.add({ title: 'New firewall', password: new SecretString('x') });
    const { page, errors } = await signedIn(context, site, 'operator', '/kits');
    await page.getByRole('row').nth(1).getByRole('button').click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.figure-box').filter({ hasText: 'Changed' }).getByText('1', { exact: true }).waitFor();
    await dialog.getByText('vault: ').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByText('Secrets, one by one').click();
    await page.getByRole('row', { name: /Core router.*Healthy/ }).waitFor();
    await page.getByRole('row', { name: /New firewall.*not yet.*Waits/ }).waitFor();
    await page.getByLabel('Search').fill('firewall');
    await page.getByText('Healthy: 0').waitFor();
    const table = await downloaded(page, () => page.getByRole('link', { name: 'Download as CSV' }).click());
    assert.deepEqual([/New firewall/.test(table), /Core router/.test(table)], [true, false], 'what the filters show');

    await page.getByRole('link', { name: 'Drills' }).click();
    await page.getByRole('button', { name: 'Hold a drill' }).click();
    await dialog.getByRole('button', { name: 'Hold a drill' }).click();
    await page
      .getByRole('row', { name: /Secrets.*Passed/ })
      .getByRole('link')
      .click();
    await page.getByText('Every file of the kit was read back and compared').waitFor();
    const report = await downloaded(page, () => page.getByRole('link', { name: 'Signed report, to read' }).click());
    assert.match(report, /<!doctype html>/i);
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test('a history of 100,000 runs is scrolled to its end, filtered, and linked to', withChromium, async (context) => {
  const site = await served(context);
  await makeReady(site);
  const { database } = site.app.store;
  database.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO run (job, kind, started_by, started_at, ended_at, process, outcome)
    SELECT 'system', 'system', 'schedule', strftime('%Y-%m-%dT%H:%M:%fZ', 1700000000 + i * 600, 'unixepoch'),
      strftime('%Y-%m-%dT%H:%M:%fZ', 1700000030 + i * 600, 'unixepoch'), '', iif(i % 1000 = 0, 'failed', 'succeeded') FROM n`);
  const { page, errors } = await signedIn(context, site, 'auditor', '/runs');
  await page.getByText('100000 runs').or(page.getByText('100,000 runs')).first().waitFor();
  const rows = page.locator('.table-line');
  await rows.first().getByRole('link').waitFor();
  assert.ok((await rows.count()) < 60, 'only what is in sight is drawn');
  await page.locator('.table-area').evaluate((area) => area.scrollTo(0, area.scrollHeight));
  await page.locator('a[href="/runs/1"]').waitFor();
  assert.ok((await rows.count()) < 60);
  await page.getByRole('combobox', { name: 'Outcome' }).click();
  await page.getByRole('option', { name: 'Failed' }).click();
  await page.getByText('100 runs', { exact: true }).waitFor();
  assert.match(page.url(), /\/runs\?outcome=failed$/);
  await page.reload();
  await page.getByText('100 runs', { exact: true }).waitFor();
  await page.locator('a[href="/runs/100000"]').waitFor();
  assert.deepEqual([errors, site.bugs], [[], []]);
});

test(
  'a new Orbit opens what the lost one left, by two of its three custodians, and looks into it',
  withChromium,
  async (context) => {
    const lost = await served(context);
    await makeReady(lost);
    const [, second = '', third = ''] = await sharesOf(lost.app, 'quartz lemon tundra 4 violin osprey');
    await (await lost.desk.start(findJob(lost.app.store, 'system'), 'person')).ended;

    const site = await served(context);
    const config = { path: join(lost.folder, 'copies') };
    await prepareDestination(
      site.app,
      addDestination(site.app.store, site.app.instanceKey, { name: 'old', kind: 'folder', config }),
    );
    const { page, errors } = await signedIn(context, site, 'administrator', '/restore');
    const before = await readdir(config.path, { recursive: true });
    await page.getByRole('button', { name: 'Open a backup of another Orbit' }).click();
    const dialog = page.getByRole('dialog');
    await enterShares(page, [second, second]);
    await dialog.getByRole('button', { name: 'Open it' }).click();
    await dialog.getByRole('alert').waitFor();
    await enterShares(page, [second, third]);
    await dialog.getByRole('button', { name: 'Open it' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('textbox', { name: 'Search by name in all snapshots' }).fill('vault.conf');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('row', { name: /vault\.conf/ }).waitFor();
    const after = await readdir(config.path, { recursive: true });
    assert.deepEqual(
      after.filter((name) => !name.includes('locks')),
      before.filter((name) => !name.includes('locks')),
      'nothing is written there',
    );
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);
