// The dialog of secret sources in a real browser, each kind against a real server or file: a wrong secret is told and nothing kept,
// with the right one every secret is read before the source is.
import assert from 'node:assert/strict';
import { createHmac, pbkdf2Sync } from 'node:crypto';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { TestedSourceView } from '../src/api/schemas/sources.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { findJob } from '../src/jobs/job.ts';
import { addSource, findSource, secretsJob } from '../src/jobs/secret-sources.ts';
import { exportKdbx } from '../src/sources/secrets/export/kdbx-export.ts';
import { sourceSecretId } from '../src/sources/secrets/source-settings.ts';
import { a2aServer } from './support/a2a-server.ts';
import { bitwardenAccount, sealText } from './support/bitwarden-account.ts';
import { standInBitwarden } from './support/bitwarden-server.ts';
import { realBao } from './support/bao-server.ts';
import { consolePages } from './support/console-pages.ts';
import { someSecrets } from './support/many-secrets.ts';
import { jumpServer, jumpServerAccount } from './support/jumpserver-server.ts';
import { mariadbPrograms, startMariadbServer } from './support/mariadb-server.ts';
import { passboltResource, passboltServer } from './support/passbolt-server.ts';
import { postgresPrograms, startPostgresServer } from './support/postgres-server.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { toldChanges } from './support/told-changes.ts';
import { toldInBothLanguages } from './support/told-in-both.ts';
import { needs } from './support/tools.ts';

const { served, signedIn } = consolePages();

interface Source {
  kind: string;
  fields: Record<string, string>;
  /** Some of the fields are among those that most people leave alone. */
  asksForMore?: true;
  /** The field whose value is first wrong and then right, and how the wrong one is told. */
  secret: { label: string; wrong: string; right: string; reason: RegExp };
  /** How many secrets it has. */
  count: number;
}

async function addedOnceItWorks(
  context: TestContext,
  { kind, fields, asksForMore, secret, count }: Source,
): Promise<void> {
  const site = await served(context);
  const { page, errors } = await signedIn(context, site, 'administrator', '/settings/backup');
  const names = (): string[] => {
    const job = findJob(site.app.store, 'secrets');
    return job.kind === 'secrets' ? job.plan.sources.map(({ name }) => name) : [];
  };
  const before = names();
  await page.getByRole('button', { name: 'Add a source of secrets' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Kind of source' }).click();
  await page.getByRole('option', { name: kind }).click();
  if (asksForMore === true) await dialog.getByRole('button', { name: 'More settings' }).click();
  const submit = dialog.getByRole('button', { name: 'Test and add' });
  assert.ok(await submit.isDisabled(), 'something is needed first');
  await fill(page, { Name: 'team', ...fields, [secret.label]: secret.wrong });
  const entered = written(page).and(dialog.getByLabel(secret.label)).first();
  const isCovered = (await entered.getAttribute('type')) === 'password' || (await isMasked(entered));
  assert.ok(isCovered, 'nobody reads it over a shoulder');
  await submit.click();
  await toldInBothLanguages(page, dialog.getByRole('alert'), secret.reason);
  assert.deepEqual(names(), before);
  await fill(page, { [secret.label]: secret.right });
  await submit.click();
  await dialog.getByText(`Read whole: ${count} secret`).waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  assert.deepEqual(names(), [...before, 'team']);
  // It stays what it was shown to be: the row's own test reads it again.
  const tested = page.waitForResponse(/\/sources\/team\/test$/);
  await page.getByRole('button', { name: 'Test: team' }).click();
  assert.equal(
    ((await (await tested).json()) as TestedSourceView).read,
    count,
    'every value was read, not only counted',
  );
  await page.getByText(`Read whole: ${count} secret`).waitFor();
  const shown = await page.content();
  assert.ok(!shown.includes(secret.right), 'the secret is on no page');
  assert.ok(!shown.includes(sourceSecretId('team')), 'nor where it is kept');
  assert.deepEqual(errors, []);
  assert.deepEqual(site.bugs, []);
}

const written = (page: Page): Locator =>
  page.getByRole('dialog').locator('input:not([type=radio], [type=checkbox]), textarea');

const isMasked = async (field: Locator): Promise<boolean> =>
  (await field.evaluate('(field) => getComputedStyle(field).webkitTextSecurity')) === 'disc';

async function fill(page: Page, fields: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields))
    await written(page)
      .and(page.getByLabel(name, { exact: false }))
      .first()
      .fill(value);
}

test(
  'OpenBao: a wrong token is told, with the right one the whole mount is read',
  needs('chromium', 'bao'),
  async (context) => {
    const bao = await realBao(context, await temporaryFolder(context));
    for (const number of [1, 2, 3])
      await bao.call('POST', `secret/data/team/host${number}`, { data: { password: `p${number}` } });
    await bao.call('POST', 'sys/policies/acl/orbit', {
      policy:
        'path "secret/*" { capabilities = ["read", "list"] } path "sys/internal/ui/mounts" { capabilities = ["read"] }',
    });
    const { auth } = await bao.call('POST', 'auth/token/create', { policies: ['orbit'] });
    await addedOnceItWorks(context, {
      kind: 'OpenBao / HashiCorp Vault (KV)',
      fields: { Address: bao.address },
      secret: {
        label: 'Token',
        wrong: 'not-a-token',
        right: (auth as { client_token: string }).client_token,
        reason: /does not let this credential read/,
      },
      count: 3,
    });
  },
);

test('a KeePass file: a wrong password is told, with the right one it is read', needs('chromium'), async (context) => {
  const path = join(await temporaryFolder(context), 'team.kdbx');
  const password = new SecretString('canary of the file');
  await writeFile(path, await exportKdbx(someSecrets(12), { password }, { kdf: { kind: 'aes', rounds: 1000 } }));
  await addedOnceItWorks(context, {
    kind: 'KeePass file (KDBX)',
    fields: { 'KeePass file': path },
    secret: { label: 'Password', wrong: 'wrong', right: 'canary of the file', reason: /password/ },
    count: 12,
  });
});

test(
  'PostgreSQL: a wrong password is told, with the right one the view is read',
  needs('chromium', ...postgresPrograms),
  async (context) => {
    const server = await startPostgresServer();
    context.after(() => server.remove());
    await server.sql(`CREATE VIEW orbit_secrets AS
      SELECT n::text AS id, 'host ' || n AS title, 'root' AS username, 'pw ' || n AS password FROM generate_series(1, 7) n`);
    await addedOnceItWorks(context, {
      kind: 'PostgreSQL (query)',
      asksForMore: true,
      fields: {
        Host: server.host,
        Port: String(server.port),
        Database: 'postgres',
        User: server.user,
        Query: 'SELECT * FROM orbit_secrets',
      },
      secret: { label: 'Password', wrong: 'wrong', right: server.password, reason: /password/ },
      count: 7,
    });
  },
);

test(
  'the documented system: a wrong client secret is told, with the right one all credentials are read',
  needs('chromium'),
  async (context) => {
    const { address, world } = await a2aServer(context, 'iso');
    for (const id of ['1', '2'])
      world.credentials[id] = {
        id,
        tag: '',
        username: 'root',
        hostname: `host${id}`,
        type: 'Local',
        password: `p${id}`,
      };
    await addedOnceItWorks(context, {
      kind: 'senhasegura (A2A API)',
      fields: { Address: address.replace(/\/iso\/?$/, ''), 'Client id': 'orbit' },
      secret: { label: 'Client secret', wrong: 'wrong', right: 's3cret&=+ ä', reason: /client/i },
      count: 2,
    });
  },
);

test(
  'MariaDB: a wrong password is told, with the right one the view is read',
  needs('chromium', ...mariadbPrograms),
  async (context) => {
    const server = await startMariadbServer();
    context.after(() => server.remove());
    await server.sql(`CREATE DATABASE vault; CREATE VIEW vault.orbit_secrets AS
      SELECT n AS id, CONCAT('host ', n) AS title, 'root' AS username, CONCAT('pw ', n) AS password
      FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3) AS numbers`);
    await addedOnceItWorks(context, {
      kind: 'MariaDB (query)',
      asksForMore: true,
      fields: {
        Host: server.host,
        Port: String(server.port),
        Database: 'vault',
        User: server.user,
        Query: 'SELECT * FROM orbit_secrets',
      },
      secret: { label: 'Password', wrong: 'wrong', right: server.password, reason: /password/i },
      count: 3,
    });
  },
);

test(
  'a Bitwarden export: a wrong password is told, with the right one it is read',
  needs('chromium'),
  async (context) => {
    const path = join(await temporaryFolder(context), 'export.json');
    const password = 'canary of the export';
    const master = pbkdf2Sync(password, 'salt', 100_000, 32, 'sha256');
    const half = (info: string): Buffer => createHmac('sha256', master).update(`${info}\u0001`).digest();
    const key = Buffer.concat([half('enc'), half('mac')]);
    const items = ['a', 'b'].map((id) => ({ id, type: 1, name: id, login: { username: 'root', password: `p ${id}` } }));
    const envelope = { encrypted: true, passwordProtected: true, salt: 'salt', kdfType: 0, kdfIterations: 100_000 };
    const data = sealText(JSON.stringify({ encrypted: false, folders: [], items }), key);
    await writeFile(path, JSON.stringify({ ...envelope, encKeyValidation_DO_NOT_EDIT: sealText('check', key), data }));
    await addedOnceItWorks(context, {
      kind: 'Bitwarden / Vaultwarden export (file)',
      fields: { Export: path },
      secret: { label: 'Password', wrong: 'wrong', right: password, reason: /password/ },
      count: 2,
    });
  },
);

test(
  'a program: that it refused is told, not what it said; then its lines are read',
  needs('chromium'),
  async (context) => {
    const file = join(await temporaryFolder(context), 'vault.sh');
    // It wants a password on its standard input, as programs do that reach a vault.
    await writeFile(
      file,
      `#!/bin/sh
read -r given
[ "$given" = "canary of the program" ] || { echo "the vault does not know this password" >&2; exit 3; }
echo '{"id":"1","title":"router","password":"p"}'
echo '{"end":true,"count":1}'
`,
    );
    await chmod(file, 0o700);
    await addedOnceItWorks(context, {
      kind: 'Program',
      asksForMore: true,
      fields: { Program: file },
      secret: {
        label: 'Standard input',
        wrong: 'wrong',
        right: 'canary of the program',
        reason: /vault\.sh ended with exit code 3/,
      },
      count: 1,
    });
  },
);

test(
  'Bitwarden: a wrong master password is told, with the right one the account is read',
  needs('chromium'),
  async (context) => {
    const masterPassword = 'canary of the account';
    const account = bitwardenAccount('vault@example.org', masterPassword, { kdf: 0, kdfIterations: 100_000 });
    const items = ['a', 'b'].map((name) => ({ type: 1, name, login: { username: 'root', password: `p ${name}` } }));
    const server = await standInBitwarden(context, account, items);
    await addedOnceItWorks(context, {
      kind: 'Bitwarden / Vaultwarden (API)',
      fields: { Address: server.address, 'Client id': server.clientId, 'Client secret': server.clientSecret },
      secret: { label: 'Master password', wrong: 'wrong', right: masterPassword, reason: /master password/ },
      count: 2,
    });
  },
);

test(
  'JumpServer: a wrong secret of the key is told, with the right one every account is read',
  needs('chromium'),
  async (context) => {
    const world = await jumpServer(context);
    world.accounts['00000000-0000-0000-0000-000000000002'] = [1, 2, 3].map((number) => jumpServerAccount(number));
    await addedOnceItWorks(context, {
      kind: 'JumpServer (API)',
      fields: { Address: world.address, 'Access key id': world.keyId },
      secret: { label: 'Access key secret', wrong: 'wrong', right: world.keySecret, reason: /key|credential/ },
      count: 3,
    });
  },
);

test(
  'Passbolt: a wrong passphrase is told, with the right one every resource is read',
  needs('chromium', 'gpg', 'gpgconf'),
  async (context) => {
    const world = await passboltServer();
    context.after(() => world.stop());
    for (const name of ['router', 'switch'])
      world.resources.push(await passboltResource(world, 'password-string', `p ${name}`, { name }));
    await addedOnceItWorks(context, {
      kind: 'Passbolt (API)',
      asksForMore: true,
      fields: {
        Address: world.address,
        'User id': world.userId,
        'OpenPGP private key': world.privateKey,
        Fingerprint: world.serverFingerprint,
      },
      secret: { label: 'Passphrase', wrong: 'wrong', right: world.passphrase, reason: /passphrase/ },
      count: 2,
    });
  },
);

test(
  'a taken name is told, another kind begins with an empty form, what can no longer be read is told, and the last source stays',
  needs('chromium'),
  async (context) => {
    const site = await served(context);
    const { page, errors } = await signedIn(context, site, 'administrator', '/settings/backup');
    const told = toldChanges(site);
    const dialog = page.getByRole('dialog');
    const row = page.getByRole('region', { name: 'Secrets' });
    const ofKind = async (kind: string): Promise<void> => {
      await dialog.getByRole('combobox', { name: 'Kind of source' }).click();
      await page.getByRole('option', { name: kind }).click();
    };
    await row.getByText('Built-in vault', { exact: false }).first().waitFor();
    assert.equal(await row.getByRole('button', { name: /^Remove/ }).count(), 0, 'a kit of nothing would be no kit');

    const path = join(await temporaryFolder(context), 'team.kdbx');
    const password = new SecretString('canary of the file');
    await writeFile(path, await exportKdbx(someSecrets(2), { password }, { kdf: { kind: 'aes', rounds: 1000 } }));
    await page.getByRole('button', { name: 'Add a source of secrets' }).click();
    await ofKind('KeePass file (KDBX)');
    await fill(page, { Name: 'vault', 'KeePass file': path, Password: 'canary of the file' });
    const submit = dialog.getByRole('button', { name: 'Test and add' });
    await submit.click();
    await toldInBothLanguages(page, dialog.getByRole('alert'), /there is a source 'vault' already/);
    await ofKind('Program');
    assert.equal(await dialog.getByRole('alert').count(), 0, 'what was wrong was of the other kind');
    await ofKind('KeePass file (KDBX)');
    assert.deepEqual(
      await Promise.all(
        [dialog.getByLabel('KeePass file').last(), dialog.getByLabel('Password').first()].map((field) =>
          field.inputValue(),
        ),
      ),
      ['', ''],
    );
    await fill(page, { Name: 'team', 'KeePass file': path, Password: 'canary of the file' });
    await submit.click();
    await dialog.getByRole('button', { name: 'Done' }).click();

    await rm(path);
    await row.getByRole('button', { name: 'Test: team' }).click();
    await toldInBothLanguages(page, page.getByRole('alert'), /team\.kdbx/);
    await row.getByRole('button', { name: 'Remove: team' }).click();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.ok(site.app.vault.has(sourceSecretId('team')));
    await row.getByRole('button', { name: 'Remove: team' }).click();
    await dialog.getByRole('button', { name: 'Remove the source' }).click();
    await row.getByRole('button', { name: 'Test: team' }).waitFor({ state: 'detached' });
    const job = findJob(site.app.store, 'secrets');
    assert.deepEqual(job.kind === 'secrets' ? job.plan.sources.map(({ name }) => name) : [], ['vault']);
    assert.ok(site.app.vault.show(sourceSecretId('team')).removedAt, 'what it signed in with left with it');
    assert.deepEqual(told(), ['secret source added', 'secret source removed']);
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'a source is changed in the filled form: its password stays unseen, and what cannot be read with it is not kept',
  needs('chromium'),
  async (context) => {
    const site = await served(context);
    const { page, errors } = await signedIn(context, site, 'administrator', '/settings/backup');
    const told = toldChanges(site);
    const folder = await temporaryFolder(context);
    const [path, longer] = [join(folder, 'team.kdbx'), join(folder, 'longer.kdbx')];
    const password = new SecretString('canary of the file');
    for (const [file, count] of [
      [path, 2],
      [longer, 5],
    ] as const)
      await writeFile(file, await exportKdbx(someSecrets(count), { password }, { kdf: { kind: 'aes', rounds: 1000 } }));
    const config = { path, password: password.reveal() };
    const source = addSource(site.app, 'secrets', { name: 'team', kind: 'keepass-file', values: config });
    await page.reload();
    assert.equal(await page.getByRole('button', { name: 'Edit: vault' }).count(), 0, 'the vault has no settings');
    await page.getByRole('button', { name: 'Edit: team' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Change team').waitFor();
    const field = (name: string): Locator => written(page).and(page.getByLabel(name)).first();
    assert.equal(await field('KeePass file').inputValue(), path);
    assert.equal(await field('Password').inputValue(), '');
    const submit = dialog.getByRole('button', { name: 'Test and save' });
    await field('Password').fill('wrong');
    await submit.click();
    await toldInBothLanguages(page, dialog.getByRole('alert'), /password/);
    const now = () => findSource(secretsJob(site.app.store, 'secrets'), 'team');
    assert.deepEqual(now(), source);

    await field('Password').fill('');
    await field('KeePass file').fill(longer);
    await submit.click();
    await dialog.getByText('Read whole: 5 secrets').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    assert.deepEqual(now().config, { ...(source.config as object), path: longer });
    await page.getByText(longer, { exact: false }).waitFor();
    assert.deepEqual(told(), ['secret source changed']);
    assert.ok(!(await page.content()).includes('canary'));
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);
