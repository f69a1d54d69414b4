// Every page of the console in a real browser, in both languages and both schemes: axe finds nothing, it fits, it says what to
// do while there is nothing to show, and what went wrong when the service fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { holdDrill } from '../src/jobs/drill.ts';
import { holdCopies } from '../src/jobs/copy-hold.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { listRuns } from '../src/jobs/run.ts';
import { makeReady } from './support/console.ts';
import { consolePages, withChromium } from './support/console-pages.ts';

const pages = consolePages();
const { served, signedIn } = pages;

const paths = [
  '/',
  '/runs',
  '/recordings',
  '/restore',
  '/kits',
  '/kits?tab=secrets',
  '/kits?tab=envelopes',
  '/retention',
  '/recovery',
  '/drills',
  '/settings/backup',
  '/alerts',
  '/people',
  '/audit',
  '/account',
  '/first-steps',
];
const filled = [
  '/runs/1',
  '/restore?find=conf',
  '/drills/latest',
  '/settings/backup?add',
  '/settings/backup?edit=system',
];

const wide = { locale: 'en-GB', colorScheme: 'light', viewport: { width: 1280, height: 900 } } as const;
const phone = { locale: 'pt-BR', colorScheme: 'dark', viewport: { width: 390, height: 844 } } as const;

async function opened(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page
    .getByRole(/[?](add|edit)/.test(url) ? 'dialog' : 'heading')
    .first()
    .waitFor();
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
}

/** What is wrong with how a page looks. */
async function faultsOf(page: Page, path: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  const faults = violations.map(
    ({ id, nodes }) => `${path} ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  );
  const overflow = await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
  return overflow === 0 ? faults : [...faults, `${path} is ${overflow} pixels wider than the screen`];
}

test('every page passes axe in both languages, light and dark, and fits a phone', withChromium, async (context) => {
  const site = await served(context);
  await makeReady(site);
  for (const kind of ['secrets', 'system'])
    await (await site.desk.start(findJob(site.app.store, kind), 'person')).ended;
  await holdDrill(site.app, { kind: 'secrets', destination: 'local', jobs: ['secrets'] }, { startedBy: 'person' });
  saveJob(site.app.store, { ...findJob(site.app.store, 'system'), retention: { last: 1 } });
  const [run] = listRuns(site.app.store, { kind: 'system' });
  const made = run?.results.flatMap(({ summary }) => summary?.made ?? []) ?? [];
  holdCopies(site.app, made, { how: 'legal', reason: 'case 12', user: 'ana' });
  const faults: string[] = [];
  for (const [look, home, plan] of [
    [wide, 'Home', 'Show what would go: Application'],
    [phone, 'Início', 'Mostrar o que sairia: Aplicação'],
  ] as const) {
    const { page, errors } = await signedIn(context, site, 'administrator', '/', look);
    for (const path of [...paths, ...filled]) {
      await opened(page, `${site.url}${path}`);
      if (path === '/retention') {
        await page.getByRole('button', { name: plan }).click();
        await page
          .getByRole('cell', { name: /case 12/ })
          .first()
          .waitFor();
      }
      faults.push(...(await faultsOf(page, path)));
    }
    await opened(page, `${site.url}/`);
    assert.equal(await page.title(), `${home} · Orbit`);
    assert.deepEqual(errors, []);
  }
  assert.deepEqual(faults, []);
});

test(
  'a page with nothing to show says what to do, and one whose service fails says so and offers another try',
  withChromium,
  async (context) => {
    const site = await served(context);
    const { page, errors } = await signedIn(context, site, 'administrator', '/', phone);
    const faults: string[] = [];
    for (const path of paths) {
      await opened(page, `${site.url}${path}`);
      faults.push(...(await faultsOf(page, `empty ${path}`)));
    }
    assert.deepEqual(errors, []);
    const problem = { type: 'about:blank', title: 'Bug', status: 500, code: 'api.bug', detail: 'something broke' };
    await page.route(/\/api\/v1\/(?!session$|runs\/events)/, (route) => route.fulfill({ status: 500, json: problem }));
    for (const path of paths) {
      await opened(page, `${site.url}${path}`);
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
