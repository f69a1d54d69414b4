// Takes pictures of the console for docs/images, from an instance with a made-up history, in the browser of the tests.
// `node scripts/console-images.ts FOLDER [WORD] [LOOK]` takes every page and dialog in every look instead, for whoever mends how it looks.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { addAccount, setPassword } from '../src/accounts/account.ts';
import { startSignIn } from '../src/accounts/sign-in.ts';
import { buildServer } from '../src/api/server.ts';
import { type App, openApp } from '../src/app.ts';
import { SecretString } from '../src/base/secret-string.ts';
import { openRunDesk } from '../src/jobs/run-desk.ts';
import { openBrowser, openServedPage } from '../test/support/browser.ts';
import { cheapHashes, goodPassword } from '../test/support/console.ts';
import { addOneOfEach, fillHistory } from '../test/support/console-history.ts';
import { buildConsole } from './build-console.ts';
import { consoleDialogs, consolePaths, type ConsoleView, goToView } from '../test/support/console-views.ts';

interface Look {
  name: string;
  locale: string;
  colorScheme: 'light' | 'dark';
  viewport: { width: number; height: number };
}

const wide: Look = { name: 'en', locale: 'en-GB', colorScheme: 'light', viewport: { width: 1280, height: 840 } };
const phone = { width: 390, height: 844 };
const looks: Look[] = [
  wide,
  { ...wide, name: 'pt-dark', locale: 'pt-BR', colorScheme: 'dark' },
  { ...wide, name: 'phone', viewport: phone },
  { name: 'phone-pt-dark', locale: 'pt-BR', colorScheme: 'dark', viewport: phone },
];

/** Files of docs/images: what is seen, and how. */
const docs: [ConsoleView, Look][] = [
  [{ name: 'console-home', path: '/' }, wide],
  [
    { name: 'console-home-pt', path: '/' },
    { ...wide, locale: 'pt-BR', colorScheme: 'dark' },
  ],
  [{ name: 'console-settings', path: '/settings/backup' }, wide],
  [{ name: 'console-restore', path: '/restore' }, wide],
  [{ name: 'console-secrets', path: '/kits?tab=secrets' }, wide],
  [{ name: 'console-first-steps', path: '/first-steps' }, wide],
  [{ name: 'console-retention', path: '/retention', press: ['retention.plan: Application'] }, wide],
  [{ name: 'console-recovery', path: '/recovery' }, wide],
];

const [folder, word = '', wantedLook = ''] = process.argv.slice(2);
const home = await mkdtemp(join(tmpdir(), 'orbit-images-'));
// Readers see /srv/vault, as on a machine that is backed up, not the folder of this one day.
const withoutHome = `(() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replaceAll(${JSON.stringify(home)}, '');
})()`;
const stop = new AbortController();
const app = openApp(join(home, 'home'));
const desk = openRunDesk(app, stop.signal);
const consoleFolder = join(home, 'console');
await buildConsole(consoleFolder);
const server = buildServer({ app, desk, costs: cheapHashes, consoleFolder }, () => 'http://127.0.0.1:7420');
const url = await server.listen({ host: '127.0.0.1', port: 0 });
const browser = await openBrowser();
try {
  await fillHistory(app, desk, home);
  const cookie = await signIn(app);
  if (folder === undefined) {
    for (const [view, look] of docs) await take(browser, view, look, cookie, `docs/images/${view.name}.png`);
  } else {
    await addOneOfEach(app, desk, home);
    await mkdir(folder, { recursive: true });
    const pages = consolePaths.map((path) => ({ name: nameOf(path), path }));
    for (const look of looks.filter(({ name }) => wantedLook === '' || name === wantedLook))
      for (const view of [...pages, ...consoleDialogs].filter(({ name }) => name.includes(word)))
        await take(browser, view, look, cookie, join(folder, `${view.name}.${look.name}.png`));
  }
} finally {
  await browser.close();
  stop.abort();
  await server.close();
  await desk.close();
  app.close();
  await rm(home, { recursive: true, force: true });
}

function nameOf(path: string): string {
  return path.replaceAll(/[^a-z0-9]+/gi, '-').replaceAll(/^-|-$/g, '') || 'home';
}

async function take(browser: Browser, view: ConsoleView, look: Look, cookie: string, file: string): Promise<void> {
  const { page, context, errors } = await openServedPage(browser, `${url}/health`, look);
  page.setDefaultTimeout(5000);
  try {
    await context.addCookies([{ name: 'orbit', value: cookie, url }]);
    await goToView(page, url, view);
    await page.waitForLoadState('networkidle');
    const dialog = page.getByRole('dialog');
    const isDialog = (await dialog.count()) > 0;
    if (folder !== undefined && isDialog) {
      const height = await dialog.first().evaluate(({ scrollHeight }) => scrollHeight);
      const { width } = look.viewport;
      await page.setViewportSize({ width, height: Math.max(look.viewport.height, Math.ceil(height * 1.15)) });
    }
    await page.evaluate(withoutHome);
    await page.screenshot({ path: file, fullPage: folder !== undefined && !isDialog });
    if (errors.length > 0) console.error(view.name, errors);
  } catch (error) {
    console.error(view.name, look.name, error instanceof Error ? error.message.split('\n')[0] : error);
  } finally {
    await context.close();
  }
}

async function signIn(app: App): Promise<string> {
  const site = { ...app, costs: cheapHashes };
  const account = addAccount(site, 'ana', 'administrator');
  await setPassword(site, account, new SecretString(goodPassword));
  return startSignIn(site, account, { address: '127.0.0.1', agent: 'Firefox' }).reveal();
}
