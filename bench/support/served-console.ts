// The console of an instance on loopback, somebody who is signed in, and the browser of the tests.
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { buildConsole, type ConsoleSize } from '../../scripts/build-console.ts';
import { addAccount, setPassword } from '../../src/accounts/account.ts';
import { startSignIn } from '../../src/accounts/sign-in.ts';
import { buildServer } from '../../src/api/server.ts';
import type { App } from '../../src/app.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { openRunDesk } from '../../src/jobs/run-desk.ts';
import { openBrowser, openServedPage, type ServedPage } from '../../test/support/browser.ts';
import { cheapHashes, goodPassword } from '../../test/support/console.ts';

/** The console, served. */
export interface ServedConsole {
  url: string;
  size: ConsoleSize;
  /** A page of a browser that knows nothing but the cookie of an administrator. */
  page(): Promise<ServedPage>;
  close(): Promise<void>;
}

/** Builds it below `folder` and serves it. */
export async function servedConsole(app: App, folder: string): Promise<ServedConsole> {
  const stop = new AbortController();
  const desk = openRunDesk(app, stop.signal);
  const size = await buildConsole(join(folder, 'console'));
  const server = buildServer({ app, desk, costs: cheapHashes, consoleFolder: join(folder, 'console') }, () => '');
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const browser: Browser = await openBrowser();
  const site = { ...app, costs: cheapHashes };
  const account = addAccount(site, 'ana', 'administrator');
  await setPassword(site, account, new SecretString(goodPassword));
  const cookie = startSignIn(site, account, { address: '127.0.0.1', agent: 'bench' }).reveal();
  return {
    url,
    size,
    async page() {
      const opened = await openServedPage(browser, `${url}/health`);
      await opened.context.addCookies([{ name: 'orbit', value: cookie, url }]);
      return opened;
    },
    async close() {
      await browser.close();
      stop.abort();
      await server.close();
      await desk.close();
    },
  };
}
