// The sign-in page in a real browser, without a password: a passkey that was made in Account, and a real identity provider.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAccounts } from '../src/accounts/account.ts';
import { addAuthenticator, openServedPage } from './support/browser.ts';
import { goodPassword } from './support/console.ts';
import { consolePages, withChromium } from './support/console-pages.ts';
import { startIdentityProvider } from './support/identity-provider.ts';
import { toldInBothLanguages } from './support/told-in-both.ts';

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
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name of a new passkey').fill('my laptop');
    await dialog.getByRole('textbox', { name: 'Password', exact: true }).fill(goodPassword);
    await dialog.getByRole('button', { name: 'Add a passkey' }).click();
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
    const { page: settings } = await pages.signedIn(context, site, 'administrator', '/people');
    await settings.getByRole('button', { name: 'Set one up' }).click();
    const dialog = settings.getByRole('dialog');
    await dialog.getByText(`${site.url}/api/v1/session/provider/return`).waitFor();
    for (const [name, value] of [
      ['Issuer', `${issuer}/nowhere`],
      ['Client id', clientId],
      ['Client secret', clientSecret],
      ['Groups of administrators', 'vault-admins'],
    ] as const)
      await dialog.locator('input, textarea').and(dialog.getByLabel(name)).first().fill(value);
    await dialog.getByRole('button', { name: 'Save' }).click();
    // What does not answer is told at once, in both languages.
    const card = settings.locator('section[aria-labelledby=provider]');
    await toldInBothLanguages(settings, card.getByRole('alert'), /identity provider/);
    await card.getByRole('button', { name: 'Edit' }).click();
    await dialog.getByRole('textbox', { name: 'Issuer' }).fill(issuer);
    await dialog.locator('input').and(dialog.getByLabel('Client secret')).fill(clientSecret);
    await dialog.getByRole('button', { name: 'More settings' }).click();
    await dialog.getByRole('textbox', { name: 'Title' }).fill('Company');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await card.getByText(/It answers; people sign in at/).waitFor();
    // A secret that is left empty stays.
    await card.getByRole('button', { name: 'Edit' }).click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.ok(!(await settings.content()).includes(clientSecret), 'the secret is on no page');
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
