// The sign-in page in a real browser, without a password: a passkey that was made in Account, and a real identity provider.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAccounts } from '../src/accounts/account.ts';
import { addAuthenticator, openServedPage } from './support/browser.ts';
import { consolePages, withChromium } from './support/console-pages.ts';
import { startIdentityProvider } from './support/identity-provider.ts';

const pages = consolePages();
const { served, signedIn } = pages;

test(
  'a passkey made in Account signs in from the sign-in page, as long as its owner is there',
  withChromium,
  async (context) => {
    const site = await served(context);
    // Browsers make passkeys for names only, not for addresses.
    const named = { ...site, url: site.url.replace('127.0.0.1', 'localhost') };
    const { page, errors } = await signedIn(context, named, 'operator', '/account');
    const { devTools, authenticatorId } = await addAuthenticator(page);
    await page.getByLabel('Name of a new passkey').fill('my laptop');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('Passkey · never used').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();

    const signIn = page.getByRole('button', { name: 'Sign in with a passkey' });
    await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await signIn.click();
    await page.getByText('The browser gave no passkey').waitFor();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await devTools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
    await signIn.click();
    await page.getByText('the-operator').waitFor();
    await page.getByRole('link', { name: 'Account' }).click();
    await page.getByText('Passkey · used just now').waitFor();

    // A passkey that was taken away opens nothing any more.
    await page.getByRole('button', { name: 'Remove: my laptop' }).click();
    await page.getByText('my laptop').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn.click();
    await page.getByText('accounts.passkey-refused').waitFor();
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'the identity provider signs in by the button of the sign-in page, and refuses with a page that says why',
  withChromium,
  async (context) => {
    const site = await served(context);
    const people = { u1: { name: 'ana', groups: ['vault-admins'] }, u2: { name: 'rui', groups: ['staff'] } };
    const provider = await startIdentityProvider(context, people, `${site.url}/api/v1/session/provider/return`);
    const { issuer, clientId, clientSecret, person } = provider;
    const set = await site.server.inject({
      method: 'PUT',
      url: '/api/v1/identity-provider',
      headers: { host: 'localhost', 'sec-fetch-site': 'same-origin', cookie: await site.cookieOf('administrator') },
      payload: { title: 'Company', issuer, clientId, clientSecret, administrators: ['vault-admins'] },
    });
    assert.equal(set.statusCode, 200, set.body);
    const { page, errors, context: tab } = await openServedPage(pages.browser, site.url);
    context.after(() => tab.close());
    const company = page.getByRole('button', { name: 'Company' });
    person.id = 'u2';
    await company.click();
    await page.getByText(/rui is in none of the groups/).waitFor();
    // The provider remembers its own sign-in: another person begins with another browser.
    await tab.clearCookies();
    person.id = 'u1';
    await page.goto(site.url);
    await company.click();
    await page.getByText('Could we recover right now?').waitFor();
    await page.getByText('ana', { exact: true }).waitFor();
    assert.deepEqual(
      listAccounts(site.app.store).map(({ name, role }) => [name, role]),
      [
        ['ana', 'administrator'],
        ['the-administrator', 'administrator'],
      ],
    );
    const foreign = errors.filter((error) => !error.startsWith(`asked ${issuer}`));
    assert.deepEqual([foreign, site.bugs], [[], []]);
  },
);
