// The dialogs of what is backed up, when, and how long it is kept, in a real browser: every field is saved as it was set, shown
// again as it was saved, and taken away again.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { saveApprovalSettings, approvalSettings } from '../src/accounts/approval.ts';
import { addDestination } from '../src/destinations/destination.ts';
import { findJob } from '../src/jobs/job.ts';
import { makeReady } from './support/console.ts';
import { consolePages, withChromium } from './support/console-pages.ts';
import { toldChanges } from './support/told-changes.ts';
import { toldInBothLanguages } from './support/told-in-both.ts';

const { served, signedIn } = consolePages();

async function settingsPage(context: TestContext) {
  const site = await served(context);
  await makeReady(site);
  const { page, errors } = await signedIn(context, site, 'administrator', '/settings/backup');
  const unhappy = (): unknown[] => [...errors, ...site.bugs];
  return { site, page, unhappy };
}

async function opened(page: Page, kind: string): Promise<Locator> {
  await page.getByRole('button', { name: `Edit: ${kind}` }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Time zone').waitFor();
  return dialog;
}

async function saved(dialog: Locator): Promise<void> {
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'detached' });
}

async function choose(dialog: Locator, field: string, option: string): Promise<void> {
  await dialog.getByRole('combobox', { name: field, exact: true }).click();
  await dialog.page().getByRole('option', { name: option, exact: true }).click();
}

test(
  'a schedule of each shape shows its next runs, is kept, told in plain words, and comes back as it was',
  withChromium,
  async (context) => {
    const { site, page, unhappy } = await settingsPage(context);
    const card = page.getByRole('region', { name: 'Application' });
    const kept = (): string[] => {
      const { schedule, timeZone = '' } = findJob(site.app.store, 'system');
      return [schedule, timeZone];
    };
    let dialog = await opened(page, 'Application');
    await choose(dialog, 'Runs', 'Once a week');
    await choose(dialog, 'On', 'Wednesday');
    await dialog.getByLabel('At', { exact: true }).fill('22:15');
    // Five Wednesdays, each with its minute.
    await dialog.getByText(/^(Wed[^·]*22:15[^·]*·? ?){5}$/).waitFor();
    await saved(dialog);
    await card.getByText('Wednesday at 22:15').waitFor();
    assert.deepEqual(kept(), ['15 22 * * 3', '']);

    dialog = await opened(page, 'Application');
    assert.equal(await dialog.getByRole('combobox', { name: 'On', exact: true }).inputValue(), 'Wednesday');
    assert.equal(await dialog.getByLabel('At', { exact: true }).inputValue(), '22:15');
    await choose(dialog, 'Runs', 'Every few hours');
    await dialog.getByLabel('Hours between runs').fill('6');
    await saved(dialog);
    await card.getByText('Every 6 hours').waitFor();
    assert.deepEqual(kept(), ['0 */6 * * *', '']);

    dialog = await opened(page, 'Application');
    assert.equal(await dialog.getByLabel('Hours between runs').inputValue(), '6');
    await choose(dialog, 'Runs', 'Cron expression');
    const expression = dialog.getByRole('textbox', { name: 'Cron expression' });
    await expression.fill('at some time');
    await toldInBothLanguages(page, dialog.getByRole('alert'), /at some time/);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('alert').nth(1).waitFor();
    assert.deepEqual(kept(), ['0 */6 * * *', ''], 'what cannot be read is not kept');
    await expression.fill('30 3 1 * *');
    await dialog.getByRole('textbox', { name: 'Time zone' }).fill('Mars/Olympus');
    await toldInBothLanguages(page, dialog.getByRole('alert').first(), /Mars.Olympus/);
    await dialog.getByRole('textbox', { name: 'Time zone' }).fill('America/Sao_Paulo');
    await dialog.getByText(/03:30|06:30/).waitFor();
    await saved(dialog);
    await card.getByText('By the expression 30 3 1 * * (America/Sao_Paulo)').waitFor();
    assert.deepEqual(kept(), ['30 3 1 * *', 'America/Sao_Paulo']);

    dialog = await opened(page, 'Application');
    await choose(dialog, 'Runs', 'Monday to Friday');
    await dialog.getByLabel('At', { exact: true }).fill('04:30');
    await dialog.getByRole('textbox', { name: 'Time zone' }).fill('');
    await saved(dialog);
    await card.getByText('Monday to Friday at 04:30', { exact: true }).waitFor();
    assert.deepEqual(kept(), ['30 4 * * 1-5', '']);
    assert.deepEqual(unhappy(), []);
  },
);

test(
  'what the application backup takes, where its copies go and how long they stay is kept field by field',
  withChromium,
  async (context) => {
    const { site, page, unhappy } = await settingsPage(context);
    const config = { path: join(site.folder, 'second') };
    addDestination(site.app.store, site.app.instanceKey, { name: 'second', kind: 'folder', config });
    const systemJob = () => {
      const job = findJob(site.app.store, 'system');
      assert.ok(job.kind === 'system');
      return job;
    };
    const field = (label: string): Locator => page.getByRole('dialog').getByLabel(label, { exact: true });
    let dialog = await opened(page, 'Application');
    await dialog.getByRole('switch', { name: 'Enable application backup?' }).uncheck();
    await field('Folders').fill('/etc\n\n  /srv/vault \n');
    await field('Leave out').fill('*.tmp\n/srv/vault/cache');
    await dialog.getByRole('checkbox', { name: 'local' }).uncheck();
    await dialog.getByRole('checkbox', { name: 'second' }).check();
    await choose(dialog, 'When a destination cannot be reached', 'Wait for it first, then the same');
    await field('Minutes to wait').fill('7');
    await dialog.getByRole('button', { name: 'Add a program: Before' }).click();
    await dialog.getByRole('button', { name: 'Add a program: After' }).click();
    await dialog.getByRole('button', { name: 'Add a program: After' }).click();
    const program = (which: string): Locator => dialog.getByRole('group', { name: which });
    const before = program('Before, program 1');
    await before.getByRole('textbox', { name: 'Program' }).fill('/usr/bin/systemctl');
    await before.getByLabel('Arguments').fill('stop\nthe vault');
    await before.getByLabel('Seconds it may take').fill('60');
    await program('After, program 1').getByRole('textbox', { name: 'Program' }).fill('/bin/true');
    await program('After, program 2').getByRole('textbox', { name: 'Program' }).fill('/bin/false');
    await program('After, program 2')
      .getByRole('button', { name: /After, program 2/ })
      .click();
    await field('Newest').fill('3');
    await field('Days').fill('7');
    await field('All of the last').fill('30d');
    await saved(dialog);
    const { enabled, plan, destinations, whenLost, waitMinutes, retention } = systemJob();
    assert.deepEqual([enabled, destinations, whenLost, waitMinutes], [false, ['second'], 'wait', 7]);
    assert.deepEqual(
      [plan.folders, plan.excludes],
      [
        ['/etc', '/srv/vault'],
        ['*.tmp', '/srv/vault/cache'],
      ],
    );
    assert.deepEqual(plan.hooks, {
      before: [{ command: '/usr/bin/systemctl', args: ['stop', 'the vault'], timeoutSeconds: 60 }],
      after: [{ command: '/bin/true', args: [], timeoutSeconds: 300 }],
    });
    assert.deepEqual(retention, { last: 3, daily: 7, within: '30d' });
    const card = page.getByRole('region', { name: 'Application' });
    await card.getByText('Kept: the newest 3, 7 daily and all within 30d. The newest always stays.').waitFor();
    await card.getByText('Off', { exact: true }).waitFor();

    // All of it is there again, and what is emptied is gone.
    dialog = await opened(page, 'Application');
    const shown = await Promise.all(
      ['Folders', 'Leave out', 'Minutes to wait', 'Newest', 'Days', 'All of the last'].map((label) =>
        field(label).inputValue(),
      ),
    );
    assert.deepEqual(shown, ['/etc\n/srv/vault', '*.tmp\n/srv/vault/cache', '7', '3', '7', '30d']);
    assert.equal(await dialog.getByRole('checkbox', { name: 'local' }).isChecked(), false);
    assert.equal(await program('Before, program 1').getByLabel('Arguments').inputValue(), 'stop\nthe vault');
    await dialog.getByRole('switch', { name: 'Enable application backup?' }).check();
    await field('Newest').fill('');
    await field('All of the last').fill('');
    await field('Leave out').fill('');
    await choose(dialog, 'When a destination cannot be reached', 'Serve the others and leave it at that');
    await saved(dialog);
    const second = systemJob();
    assert.deepEqual([second.enabled, second.plan.excludes, second.whenLost], [true, [], 'fail']);
    assert.deepEqual(second.retention, { daily: 7 });
    dialog = await opened(page, 'Application');
    await field('Days').fill('');
    await saved(dialog);
    await card.getByText('Every backup is kept.').waitFor();
    assert.equal(systemJob().retention, undefined);
    assert.deepEqual(unhappy(), []);
  },
);

test(
  'secrets also after a change or not, recordings after a quiet time; less kept waits for a second administrator',
  withChromium,
  async (context) => {
    const { site, page, unhappy } = await settingsPage(context);
    const told = toldChanges(site);
    const onChange = (): boolean | undefined => {
      const job = findJob(site.app.store, 'secrets');
      return job.kind === 'secrets' ? job.onChange : undefined;
    };
    for (const wanted of [false, true]) {
      const dialog = await opened(page, 'Secrets');
      await dialog.getByRole('switch', { name: 'Also after a change in the vault' }).setChecked(wanted);
      await saved(dialog);
      assert.equal(onChange(), wanted);
    }
    let dialog = await opened(page, 'Session files');
    await dialog.getByLabel(/A recording waits/).fill('90');
    await saved(dialog);
    const recordings = findJob(site.app.store, 'recordings');
    assert.equal(recordings.kind === 'recordings' ? recordings.plan.quietSeconds : 0, 90);

    assert.equal(told().length, 3);
    assert.match(told()[2] ?? '', /quietSeconds/);

    saveApprovalSettings({ ...site.app, tell: () => undefined }, approvalSettings.parse({ isOn: true }), {
      user: 'the-administrator',
    });
    dialog = await opened(page, 'Application');
    await dialog.getByLabel('Days', { exact: true }).fill('2');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await toldInBothLanguages(page, dialog.getByRole('alert'), /this needs a second administrator/);
    assert.equal(findJob(site.app.store, 'system').retention, undefined);
    assert.deepEqual(unhappy(), []);
  },
);
