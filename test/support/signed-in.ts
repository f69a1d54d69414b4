// A page of the console on which somebody is signed in.
import type { TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import type { Role } from '../../src/accounts/role.ts';
import { openServedPage, type ServedPage } from './browser.ts';
import type { ConsoleSite } from './console.ts';

/** Opens `path` of a served console as an account with this role; closed with the test. */
export async function signedInPage(
  browser: Browser,
  context: TestContext,
  site: Pick<ConsoleSite, 'cookieOf'> & { url: string },
  role: Role,
  path: string,
  options: Parameters<typeof openServedPage>[2] = {},
): Promise<ServedPage> {
  const cookie = await site.cookieOf(role);
  const opened = await openServedPage(browser, `${site.url}/health`, options);
  context.after(() => opened.context.close());
  await opened.context.addCookies([{ name: 'orbit', value: cookie.split('=')[1] ?? '', url: site.url }]);
  await opened.page.goto(`${site.url}${path}`);
  await opened.page.getByRole('heading', { level: 1 }).waitFor();
  return opened;
}
