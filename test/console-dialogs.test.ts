// The dialogs of settings in a real browser, each against a real server: a wrong secret is told and nothing kept, the right one is
// kept once it works. (rsync has console.test.ts; what mounts of Orbit's own do has the lab.)
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { s3Client } from '../src/backends/s3/s3-client.ts';
import { hostKeyFrom } from '../src/backends/ssh/host-key.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { type Destination, listDestinations } from '../src/destinations/destination.ts';
import { listJobs } from '../src/jobs/job.ts';
import { copiedText } from './support/browser.ts';
import { makeCertificates } from './support/certificates.ts';
import { consolePages, type ServedSite } from './support/console-pages.ts';
import { startObjectServer } from './support/object-server.ts';
import { startSmbServer } from './support/smb-server.ts';
import { onlyRoot, smallDisk } from './support/small-disk.ts';
import { smtpServer } from './support/smtp-server.ts';
import { startSshServer } from './support/ssh-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { toldInBothLanguages } from './support/told-in-both.ts';
import { needs } from './support/tools.ts';

const { served, signedIn } = consolePages();

type Fields = Record<string, string>;

async function fill(dialog: Locator, fields: Fields): Promise<void> {
  const written = dialog.locator('input:not([type=radio], [type=checkbox]), textarea');
  for (const [name, value] of Object.entries(fields)) await written.and(dialog.getByLabel(name)).first().fill(value);
}

/** Opens the dialog of a kind, with its name and fields. */
async function addDestination(page: Page, kind: string, fields: Fields): Promise<Locator> {
  await page.getByRole('button', { name: 'Add destination' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: kind }).click();
  await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill('offsite');
  await fill(dialog, fields);
  return dialog;
}

/** The wrong secret is told with `reason` and nothing is kept; with the right one it is, and works. */
async function keptOnceItWorks(
  dialog: Locator,
  site: ServedSite,
  { label, wrong, right, reason }: { label: string; wrong: string; right: string; reason: RegExp },
): Promise<void> {
  await fill(dialog, { [label]: wrong });
  await dialog.getByRole('button', { name: 'Test and save' }).click();
  await dialog.getByText('It does not work yet, and was not kept.').waitFor();
  await toldInBothLanguages(dialog.page(), dialog.getByRole('alert'), reason);
  assert.deepEqual(listDestinations(site.app.store), []);
  await fill(dialog, { [label]: right });
  await dialog.getByRole('button', { name: 'Test and save' }).click();
  await dialog.getByText('offsite works and was kept.').waitFor();
  isKept(site);
}

/** It is the one destination, and every job that is switched on keeps copies there, as the dialog proposed. */
function isKept(site: ServedSite): Destination {
  const [place, ...others] = listDestinations(site.app.store);
  assert.ok(place?.name === 'offsite' && others.length === 0);
  const jobs = listJobs(site.app.store).filter(({ enabled }) => enabled);
  assert.ok(jobs.length > 0);
  for (const { name, destinations } of jobs) assert.deepEqual(destinations, ['offsite'], name);
  return place;
}

async function settingsPage(context: TestContext) {
  const site = await served(context);
  const { page, errors } = await signedIn(context, site, 'administrator', '/settings/backup');
  return { site, page, errors };
}

test('a share of a Windows server: a wrong password is told, the right one is kept', {
  skip: needs('chromium', 'smbd', 'smbclient', 'smbpasswd').skip || onlyRoot.skip,
}, async (context) => {
  const server = await startSmbServer();
  context.after(() => server.stop());
  const { site, page, errors } = await settingsPage(context);
  const dialog = await addDestination(page, 'CIFS/SMB share, without a mount', {
    'Host name or IP address': server.host,
    Port: String(server.port),
    'Path on that host': '/backup/orbit',
    User: server.user,
  });
  const [wrong, right, reason] = ['wrong', server.password, /password/];
  await keptOnceItWorks(dialog, site, { label: 'Password', wrong, right, reason });
  assert.deepEqual(errors, []);
  assert.deepEqual(site.bugs, []);
});

test('a folder on a mount is kept only while something is mounted there', {
  skip: needs('chromium').skip || onlyRoot.skip,
}, async (context) => {
  const disk = await smallDisk(context, '8m');
  await disk.unmount();
  const { site, page, errors } = await settingsPage(context);
  const dialog = await addDestination(page, 'Folder on this machine', { Folder: disk.path });
  await dialog.getByRole('checkbox', { name: /The folder lies on a mount/ }).check();
  await dialog.getByRole('button', { name: 'Test and save' }).click();
  await toldInBothLanguages(page, dialog.getByRole('alert'), /does not lie on a mount/);
  assert.deepEqual(listDestinations(site.app.store), []);
  await disk.mountAgain();
  await dialog.getByRole('button', { name: 'Test and save' }).click();
  await dialog.getByText('offsite works and was kept.').waitFor();
  const [place] = listDestinations(site.app.store);
  assert.ok(place?.pins.mount !== undefined, 'it is written there only while that very mount is there');
  assert.deepEqual(errors, []);
  assert.deepEqual(site.bugs, []);
});

// What a real server answers to a mount is tried in the lab: here there is no right to mount, whatever machine this is.
test('a share that Orbit mounts itself: an option that is a secret and a machine that may not mount are told with their cure', {
  skip: needs('chromium').skip,
}, async (context) => {
  const { site, page, errors } = await settingsPage(context);
  const { geteuid } = process;
  context.after(() => {
    if (geteuid !== undefined) process.geteuid = geteuid;
  });
  process.geteuid = () => 1000;
  for (const [kind, fields, hint] of [
    [
      'CIFS/SMB share, mounted (needs root)',
      {
        'Host name or IP address': '127.0.0.1',
        'Path on that host': '/backup',
        User: 'orbit',
        Password: 'canary of the share',
      },
      /kind smb: it needs neither root nor a module/,
    ],
    [
      'NFS export, mounted (needs root)',
      { 'Host name or IP address': '127.0.0.1', 'Path that the host exports': '/backup' },
      /there is no way to NFS without a mount/,
    ],
  ] as const) {
    const dialog = await addDestination(page, kind, fields);
    await dialog.getByRole('button', { name: 'More settings' }).click();
    await fill(dialog, { 'Extra mount options': 'pass=canary of the options' });
    await dialog.getByRole('button', { name: 'Test and save' }).click();
    await toldInBothLanguages(page, dialog.getByRole('alert'), /may not be among the extra mount options|mount option/);
    assert.ok(!(await dialog.getByRole('alert').innerText()).includes('canary'));
    await fill(dialog, { 'Extra mount options': '' });
    await dialog.getByRole('button', { name: 'Test and save' }).click();
    const alert = dialog.getByRole('alert');
    await toldInBothLanguages(page, alert, /only root may mount, and Orbit does not run as root/);
    assert.match(await alert.innerText(), hint);
    assert.deepEqual(listDestinations(site.app.store), []);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
  }
  assert.deepEqual(errors, []);
  assert.deepEqual(site.bugs, []);
});

test(
  'a bucket of an object store: a wrong secret is told, the right one is kept',
  needs('chromium', 'radosgw', 'ceph-mon', 'ceph-osd', 'ceph'),
  async (context) => {
    const server = await startObjectServer();
    context.after(() => server.stop());
    const { accessKeyId, secretAccessKey, endpoint } = server;
    const client = s3Client({
      ...{ location: 's3://test', endpoint, region: 'us-east-1', bucket: 'console', pathStyle: true, accessKeyId },
      ...{ secretAccessKey: new SecretString(secretAccessKey), timeoutSeconds: 60 },
    });
    for (const key of ['', 'first']) assert.equal((await client.send({ method: 'PUT', key })).status, 200);
    client.close();
    const { site, page, errors } = await settingsPage(context);
    const dialog = await addDestination(page, 'S3-compatible object storage', {
      'Address of the server': endpoint,
      Bucket: 'console',
      'Access key id': accessKeyId,
    });
    const [wrong, right, reason] = ['wrong', secretAccessKey, /access key id and the secret/];
    await keptOnceItWorks(dialog, site, { label: 'Secret access key', wrong, right, reason });
    assert.deepEqual(errors, []);
    assert.deepEqual(site.bugs, []);
  },
);

test('an SFTP server is kept once Orbit is let in', needs('chromium', 'sshd', 'sftp'), async (context) => {
  const server = await startSshServer();
  context.after(() => server.stop());
  const { site, page, errors } = await settingsPage(context);
  const dialog = await addDestination(page, 'SFTP server', {
    'Host name or IP address': '127.0.0.1',
    Port: String(server.port),
    'User on that host': server.user,
    'Folder on that host': join(server.folder, 'copies'),
  });
  assert.ok(
    await dialog.getByRole('button', { name: 'Test and save' }).isDisabled(),
    'nobody has compared its key yet',
  );
  await dialog.getByRole('button', { name: 'Show its fingerprint' }).click();
  await dialog.getByText(server.hostKey.fingerprint).waitFor();
  await dialog.getByRole('checkbox', { name: 'I compared it, it is the same' }).check();
  await dialog.getByRole('button', { name: 'Test and save' }).click();
  await dialog.getByText('It does not work yet, and was not kept.').waitFor();
  await dialog.getByRole('button', { name: 'Copy: Orbit’s public key' }).click();
  await server.authorize(await copiedText(page));
  await dialog.getByRole('button', { name: 'Test and save' }).click();
  await dialog.getByText('offsite works and was kept.').waitFor();
  assert.equal(hostKeyFrom(isKept(site).pins.hostKey ?? '').fingerprint, server.hostKey.fingerprint);
  assert.deepEqual(errors, []);
  assert.deepEqual(site.bugs, []);
});

test('a mail server: what it really did with the test mail is told', needs('chromium', 'aiosmtpd'), async (context) => {
  const folder = await temporaryFolder(context);
  const server = await smtpServer(context, 'none', await makeCertificates(folder));
  const { page, errors } = await signedIn(context, await served(context), 'administrator', '/alerts');
  // One whose recipient the server knows, and one whose it does not.
  for (const [name, recipient, told] of [
    ['ops', 'ana@example.org', /The test message was delivered/],
    ['nobody', 'nobody@example.org', /all recipients were rejected: 550 5\.1\.1 no such person here/],
  ] as const) {
    await page.getByRole('button', { name: 'Add channel' }).first().click();
    const dialog = page.getByRole('dialog');
    await fill(dialog, {
      Name: name,
      'Mail server': '127.0.0.1',
      Port: String(server.port),
      Sender: 'orbit@example.org',
      Recipients: recipient,
    });
    await dialog.getByRole('button', { name: 'More settings' }).click();
    await dialog.getByLabel('Encryption').first().click();
    await page.getByRole('option', { name: 'none' }).click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    const card = page.getByRole('article', { name });
    await card.getByRole('button', { name: 'Test' }).click();
    await card.getByText(told).first().waitFor();
  }
  const mails = await server.received(1);
  assert.deepEqual(
    mails.map(({ to }) => to),
    [['ana@example.org']],
  );
  assert.deepEqual(errors, []);
});
