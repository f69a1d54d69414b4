// Looking after backups in a real browser: held with a reason, let go as it was shown, a drop accepted, what the system backup takes.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SecretString } from '../src/base/secret-string.ts';
import { listHolds } from '../src/jobs/copy-hold.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { listRuns, type Run } from '../src/jobs/run.ts';
import { type ConsoleSite, makeReady } from './support/console.ts';
import { consolePages, withChromium } from './support/console-pages.ts';
import { waitUntil } from './support/ports.ts';

const pages = consolePages();
const { served, signedIn } = pages;

async function ran(site: ConsoleSite, kind: string): Promise<void> {
  await (await site.desk.start(findJob(site.app.store, kind), 'schedule')).ended;
}

test(
  'a backup is protected with a reason, the rest goes as it was shown, and the hold is ended',
  withChromium,
  async (context) => {
    const site = await served(context);
    await makeReady(site);
    for (let run = 0; run < 3; run += 1) {
      writeFileSync(join(site.folder, 'source', 'vault.conf'), `run ${run}\n`);
      await ran(site, 'system');
    }
    saveJob(site.app.store, { ...findJob(site.app.store, 'system'), retention: { last: 1 } });
    const snapshots = (): string[] => readdirSync(join(site.folder, 'copies/system/snapshots'));
    const { page, errors } = await signedIn(context, site, 'administrator', '/retention');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Show what would go: Application' }).click();
    const card = page.getByRole('region', { name: 'Application' });
    await card.getByText('2 backups would go · 1 stays').waitFor();
    assert.equal(snapshots().length, 3);
    await card
      .getByRole('row', { name: /Goes/ })
      .last()
      .getByRole('button', { name: /^Protect/ })
      .click();
    await dialog.getByLabel('Reason').fill('before the move');
    await dialog.getByRole('button', { name: 'Hold it' }).click();
    await card.getByText('1 backup would go · 2 stay').waitFor();
    await card.getByRole('row', { name: /Stays Protected: before the move/ }).waitFor();
    await page.getByRole('table', { name: 'Held backups' }).getByText('before the move').waitFor();
    const [held] = listHolds(site.app.store);
    assert.deepEqual([held?.how, held?.heldBy], ['protected', 'the-administrator']);

    await card.getByRole('button', { name: 'Let them go now' }).click();
    await dialog.getByText(/^Lost for good at local: the one made /).waitFor();
    await dialog.getByRole('button', { name: 'Remove them for good' }).click();
    await card.getByText('1 backup is gone.').waitFor();
    await card.getByText('Nothing would go. · 2 stay').waitFor();
    assert.deepEqual([snapshots().length, snapshots().includes(held?.copy ?? '')], [2, true]);

    // The run's own page tells that it is held; ending it says what may be lost.
    await page.getByRole('link', { name: 'Run 1' }).click();
    await page.getByText('Protected', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Retention' }).click();
    await page.getByRole('button', { name: /^End it: Application/ }).click();
    await dialog.getByText(/may let this backup go for good/).waitFor();
    await dialog.getByLabel('Reason').fill('moved');
    await dialog.getByRole('button', { name: 'End the hold' }).click();
    await page.getByText('Nothing is held').waitFor();
    assert.deepEqual(listHolds(site.app.store), []);
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'an operator protects a kit and cannot hold it for the law; an auditor sees it and why',
  withChromium,
  async (context) => {
    const site = await served(context);
    await makeReady(site);
    await ran(site, 'secrets');
    const { page, errors } = await signedIn(context, site, 'operator', '/retention');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Hold a backup' }).click();
    await dialog.getByRole('combobox', { name: 'Which backup' }).click();
    await page.getByRole('option', { name: /^Secrets, / }).click();
    assert.ok(await dialog.getByRole('radio', { name: 'Legal hold' }).isDisabled());
    await dialog.getByLabel('Reason').fill('case 12');
    await dialog.getByRole('button', { name: 'Hold it' }).click();
    await page.getByText('case 12').waitFor();
    const auditor = await signedIn(context, site, 'auditor', '/retention', { locale: 'pt-BR' });
    await auditor.page.getByText('case 12').waitFor();
    await auditor.page.getByText('Protegido').waitFor();
    assert.equal(await auditor.page.getByRole('button', { name: /Reter|Encerrar|Mostrar/ }).count(), 0);
    assert.deepEqual([errors, auditor.errors, site.bugs], [[], [], []]);
  },
);

test('secrets that are gone are named before anybody accepts it with a reason', withChromium, async (context) => {
  const site = await served(context);
  await makeReady(site);
  const { vault, store } = site.app;
  for (let at = 0; at < 10; at += 1) vault.add({ title: `router ${at}`, password: new SecretString('made up') });
  await ran(site, 'secrets');
  for (const { id, title } of [...vault.list()]) if (title.startsWith('router')) vault.remove(id, { force: true });
  await ran(site, 'secrets');
  const { page, errors } = await signedIn(context, site, 'operator', '/');
  await page.getByRole('button', { name: 'See what is gone' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('vault: 10 of 12 are gone, 2 are left').waitFor();
  await dialog.getByRole('listitem').filter({ hasText: 'router 7' }).waitFor();
  await dialog.getByLabel('Why they are gone').fill('the old site was closed');
  await dialog.getByRole('button', { name: 'Accept it and back up' }).click();
  await page.getByRole('button', { name: 'See what is gone' }).waitFor({ state: 'detached' });
  const isAccepted = ({ dropAccepted }: Run): boolean => dropAccepted !== undefined;
  const run = await waitUntil(
    async () => listRuns(store, { kind: 'secrets', outcome: 'succeeded' }).find(isAccepted),
    'the run after it was accepted',
  );
  await page.goto(`${site.url}/runs/${run.id}`);
  await page.getByText('That secrets were gone was accepted: the old site was closed').waitFor();
  assert.equal(run.dropAccepted, 'the old site was closed');
  assert.deepEqual([errors, site.bugs], [[], []]);
});

test('the system backup takes a database by its profile and runs programs around it', withChromium, async (context) => {
  const site = await served(context);
  await makeReady(site);
  const { page, errors } = await signedIn(context, site, 'administrator', '/settings/backup');
  const dialog = page.getByRole('dialog');
  const card = page.getByRole('region', { name: 'Application' });
  await card.getByRole('button', { name: 'Look at this machine' }).click();
  await dialog.getByRole('heading', { name: 'Found on this machine' }).waitFor();
  await dialog.getByRole('button', { name: 'Take it: SQLite files' }).click();
  await dialog.getByLabel('Paths of the databases').fill(join(site.folder, 'none.db'));
  await dialog.getByRole('button', { name: 'Take it' }).click();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await card.getByText('SQLite files').waitFor();

  await card.getByRole('button', { name: 'Edit: Application' }).click();
  await dialog.getByRole('button', { name: 'Add a program: Before' }).click();
  const program = dialog.getByRole('group', { name: 'Before, program 1' });
  const path = program.getByRole('textbox', { name: 'Program' });
  await path.fill('touch');
  assert.ok(await dialog.getByRole('button', { name: 'Save' }).isDisabled(), 'not a whole path');
  await path.fill('/usr/bin/touch');
  await program.getByLabel('Arguments').fill(join(site.folder, 'before'));
  await dialog.getByRole('button', { name: 'Save' }).click();
  await card.getByText(`/usr/bin/touch ${join(site.folder, 'before')}`).waitFor();
  const job = findJob(site.app.store, 'system');
  assert.ok(job.kind === 'system');
  assert.deepEqual(
    [job.plan.profiles?.map(({ kind }) => kind), job.plan.hooks?.before],
    [['sqlite'], [{ command: '/usr/bin/touch', args: [join(site.folder, 'before')], timeoutSeconds: 300 }]],
  );
  await card.getByRole('button', { name: 'Remove: SQLite files' }).click();
  await dialog.getByText(/New snapshots do not have it/).waitFor();
  await dialog.getByRole('button', { name: 'Take it no longer' }).click();
  await card.getByText('Folders only.').waitFor();
  await ran(site, 'system');
  assert.ok(readdirSync(site.folder).includes('before'), 'the program ran');
  assert.deepEqual([errors, site.bugs], [[], []]);
});
