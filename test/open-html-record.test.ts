// What happened to a kit that two custodians opened with open.html, on a computer without Orbit and without a network, comes back to the
// server whole: who opened it and with which shares, and each thing that was shown, copied, printed, saved and exported.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { SecretString } from '../src/base/secret-string.ts';
import { listOpenings } from '../src/breakglass/opening-record-store.ts';
import { openBrowser, openFilePage } from './support/browser.ts';
import { cli } from './support/cli.ts';
import { sharesOf } from './support/custodian-shares.ts';
import { drillInstance, drillMasterPassword } from './support/drill-instance.ts';
import { needs } from './support/tools.ts';

const totp = 'otpauth://totp/Orbit:x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=30';

async function choose(page: Page, title: string): Promise<void> {
  await page.fill('#search', title);
  await page.locator('.item').first().click();
  await page.getByRole('heading', { name: title }).waitFor();
}

test(
  'a kit opened by two custodians: what was shown, copied, printed, saved and exported is recorded, sealed, and brought back',
  needs('chromium'),
  async (context) => {
    const instance = await drillInstance(context);
    const { app, folder, home, masterFile, place } = instance;
    const words = await sharesOf(app, drillMasterPassword);
    const file = { name: 'id_ed25519', bytes: Buffer.from('key') };
    app.vault.add({
      title: 'edge',
      password: new SecretString('pw of edge'),
      totp: new SecretString(totp),
      attachments: [file],
    });
    app.vault.edit(app.vault.find('edge').id, { password: new SecretString('pw of edge, later') });
    app.vault.add({ title: 'untouched', password: new SecretString('never seen') });
    await instance.backUp('secrets');
    const [kit = ''] = app.store.database
      .prepare('SELECT kit FROM kit_item')
      .all()
      .map((row) => String(row['kit']));
    const html = readFileSync(join(place, 'secrets', kit, 'open.html'));
    const browser = await openBrowser();
    context.after(() => browser.close());
    const { page, context: surroundings, requests, errors } = await openFilePage(browser, folder, html);
    await surroundings.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.fill('#who-name', 'Ana and Bruno');
    await page.fill('#who-reason', 'vault down, INC-7');
    await page.press('#who-name', 'Enter');
    await page.getByRole('button', { name: 'Custodians’ shares' }).click();
    for (const share of words.slice(0, 2)) await page.fill('#share-word', share);
    await page.getByRole('button', { name: 'Open the kit' }).click();
    await page.waitForSelector('.item');

    await choose(page, 'core switch');
    await page.getByRole('button', { name: 'Show Password' }).click();
    await page.pdf();
    await choose(page, 'web-01');
    await page.pdf();
    await page.getByRole('button', { name: 'Copy Password' }).click();
    await page.getByText('The clipboard is cleared in 20 seconds').waitFor();
    await choose(page, 'edge');
    await page.getByRole('button', { name: 'Show One-time code' }).click();
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save id_ed25519' }).click();
    await saved;
    await page.locator('.history summary').click();
    await page.locator('.history').getByRole('button', { name: 'Show Password' }).first().click();
    await page.fill('#search', 'web-01');
    await page.getByRole('button', { name: 'Export to KDBX' }).click();
    await page.fill('#export-password', 'a new password');
    await page.fill('#export-again', 'a new password');
    const exported = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Write the file' }).click();
    await exported;
    const closed = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Close the kit' }).click();
    const sealed = readFileSync(await (await closed).path());
    assert.deepEqual([requests, errors], [[], []]);

    for (const secret of ['Ana', 'INC-7', 'core switch', 'pw of']) assert.ok(!sealed.includes(secret), secret);
    const carried = join(folder, 'orbit-opening.age');
    writeFileSync(carried, sealed);
    const back = await cli(['kit', 'opened', carried, '--master-password-file', masterFile], { home });
    assert.equal(back.exitCode, 0, back.stderr);
    assert.match(back.stdout, /Ana and Bruno opened the kit .* with shares 1, 2/);
    assert.match(back.stdout, /vault down, INC-7/);
    assert.match(back.stdout, /core switch +Password/);
    assert.match(back.stdout, /web-01 +Password/);
    assert.match(back.stdout, /edge +totp, id_ed25519, history: .* Password/);
    assert.match(back.stdout, /1 secrets? (was|were) exported/);
    assert.doesNotMatch(back.stdout, /untouched|pw of|never seen/);
    const record = listOpenings(app)[0]?.record;
    assert.deepEqual(record?.shares, [1, 2]);
    assert.deepEqual(
      record?.seen.map(({ title, value, how }) => [title, value.replace(/history: \S+/, 'history:'), how]),
      [
        ['core switch', 'Password', 'shown'],
        ['core switch', 'Password', 'printed'],
        ['web-01', 'Password', 'copied'],
        ['edge', 'totp', 'shown'],
        ['edge', 'id_ed25519', 'downloaded'],
        ['edge', 'history: Password', 'shown'],
        ['', 'export of 1', 'downloaded'],
      ],
    );
  },
);
