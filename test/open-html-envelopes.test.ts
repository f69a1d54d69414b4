// open.html with a team's key, in a real browser, from a file, with the network off. The keys are made by stock age.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { memoryBackend } from '../src/backends/memory.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { planEnvelope, saveEnvelope } from '../src/breakglass/envelope.ts';
import { generateRecoveryIdentity, identityFile, parseIdentityFile } from '../src/breakglass/recovery-key.ts';
import { kitPage } from '../src/jobs/kit-page.ts';
import { type FilePage, openBrowser, openFilePage } from './support/browser.ts';
import { kitSite } from './support/kits.ts';
import { secretRecord } from './support/secrets.ts';
import { stock, typed } from './support/stock-age.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const secrets = [
  secretRecord({ id: 'a', title: 'core', groups: ['Network'], password: new SecretString('pw of core') }),
  secretRecord({ id: 'b', title: 'edge', groups: ['Network', 'Edge'], password: new SecretString('pw of edge') }),
  secretRecord({ id: 'c', title: 'payroll', groups: ['Finance'], password: new SecretString('pw of payroll') }),
];

async function pageOf(context: TestContext, team: string, extra?: string): Promise<FilePage> {
  const site = await kitSite(extra === undefined ? {} : { extraRecipients: [{ recipient: extra, title: 'safe' }] });
  const set = (title: string, groups: string[][], recipient: string) =>
    saveEnvelope(site, planEnvelope(site.store, { title, groups, recipients: [recipient] }));
  set('network', [['Network']], team);
  set('edge', [['Network', 'Edge']], team);
  set('finance', [['Finance']], generateRecoveryIdentity().recipient);
  const backend = memoryBackend();
  const { proof } = await site.backUp(backend, secrets, { openHtml: kitPage });
  const html = backend.objects.get(`secrets/${proof.kit}/open.html`) ?? Buffer.alloc(0);
  const browser = await openBrowser();
  context.after(() => browser.close());
  const opened = await openFilePage(browser, await temporaryFolder(context), html);
  const { page } = opened;
  await page.fill('#who-name', 'Ana');
  await page.fill('#who-reason', 'INC-1');
  await page.press('#who-name', 'Enter');
  await page.getByRole('button', { name: 'Key of a team' }).click();
  return opened;
}

async function titles({ page }: FilePage): Promise<string[]> {
  await page.waitForSelector('.item');
  return (await page.locator('.item .title').allInnerTexts()).sort();
}

test(
  'a team’s key file under a passphrase opens its envelopes and nothing else',
  needs('chromium', 'age'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const key = await stock(folder, 'age-keygen');
    await writeFile(join(folder, 'team.key'), key, { mode: 0o600 });
    const { exitCode, shown } = await typed(folder, 'age -p -a -o team.age team.key', 'quartz lemon');
    assert.equal(exitCode, 0, shown);
    const opened = await pageOf(context, parseIdentityFile(key).identity.recipient);
    const { page, requests, errors } = opened;
    await page.setInputFiles('#team-key-file', join(folder, 'team.age'));
    await page.fill('#team-passphrase', 'not this one');
    await page.press('#team-passphrase', 'Enter');
    await page.getByText('This passphrase does not open the key file').waitFor();
    await page.fill('#team-passphrase', 'quartz lemon');
    await page.press('#team-passphrase', 'Enter');
    assert.deepEqual(await titles(opened), ['core', 'edge'], 'edge lies in two envelopes and is shown once');
    await page.getByText('A part of the kit').waitFor();
    await page.getByText('edge', { exact: true }).click();
    await page.getByRole('button', { name: 'Show Password' }).click();
    assert.ok((await page.locator('.field .value').allInnerTexts()).includes('pw of edge'));
    assert.deepEqual([requests, errors], [[], []]);
  },
);

test(
  'a pasted key opens what is sealed to it; what is no key, or a stranger’s, is told apart',
  needs('chromium'),
  async (context) => {
    const [team, safe] = [generateRecoveryIdentity(), generateRecoveryIdentity()];
    const opened = await pageOf(context, team.recipient, safe.recipient);
    const { page } = opened;
    const enter = async (text: string): Promise<void> => {
      await page.fill('#team-key', text);
      await page.press('#team-key', 'Enter');
    };
    const textOf = (identity: typeof team): string => {
      const notes = { createdAt: new Date(), signer: Buffer.alloc(32) };
      return identityFile(identity, notes).toString('latin1').trim().split('\n').at(-1) ?? '';
    };
    await enter('ssh-ed25519 AAAA');
    await page.getByText('There is no age key in it').waitFor();
    await enter(textOf(generateRecoveryIdentity()));
    await page.getByText('Nothing in this kit is sealed to this key').waitFor();
    await enter(`${textOf(team).slice(0, -1)}${textOf(team).endsWith('Q') ? 'P' : 'Q'}`);
    await page.getByText('Nothing in this kit is sealed to this key').waitFor();
    await enter(textOf(safe));
    assert.deepEqual(await titles(opened), ['core', 'edge', 'payroll'], 'a recipient of the recovery key opens all');
    assert.equal(await page.getByText('A part of the kit').count(), 0);
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Close the kit' }).click();
    assert.match((await readFile(await (await saving).path())).toString('latin1'), /^age-encryption.org/);
  },
);
