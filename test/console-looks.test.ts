// Every page of the console in a real browser, in both languages and both schemes: axe finds nothing, it fits, it says what to
// do while there is nothing to show, and what went wrong when the service fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { makeReady } from './support/console.ts';
import { addOneOfEach, fillHistory } from './support/console-history.ts';
import { consolePages, withChromium } from './support/console-pages.ts';
import { consoleDialogs, consolePaths, type ConsoleView, goToView } from './support/console-views.ts';
import { listRecordingIds } from './support/recordings.ts';

const pages = consolePages();
const { served, signedIn } = pages;

// Where there is a history only.
const needsHistory = ['/runs/2', '/incidents?state=all', '/restore?find=conf', '/drills/latest'];
const wide = { locale: 'en-GB', colorScheme: 'light', viewport: { width: 1280, height: 900 } } as const;
const size = { width: 390, height: 844 };
const phone = { locale: 'pt-BR', colorScheme: 'dark', viewport: size } as const;
const lightPhone = { locale: 'en-GB', colorScheme: 'light', viewport: size } as const;

// What is wider than the screen, or stands out of the page or dialog that holds it and cannot be scrolled to.
const cutOff = `(() => {
  const root = document.documentElement;
  const faults = root.scrollWidth > root.clientWidth ? [(root.scrollWidth - root.clientWidth) + ' pixels wider than the screen'] : [];
  for (const dialog of document.querySelectorAll('[role=dialog]')) {
    for (const box of [dialog, ...dialog.querySelectorAll('.mantine-Modal-body, form')])
      if (box.scrollWidth > box.clientWidth) faults.push('a dialog is ' + (box.scrollWidth - box.clientWidth) + ' pixels too wide');
  }
  for (const one of document.querySelectorAll('button, a, input, label, [role=status]')) {
    const holder = (one.closest('[role=dialog]') ?? root).getBoundingClientRect();
    const { left, right, width } = one.getBoundingClientRect();
    if (right <= 0) continue; // In the menu, which is folded away.
    if (width < 2 || one.closest('.table-area, .crumbs, .recording-stage, .visually-hidden, .skip') !== null) continue;
    if (left < holder.left - 1 || right > holder.right + 1) faults.push('cut off: ' + (one.ariaLabel ?? one.textContent).slice(0, 60));
  }
  return faults;
})()`;

/** What is wrong with how a page looks, or the dialog that is open on it. */
async function faultsOf(page: Page, name: string): Promise<string[]> {
  const isDialog = (await page.getByRole('dialog').count()) > 0;
  const axe = (): AxeBuilder => {
    const builder = new AxeBuilder({ page }).setLegacyMode(true);
    return isDialog ? builder.include('[role=dialog]') : builder;
  };
  const { violations } = await axe().analyze();
  const faults = violations.map(
    ({ id, nodes }) => `${name} ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  );
  return [...faults, ...(await page.evaluate<string[]>(cutOff)).map((what) => `${name}: ${what}`)];
}

const pagesOf = (paths: readonly string[]): ConsoleView[] => paths.map((path) => ({ name: path, path }));

for (const [look, home, views, title] of [
  [wide, 'Home', pagesOf(consolePaths), 'every page passes axe in English, light, on a wide screen'],
  [phone, 'Início', pagesOf(consolePaths), 'every page passes axe in Portuguese, dark, and fits a phone'],
  [phone, 'Início', consoleDialogs, 'every dialog passes axe in Portuguese, dark, and fits a phone'],
  [lightPhone, 'Home', consoleDialogs, 'every dialog passes axe in English, light, and fits a phone'],
] as const) {
  test(title, withChromium, async (context) => {
    const site = await served(context);
    await fillHistory(site.app, site.desk, site.folder);
    await addOneOfEach(site.app, site.desk, site.folder);
    const { page, errors } = await signedIn(context, site, 'administrator', '/', look);
    const faults: string[] = [];
    for (const view of [...views, ...pagesOf([`/recordings/${listRecordingIds(site, '')[0]}`])]) {
      await goToView(page, site.url, view);
      faults.push(...(await faultsOf(page, view.name)));
    }
    assert.deepEqual(faults, []);
    await goToView(page, site.url, { path: '/' });
    assert.equal(await page.title(), `${home} · Orbit`);
    assert.deepEqual(errors, []);
  });
}

test(
  'a page with nothing to show says what to do, and one whose service fails says so and offers another try',
  withChromium,
  async (context) => {
    const site = await served(context);
    const { page, errors } = await signedIn(context, site, 'administrator', '/', phone);
    const faults: string[] = [];
    for (const path of consolePaths.filter((each) => !needsHistory.includes(each))) {
      await goToView(page, site.url, { path });
      faults.push(...(await faultsOf(page, `empty ${path}`)));
    }
    assert.deepEqual(errors, []);
    const problem = { type: 'about:blank', title: 'Bug', status: 500, code: 'api.bug', detail: 'something broke' };
    await page.route(/\/api\/v1\/(?!session$|runs\/events)/, (route) => route.fulfill({ status: 500, json: problem }));
    for (const path of consolePaths.filter((each) => !needsHistory.includes(each))) {
      await goToView(page, site.url, { path });
      await page.getByRole('alert').filter({ hasText: 'api.bug' }).first().waitFor();
    }
    faults.push(...(await faultsOf(page, 'failing')));
    assert.deepEqual(faults, []);
    assert.deepEqual(site.bugs, []);
  },
);

test(
  'a page mends itself when its service is back, and asks it even where the browser calls itself offline',
  withChromium,
  async (context) => {
    const site = await served(context);
    await makeReady(site);
    const { page } = await signedIn(context, site, 'administrator', '/');
    await page.route(/\/api\/v1\/runs\?/, (route) => route.abort('connectionreset'));
    await page.goto(`${site.url}/runs`);
    const alert = page.getByRole('alert').filter({ hasText: 'Orbit does not answer' });
    await alert.waitFor();
    await page.unrouteAll();
    await alert.waitFor({ state: 'detached' });
    await page.getByText('No run yet').waitFor();
    await page.evaluate("dispatchEvent(new Event('offline'))");
    await page.getByRole('link', { name: 'Incidents' }).click();
    await page.getByText('Nothing is wrong').waitFor();
  },
);
