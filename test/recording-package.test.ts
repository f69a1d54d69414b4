// A packaged recording in a real browser, from a file, with the network off.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { SecretString } from '../src/base/secret-string.ts';
import { changeShares } from '../src/breakglass/ceremony.ts';
import { setNameOf, type Share } from '../src/breakglass/shares/share.ts';
import { splitSecret } from '../src/breakglass/shares/split-secret.ts';
import { openBrowser, openFilePage } from './support/browser.ts';
import { builtRecordingPage } from './support/built-pages.ts';
import { cli } from './support/cli.ts';
import { fixtureBytes } from './support/recording-source.ts';
import { listRecordingIds, recordingsSite } from './support/recordings.ts';
import { needs } from './support/tools.ts';

const withChromium = needs('chromium');
const pictures = process.env['ORBIT_TEST_PICTURES'];
let browser: Browser;
before(async () => {
  if (withChromium.skip !== false) return;
  await builtRecordingPage();
  browser = await openBrowser();
});
after(async () => {
  if (withChromium.skip === false) await browser.close();
});

test('a packaged recording plays from a file, offline, for whoever has the password', withChromium, async (t) => {
  const site = await recordingsSite(t);
  site.put('v2.cast', 'db01.cast');
  site.put('screen.webm', 'desk.webm');
  await site.run();
  const pack = async (name: string, ...more: string[]): Promise<Buffer> => {
    const out = join(site.folder, `${randomUUID()}.html`);
    const [id = ''] = listRecordingIds(site, name);
    const result = await cli(['recording', 'package', id, '--out', out, '--reason', 'case 1', ...more], {
      home: site.app.home,
    });
    assert.equal(result.exitCode, 0, result.stderr);
    assert.equal(statSync(out).mode & 0o777, 0o600);
    return readFileSync(out);
  };
  const secret = 'granite plum 7 harvest violet';
  const passwordFile = join(site.folder, 'password');
  writeFileSync(passwordFile, secret);
  const own = await pack('db01.cast', '--password-file', passwordFile);
  for (const clear of ['hostname', 'db01.cast', site.recordings])
    assert.ok(!own.includes(clear), 'nothing of the session is in the page in the clear');

  await t.test('a terminal, with a password of its own', async () => {
    const { page, context, errors, requests } = await openFilePage(browser, site.folder, own, { locale: 'pt-BR' });
    const form = page.getByLabel('Senha, ou chave');
    await form.fill('something else entirely');
    await page.getByRole('button', { name: 'Abrir' }).click();
    await page.getByText('Isto não a abre.').waitFor();
    await form.fill(secret);
    await page.getByRole('button', { name: 'Abrir' }).click();
    const screen = page.locator('.screen');
    await screen.getByText('full screen').waitFor();
    // It has ended and plays no further.
    await page.getByRole('button', { name: 'Reproduzir' }).waitFor();
    await page.getByRole('button', { name: /cat \/etc\/hostname/ }).click();
    await screen.getByText('db01.example').waitFor();
    await page.getByText(join(site.recordings, 'db01.cast'), { exact: true }).waitFor();
    await page.getByText('SHA-256 do arquivo').waitFor();
    await page.getByText(createHash('sha256').update(fixtureBytes('v2.cast')).digest('hex')).waitFor();
    await page.getByLabel('Procurar no texto').fill('ACAO');
    await page.getByRole('button', { name: /São Paulo/ }).click();
    await screen.getByText('full screen').waitFor();
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze();
    assert.deepEqual(
      violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      [],
    );
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, 'package.png'), fullPage: true });
    assert.deepEqual([errors, requests], [[], []]);
    await context.close();
  });

  await t.test('a video, with the master password of the recovery key', async () => {
    const { page, context, errors } = await openFilePage(browser, site.folder, await pack('desk.webm'));
    await page.getByLabel('Password, or key').fill('quartz lemon tundra 4 violin osprey');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.locator('video').waitFor();
    const facts = await page.evaluate(`(async () => {
      const video = document.querySelector('video');
      const when = (event) => new Promise((resolve) => video.addEventListener(event, resolve, { once: true }));
      if (video.readyState < 1) await when('loadedmetadata');
      const seeked = when('seeked');
      video.currentTime = 5;
      await seeked;
      return [video.videoWidth, video.currentTime];
    })()`);
    assert.deepEqual(facts, [160, 5]);
    assert.deepEqual(errors, []);
    await context.close();
  });

  await t.test(
    'two of three custodians type their shares; one share, or shares of another key, do not open it',
    async () => {
      const words: string[] = [];
      const masterPassword = new SecretString('quartz lemon tundra 4 violin osprey');
      await changeShares({ ...site.app, workFactor: 10 }, { masterPassword }, async (secret) => {
        const shares = await splitSecret(secret, { threshold: 2, count: 3 });
        words.push(...shares.map((share) => share.words.join(' ')));
        return { set: setNameOf(shares[0] as Share), threshold: 2, total: 3 };
      });
      const others = await splitSecret(Buffer.alloc(32, 7), { threshold: 2, count: 2 });
      const { page, context, errors, requests } = await openFilePage(browser, site.folder, await pack('db01.cast'));
      await page.getByRole('button', { name: 'Custodians’ shares' }).click();
      await page.getByText('2 of 3 custodians').waitFor();
      const open = page.getByRole('button', { name: 'Open', exact: true });
      const type = async (text: string, number: number): Promise<void> => {
        await page.fill('#share-word', text);
        await page.locator('.shares', { hasText: `Number ${number} of the set` }).waitFor();
      };
      for (const [index, share] of others.entries()) await type(share.words.join(' '), index + 1);
      await open.click();
      await page.getByText('This does not open it.').waitFor();
      for (const _ of others) await page.getByRole('button', { name: 'Take out' }).first().click();
      await type(words[2] ?? '', 3);
      assert.ok(await open.isDisabled(), 'one share is not enough');
      await type(words[0] ?? '', 1);
      const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze();
      assert.deepEqual(
        violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
        [],
      );
      await open.click();
      await page.locator('.screen').getByText('full screen').waitFor();
      assert.deepEqual([errors, requests], [[], []]);
      await context.close();
      const { page: sealed, context: second } = await openFilePage(browser, site.folder, own);
      await sealed.getByLabel('Password, or key').waitFor();
      assert.equal(
        await sealed.getByRole('button', { name: 'Custodians’ shares' }).count(),
        0,
        'no share opens this one',
      );
      await second.close();
    },
  );
});
