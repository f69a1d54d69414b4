// The console in a real browser against the real service, for tests: served by an instance of each test.
import { after, before, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import type { ConsoleSize } from '../../scripts/build-console.ts';
import type { Role } from '../../src/accounts/role.ts';
import { openBrowser, openServedPage, type ServedPage } from './browser.ts';
import { builtConsole } from './built-pages.ts';
import { type ConsoleSite, consoleSite } from './console.ts';
import { needs } from './tools.ts';

/** A site that listens. */
export type ServedSite = ConsoleSite & { url: string };

/** For the options of a test that needs the browser. */
export const withChromium = needs('chromium');

/** The browser and the built console of a test file; both are there while its tests run. */
export interface ConsolePages {
  readonly browser: Browser;
  readonly size: ConsoleSize;
  /** Where the built console lies. */
  readonly folder: string;
  /** A service with the console, and its address. */
  served(context: TestContext): Promise<ServedSite>;
  /** A page on which somebody with this role is signed in. */
  signedIn(
    context: TestContext,
    site: ServedSite,
    role: Role,
    path: string,
    options?: Parameters<typeof openServedPage>[2],
  ): Promise<ServedPage>;
}

/** Called once at the top of a test file. */
export function consolePages(): ConsolePages {
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
  return {
    get browser() {
      return browser;
    },
    get size() {
      return built.size;
    },
    get folder() {
      return built.folder;
    },
    async served(context) {
      const site = await consoleSite(context, { consoleFolder: built.folder });
      return { ...site, url: await site.server.listen({ host: '127.0.0.1', port: 0 }) };
    },
    async signedIn(context, site, role, path, options = {}) {
      const cookie = await site.cookieOf(role);
      const opened = await openServedPage(browser, `${site.url}/health`, options);
      context.after(() => opened.context.close());
      await opened.context.addCookies([{ name: 'orbit', value: cookie.split('=')[1] ?? '', url: site.url }]);
      await opened.page.goto(`${site.url}${path}`);
      await opened.page.getByRole('heading', { level: 1 }).waitFor();
      return opened;
    },
  };
}
