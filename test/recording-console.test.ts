// Recordings in a real browser: found, watched for a reason, searched, jumped through; a video by range; both languages.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { decideApproval, listApprovals, readApprovalSettings, saveApprovalSettings } from '../src/accounts/approval.ts';
import { openBrowser, type ServedPage } from './support/browser.ts';
import { builtConsole } from './support/built-pages.ts';
import { fixtureBytes } from './support/recording-source.ts';
import { listRecordingIds, type RecordingsSite, recordingsSite } from './support/recordings.ts';
import { signedInPage } from './support/signed-in.ts';
import { needs } from './support/tools.ts';

const withChromium = needs('chromium');
// For people who want to look with their own eyes: a folder for pictures.
const pictures = process.env['ORBIT_TEST_PICTURES'];
let browser: Browser;
let built: Awaited<ReturnType<typeof builtConsole>>;

before(async () => {
  if (withChromium.skip !== false) return;
  built = await builtConsole();
  browser = await openBrowser();
});
after(async () => {
  if (withChromium.skip !== false) return;
  await browser.close();
  await built.remove();
});

async function served(context: TestContext): Promise<RecordingsSite & { url: string }> {
  const site = await recordingsSite(context, { consoleFolder: built.folder });
  site.put('v2.cast', 'db01.cast');
  site.put('session.ttyrec', 'arz/2026/1126/4711');
  site.put('screen.mp4', 'desk.mp4');
  site.put('session.tlog', 'bastion.log');
  await site.run();
  return { ...site, url: await site.server.listen({ host: '127.0.0.1', port: 0 }) };
}

async function picture({ page }: ServedPage, name: string): Promise<void> {
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

async function seenWithoutFaults({ page }: ServedPage): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze();
  assert.deepEqual(
    violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    [],
  );
}

test('recordings in the browser', withChromium, async (context) => {
  const site = await served(context);

  await context.test(
    'an auditor finds a terminal recording by what was shown, and watches it for a reason',
    async (t) => {
      const opened = await signedInPage(browser, t, site, 'auditor', '/recordings');
      const { page } = opened;
      await page.getByRole('row').nth(4).waitFor();
      assert.equal(await page.getByRole('row').count(), 5);
      await seenWithoutFaults(opened);
      await picture(opened, 'list-light');
      await page.getByLabel('Shown or typed').fill('systemctl');
      await page.getByLabel('Who, where, what').fill('db01.cast');
      await page.getByRole('button', { name: 'Find' }).click();
      await page.getByText('db01 maintenance').waitFor();
      await page
        .getByRole('row', { name: /db01 maintenance/ })
        .getByRole('link')
        .click();
      const watch = page.getByRole('button', { name: 'Watch' });
      assert.ok(await watch.isDisabled(), 'no reason, no picture');
      assert.equal(await page.getByRole('button', { name: 'Save the file' }).count(), 0, 'auditors do not export');
      await page.getByLabel('Why do you look at it?').fill('case 1234');
      await watch.click();
      const screen = page.locator('.recording-screen');
      await screen.getByText('full screen').waitFor();
      // It has ended and plays no further. Back to the first command, by the list of commands.
      await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
      await page.getByText('2 commands').waitFor();
      await page.getByRole('button', { name: /cat \/etc\/hostname/ }).click();
      await screen.getByText('db01.example').waitFor();
      assert.equal(await screen.getByText('full screen').count(), 0);
      assert.match((await screen.getByText('ana@db01').first().getAttribute('style')) ?? '', /font-weight: 700/);
      await picture(opened, 'terminal-light');
      await page.getByLabel('Find in the text').fill('acao');
      await page.getByRole('button', { name: /São Paulo — ação/ }).click();
      await screen.getByText('full screen').waitFor();
      await page.getByRole('group', { name: 'Terminal of the session' }).press('[');
      await page.getByText(/the-auditor \(watched\): case 1234/).waitFor();
      await seenWithoutFaults(opened);
      assert.deepEqual(opened.errors, []);
    },
  );

  await context.test('ttyrec and tlog play like any other, dark and in Portuguese', async (t) => {
    for (const [name, options] of [
      ['4711', { locale: 'pt-BR', colorScheme: 'dark' as const }],
      ['bastion', { locale: 'pt-BR', viewport: { width: 390, height: 844 } }],
    ] as const) {
      const [id] = listRecordingIds(site, name);
      const opened = await signedInPage(browser, t, site, 'administrator', `/recordings/${id}`, options);
      const { page } = opened;
      await page.getByLabel('Por que você quer ver?').fill('chamado 1234');
      await page.getByRole('button', { name: 'Assistir' }).click();
      await page.locator('.recording-screen').getByText('full screen').waitFor();
      await page.getByText('2 comandos').waitFor();
      await page.getByRole('button', { name: /systemctl restart/ }).click();
      await seenWithoutFaults(opened);
      await picture(opened, `terminal-${name}`);
      const width = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(width <= 0, 'the page is not wider than the window');
      assert.deepEqual(opened.errors, []);
    }
  });

  await context.test('a video plays and is jumped through by ranges', async (t) => {
    const [id] = listRecordingIds(site, 'desk.mp4');
    const opened = await signedInPage(browser, t, site, 'administrator', `/recordings/${id}`, { locale: 'pt-BR' });
    const { page } = opened;
    const statuses: number[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/content')) statuses.push(response.status());
    });
    await page.getByLabel('Por que você quer ver?').fill('chamado 1234');
    await page.getByRole('button', { name: 'Assistir' }).click();
    await page.locator('video').waitFor();
    const facts = await page.evaluate(`(async () => {
      const video = document.querySelector('video');
      const when = (event) => new Promise((resolve) => video.addEventListener(event, resolve, { once: true }));
      video.pause();
      if (video.readyState < 1) await when('loadedmetadata');
      const seeked = when('seeked');
      video.currentTime = 5;
      await seeked;
      return { duration: Math.round(video.duration), width: video.videoWidth, at: video.currentTime };
    })()`);
    assert.deepEqual(facts, { duration: 6, width: 160, at: 5 });
    assert.ok(statuses.length > 0 && statuses.every((status) => status === 206), statuses.join());
    await picture(opened, 'video');
    assert.deepEqual(opened.errors, []);
  });

  await context.test('an operator finds recordings and is told that seeing them is for others', async (t) => {
    const [id] = listRecordingIds(site, 'db01.cast');
    const opened = await signedInPage(browser, t, site, 'operator', `/recordings/${id}`);
    await opened.page.getByText('Your role may find recordings but not look at them.').waitFor();
    assert.equal(await opened.page.getByRole('button', { name: 'Watch' }).count(), 0);
  });

  await context.test('where a second person approves, the page says what waits, and goes on by itself', async (t) => {
    const [id] = listRecordingIds(site, 'db01.cast');
    const rules = readApprovalSettings(site.app.store);
    saveApprovalSettings(site.app, { ...rules, isOn: true, actions: ['recording.view'] }, { user: 'root' });
    const opened = await signedInPage(browser, t, site, 'auditor', `/recordings/${id}`);
    const { page } = opened;
    await page.getByLabel('Why do you look at it?').fill('case 1234');
    await page.getByRole('button', { name: 'Ask to watch' }).click();
    await page.getByText(/Request [0-9a-f]{8} waits for another administrator/).waitFor();
    await seenWithoutFaults(opened);
    const [asked] = listApprovals(site.app);
    assert.deepEqual([asked?.askedBy, asked?.detail], ['the-auditor', 'case 1234']);
    decideApproval(site.app, asked?.id ?? '', { verdict: 'approved', reason: 'agreed' }, { user: 'rui' });
    await page.getByText(/Approved by rui until/).waitFor();
    await page.getByRole('button', { name: 'Watch', exact: true }).click();
    await page.locator('.recording-screen').getByText('full screen').waitFor();
    await page.getByText(/the-auditor \(watched, approved by rui\): case 1234/).waitFor();
    // The browser notes every answer that is none, this one too.
    assert.ok(
      opened.errors.every((error) => error.includes('409')),
      opened.errors.join('\n'),
    );
  });
  await context.test(
    'files out of the backup’s folders ask for the reason, and wait for approval, in the same words',
    async (t) => {
      const rules = readApprovalSettings(site.app.store);
      saveApprovalSettings(site.app, { ...rules, isOn: true, actions: ['recording.view'] }, { user: 'root' });
      const address = `/restore?copy=recordings%40local&path=${encodeURIComponent(site.recordings)}`;
      const opened = await signedInPage(browser, t, site, 'administrator', address, { locale: 'pt-BR' });
      const { page } = opened;
      const ask = async (): Promise<void> => {
        await page.getByRole('button', { name: 'Ações: db01.cast' }).click();
        await page.getByRole('menuitem', { name: 'Baixar …' }).click();
        const save = page.getByRole('button', { name: 'Baixar', exact: true });
        assert.ok(await save.isDisabled(), 'no reason, no file');
        await page.getByLabel('Por que você quer ver?').fill('chamado 77');
        await save.click();
      };
      await ask();
      await page.getByText('Um segundo administrador precisa aprovar.').waitFor();
      await seenWithoutFaults(opened);
      await picture(opened, 'taking-out');
      const [asked] = listApprovals(site.app);
      assert.deepEqual([asked?.askedBy, asked?.detail, asked?.state], ['the-administrator', 'chamado 77', 'waiting']);
      decideApproval(site.app, asked?.id ?? '', { verdict: 'approved', reason: 'agreed' }, { user: 'rui' });
      await page.getByRole('button', { name: 'Cancelar' }).click();
      const saved = page.waitForEvent('download');
      await ask();
      const download = await saved;
      assert.equal(download.suggestedFilename(), 'db01.cast');
      assert.ok((await readFile(await download.path())).equals(fixtureBytes('v2.cast')));
      assert.ok(
        opened.errors.every((error) => error.includes('409')),
        opened.errors.join('\n'),
      );
    },
  );
  assert.deepEqual(site.bugs, []);
});
