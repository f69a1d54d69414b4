// Reports by mail, compliance of passwords, incidents and remote partitions in a real browser, with a real mail server behind them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { orbitEvent } from '../src/base/event.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { addDestination } from '../src/destinations/destination.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { runJob } from '../src/jobs/runner.ts';
import { makeCertificates } from './support/certificates.ts';
import { makeReady } from './support/console.ts';
import { consolePages } from './support/console-pages.ts';
import { smtpServer } from './support/smtp-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const { served, signedIn } = consolePages();

test(
  'a report is added, sent now, and says who got it and who did not',
  needs('chromium', 'aiosmtpd', 'openssl'),
  async (context) => {
    const site = await served(context);
    const server = await smtpServer(context, 'none', await makeCertificates(await temporaryFolder(context)));
    const { page, errors } = await signedIn(context, site, 'administrator', '/settings/backup');
    await page.getByText('There is no mail channel yet').waitFor();
    const config = {
      ...{ host: 'localhost', port: server.port, encryption: 'none' },
      ...{ from: 'o@example.org', to: ['ops@example.org'] },
    };
    site.app.notifier.channels.add({ name: 'ops', kind: 'email', config });
    await page.reload();
    await page.getByRole('button', { name: 'Add a report' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('weekly');
    await dialog.getByLabel('Recipients').fill('audit@example.org, nobody@example.org');
    await dialog.getByRole('button', { name: 'Save' }).click();
    const card = page.getByRole('article', { name: 'weekly' });
    await card.getByText('not sent yet').waitFor();
    await card.getByRole('button', { name: 'Send now' }).click();
    await card.getByText('The mail server refused it for nobody@example.org. The others got it.').waitFor();
    await card.getByText('the server took the mail: 250 2.0.0 taken as 4711').waitFor();
    const [mail] = await server.received(1);
    assert.deepEqual([mail?.to, mail?.attachments.length], [['audit@example.org'], 1]);
    await card.getByRole('button', { name: 'Past sendings' }).click();
    await page.getByRole('dialog').getByText('asked for by the-administrator').waitFor();
    assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations, []);
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'the policy is changed, a backup judges by it, and the list shows what is not compliant and why',
  needs('chromium'),
  async (context) => {
    const site = await served(context);
    await makeReady(site);
    site.app.vault.add({ title: 'router', username: 'root', password: new SecretString('Quartz-lemon-82') });
    const { page, errors } = await signedIn(context, site, 'administrator', '/kits?tab=secrets');
    await page.getByRole('button', { name: 'Password policy' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Least length').fill('20');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await runJob(site.app, findJob(site.app.store, 'secrets'), { startedBy: 'person' });
    await page.reload();
    const row = page.getByRole('row', { name: /router/ });
    await row.getByText('Not compliant').waitFor();
    await row.getByText('too short').waitFor();
    await page.getByRole('combobox', { name: 'Compliance' }).click();
    await page.getByRole('option', { name: 'Not judged' }).click();
    await row.waitFor({ state: 'detached' });
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'an incident stands until it is over; an operator ends one with a note, an auditor sees both',
  needs('chromium'),
  async (context) => {
    const site = await served(context);
    const at = site.app.clock.now();
    site.app.tell(
      orbitEvent('destination.tampered', { destination: 'nas', location: 'nas:/x', reason: 'a file is gone' }, at),
    );
    const { page, errors } = await signedIn(context, site, 'operator', '/incidents');
    await page.getByRole('row', { name: /nas/ }).getByRole('button', { name: 'It is over' }).click();
    await page.getByRole('dialog').getByLabel('Why it is over').fill('put back from the other copy');
    assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations, []);
    await page.getByRole('dialog').getByRole('button', { name: 'It is over' }).click();
    await page.getByText('Nothing is wrong').waitFor();
    const other = await signedIn(context, site, 'auditor', '/incidents?state=resolved', { locale: 'pt-BR' });
    await other.page.getByText('por the-operator: put back from the other copy').waitFor();
    assert.equal(await other.page.getByRole('button', { name: 'Já passou' }).count(), 0);
    assert.deepEqual([errors, other.errors, site.bugs], [[], [], []]);
  },
);

test(
  'a partition is unmounted after what is lost was told, and says who did it until it is mounted again',
  needs('chromium'),
  async (context) => {
    const site = await served(context);
    const { app } = site;
    const share = { host: 'nas.invalid', path: '/export', local: '/srv/orbit-test-nowhere', user: 'u', password: 'p' };
    addDestination(app.store, app.instanceKey, { name: 'nas', kind: 'cifs', config: share });
    saveJob(app.store, { ...findJob(app.store, 'system'), destinations: ['nas'] });
    // This machine's kernel may have no CIFS: only what it says of the mount is made up.
    const { page, errors } = await signedIn(context, site, 'operator', '/settings/backup');
    let isMounted = true;
    await page.route('**/api/v1/partitions', async (asked) => {
      const answer = await page.request.fetch(asked.request());
      const body = (await answer.json()) as { partitions: { state: string }[] };
      if (isMounted && body.partitions[0] !== undefined) body.partitions[0].state = 'mounted';
      await asked.fulfill({ response: answer, json: body });
    });
    await page.reload();
    const card = page.getByRole('article', { name: 'nas' });
    await card.getByRole('button', { name: 'Unmount' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/Only the mount at \/srv\/orbit-test-nowhere goes/).waitFor();
    await dialog.getByText(/Application: the next backup is due/).waitFor();
    isMounted = false;
    await dialog.getByRole('button', { name: 'Unmount' }).click();
    await card.getByText(/Unmounted by the-operator/).waitFor();
    await card.getByRole('button', { name: 'Mount', exact: false }).first().waitFor();
    assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations, []);
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);
