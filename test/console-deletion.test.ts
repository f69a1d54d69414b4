// Deleting snapshots in a real browser: chosen, shown, confirmed by typing, with a second administrator, in both languages.
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { addAccount, setPassword } from '../src/accounts/account.ts';
import { startSignIn } from '../src/accounts/sign-in.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { holdCopies } from '../src/jobs/copy-hold.ts';
import { findJob } from '../src/jobs/job.ts';
import { listRuns } from '../src/jobs/run.ts';
import { openServedPage } from './support/browser.ts';
import { cheapHashes, goodPassword, makeReady } from './support/console.ts';
import { consolePages, type ServedSite, withChromium } from './support/console-pages.ts';

const pages = consolePages();
const { served, signedIn } = pages;
const phone = { locale: 'pt-BR', colorScheme: 'dark', viewport: { width: 390, height: 844 } } as const;

/** Four snapshots; the second oldest is under legal hold. */
async function withSnapshots(context: TestContext): Promise<ServedSite> {
  const site = await served(context);
  await makeReady(site);
  for (let run = 0; run < 4; run += 1) {
    await writeFile(join(site.folder, 'source', 'vault.conf'), `listen = ${run}\n`);
    await (await site.desk.start(findJob(site.app.store, 'system'), 'person')).ended;
  }
  const held = listRuns(site.app.store, { job: 'system', limit: 4 })[2]?.results[0]?.summary?.made ?? '';
  holdCopies(site.app, [held], { how: 'legal', reason: 'caso 12', user: 'ana' });
  return site;
}

const kept = async (site: ServedSite): Promise<number> =>
  (await readdir(join(site.folder, 'copies', 'system', 'snapshots'))).length;

/** A page on which another administrator is signed in. */
async function secondAdministrator(context: TestContext, site: ServedSite, path: string) {
  const accounts = { ...site.app, costs: cheapHashes };
  const rui = addAccount(accounts, 'rui', 'administrator');
  await setPassword(accounts, rui, new SecretString(goodPassword));
  const value = startSignIn(accounts, rui, { address: '127.0.0.1', agent: 'test' }).reveal();
  const opened = await openServedPage(pages.browser, `${site.url}/health`, { locale: 'pt-BR' });
  context.after(() => opened.context.close());
  await opened.context.addCookies([{ name: 'orbit', value, url: site.url }]);
  await opened.page.goto(`${site.url}${path}`);
  return opened;
}

test(
  'snapshots are chosen and shown with what must stay; nothing goes before the name of the destination was typed',
  withChromium,
  async (context) => {
    const site = await withSnapshots(context);
    const { page, errors } = await signedIn(context, site, 'administrator', '/restore');
    await page.getByRole('button', { name: 'Delete …: Snapshot' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete snapshots at local' });
    const boxes = dialog.getByRole('checkbox');
    await boxes.nth(3).waitFor();
    assert.equal(await boxes.first().isChecked(), true, 'the one that is looked at');
    for (const nth of [1, 2, 3]) await boxes.nth(nth).click();
    await dialog.getByText('4 are chosen.').waitFor();
    await dialog.getByRole('button', { name: 'Show what would be lost' }).click();
    await dialog.getByText('Lost for good at local: 2 snapshots').waitFor();
    await dialog.getByText('2 snapshots are left there.').waitFor();
    await dialog.getByText('the newest of its machine is never deleted').waitFor();
    await dialog.getByText('Legal hold: caso 12').waitFor();
    const go = dialog.getByRole('button', { name: 'Delete 2 for good' });
    await dialog.getByLabel('Reason').fill('wrong folder');
    assert.equal(await go.isDisabled(), true);
    await dialog.getByLabel(/^To confirm/).fill('loca');
    assert.equal(await go.isDisabled(), true);
    await dialog.getByLabel(/^To confirm/).fill('local');
    assert.equal(await kept(site), 4);
    await go.click();
    await dialog.getByText('2 snapshots are gone.').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    assert.equal(await kept(site), 2);
    await page.goto(`${site.url}/audit`);
    await page
      .getByRole('row', { name: /deletions.*Done/ })
      .getByRole('button')
      .click();
    await page.getByRole('dialog').getByText('before: 4').waitFor();
    await page.getByRole('dialog').getByText('after: wrong folder').waitFor();
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'in Portuguese on a phone, with four eyes: it waits, another administrator approves, then it goes through once',
  withChromium,
  async (context) => {
    const site = await withSnapshots(context);
    const { page, errors } = await signedIn(context, site, 'administrator', '/people', phone);
    await page.getByRole('switch').first().click({ force: true });
    await page.locator('input[role=switch]:checked').first().waitFor();
    const dialog = page.getByRole('dialog');
    const askFor = async (): Promise<void> => {
      await page.goto(`${site.url}/restore`);
      await page.getByRole('button', { name: 'Apagar …: Instantâneo' }).click();
      await dialog.getByRole('checkbox').first().click();
      await dialog.getByRole('checkbox').last().click();
      await dialog.getByRole('button', { name: 'Mostrar o que se perderia' }).click();
      await dialog.getByText('Perdido para sempre em local: 1 instantâneo').waitFor();
      await dialog.getByLabel('Motivo').fill('pasta errada');
      await dialog.getByLabel(/^Para confirmar/).fill('local');
      await dialog.getByRole('button', { name: 'Apagar para sempre' }).click();
    };
    await askFor();
    await dialog.getByText('Um segundo administrador precisa aprovar').waitFor();
    assert.equal(await kept(site), 4);
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).include('[role=dialog]').analyze();
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html.slice(0, 120)}`),
      [],
    );
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    assert.equal(width, 390);

    const rui = await secondAdministrator(context, site, '/people');
    await rui.page.getByText('apagar backups: system @ local').waitFor();
    await rui.page.getByLabel('Motivo').first().fill('combinado');
    await rui.page.getByRole('button', { name: 'Aprovar' }).first().click();
    await rui.page.getByRole('button', { name: 'Aprovar' }).waitFor({ state: 'detached' });

    await askFor();
    await dialog.getByText('1 instantâneo foi apagado.').waitFor();
    assert.equal(await kept(site), 3);
    assert.deepEqual([errors, rui.errors, site.bugs], [[], [], []]);
  },
);

test(
  'an append-only place gives the honest answer; operators and auditors are not offered to delete',
  withChromium,
  async (context) => {
    const site = await withSnapshots(context);
    const proof = { at: '2026-11-20T05:00:00Z', isDeletingRefused: true, isOverwritingRefused: true };
    site.app.store.database.prepare('UPDATE destination SET append_only = ?').run(JSON.stringify(proof));
    const { page, errors } = await signedIn(context, site, 'administrator', '/restore', { locale: 'pt-BR' });
    await page.getByRole('button', { name: 'Apagar …: Instantâneo' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox').last().click();
    await dialog.getByRole('button', { name: 'Mostrar o que se perderia' }).click();
    await dialog.getByText(/somente de adição para o Orbit \(comprovado em 2026-11-20\)/).waitFor();
    assert.equal(await dialog.getByRole('button', { name: /para sempre/ }).count(), 0);
    for (const role of ['operator', 'auditor'] as const) {
      const other = await signedIn(context, site, role, '/restore');
      await other.page.getByLabel('Snapshot').first().waitFor();
      assert.equal(await other.page.getByRole('button', { name: /^Delete/ }).count(), 0, role);
    }
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);
