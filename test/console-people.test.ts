// People in a real browser: the second factor, four eyes, audit, tokens, maintenance, and what each role is offered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { TOTP, URI } from 'otpauth';
import { findAccount } from '../src/accounts/account.ts';
import { makeLink } from '../src/accounts/account-link.ts';
import { findDestination } from '../src/destinations/destination.ts';
import { goodPassword, makeReady, readyMasterPassword } from './support/console.ts';
import { consolePages, withChromium } from './support/console-pages.ts';

const pages = consolePages();
const { served, signedIn } = pages;

test(
  'one-time codes are switched on by a first right one, and asked for at the next sign-in',
  withChromium,
  async (context) => {
    const site = await served(context);
    const { page, errors } = await signedIn(context, site, 'operator', '/account');
    await page.getByRole('button', { name: 'Switch on' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Password', exact: true }).fill('not the password');
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await dialog.getByText('accounts.current-password-wrong').waitFor();
    await dialog.getByRole('textbox', { name: 'Password', exact: true }).fill(goodPassword);
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await dialog.locator('img.qr').waitFor();
    const uri = (await dialog.locator('.copy-text code').textContent()) ?? '';
    const codes = URI.parse(uri);
    assert.ok(codes instanceof TOTP);
    await dialog.getByLabel('One-time code').fill(codes.generate());
    await dialog.getByRole('button', { name: 'Switch on' }).click();
    await dialog.getByText('One-time codes are on.').waitFor();
    const recovery = ((await dialog.locator('.copy-text code').textContent()) ?? '').split('\n');
    assert.ok(recovery.length > 5);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Name').fill('the-operator');
    await page.locator('input[type=password]').fill(goodPassword);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByLabel('One-time code').fill(recovery[0] ?? '');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('Could we recover right now?').waitFor();

    // Forgotten as well: the link sets the password, and asks for a code all the same.
    const account = findAccount(site.app.store, 'the-operator');
    await page.goto(`${site.url}/setup#${makeLink(site.app, account).reveal()}`);
    await page.getByRole('textbox', { name: 'Password', exact: true }).fill('maple harbour lantern quartz');
    await page.getByLabel('Password, again').fill('maple harbour lantern quartz');
    await page.getByLabel('One-time code').fill(recovery[1] ?? '');
    await page.getByRole('button', { name: 'Set the password' }).click();
    await page.getByText('Could we recover right now?').waitFor();
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'what cannot be taken back waits for a second administrator, and the trail tells both',
  withChromium,
  async (context) => {
    const site = await served(context);
    await makeReady(site);
    const { page, errors } = await signedIn(context, site, 'administrator', '/people');
    await page.getByRole('switch', { name: 'A second administrator is needed for' }).click({ force: true });
    await page.locator('input[role=switch]:checked').waitFor();
    await page.goto(`${site.url}/settings/backup`);
    await page.getByRole('article', { name: 'local' }).getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove the destination' }).click();
    await page.getByRole('dialog').getByText('approvals.waiting').waitFor();
    assert.equal(findDestination(site.app.store, 'local').name, 'local');
    const dialog = page.getByRole('dialog');
    await page.goto(`${site.url}/settings/backup?edit=system`);
    await dialog.getByLabel('Newest').fill('1');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('approvals.waiting').waitFor();
    await page.goto(`${site.url}/recovery`);
    await page.getByRole('button', { name: 'Change the master password' }).click();
    await dialog.getByLabel('Current master password').fill(readyMasterPassword);
    await dialog.getByRole('button', { name: 'Change the master password' }).click();
    await dialog.getByText('approvals.waiting').waitFor();
    await page.goto(`${site.url}/people`);
    for (const waiting of [
      /removing a destination: local/,
      /keeping less: Application/,
      /ending a ceremony: .*password/,
    ])
      await page.getByText(waiting).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Approve' }).count(), 0, 'not by whoever asked');
    await page.goto(`${site.url}/audit`);
    await page.getByRole('button', { name: 'Check the chain' }).click();
    await page.getByText(/^Whole: \d+ entr/).waitFor();
    await page
      .getByRole('row', { name: /DELETE \/destinations.*local.*Refused/ })
      .getByRole('button')
      .click();
    await page.getByRole('dialog').getByText('approvals.waiting').waitFor();
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test('maintenance is begun with a reason, seen on every page, and ended', withChromium, async (context) => {
  const site = await served(context);
  const { page, errors } = await signedIn(context, site, 'operator', '/settings/backup');
  await page.getByLabel('Reason').fill('moving the rack');
  await page.getByRole('button', { name: 'Begin maintenance' }).click();
  await page.getByText(/^Maintenance until .*no run starts by itself/).waitFor();
  await page.getByRole('link', { name: 'Runs', exact: true }).click();
  await page.getByText('the-operator: moving the rack').waitFor();
  await page.getByRole('button', { name: 'End it now' }).click();
  await page.getByText('moving the rack').waitFor({ state: 'detached' });
  assert.deepEqual([errors, site.bugs], [[], []]);
});

test('a custodian is offered what concerns recovery only; people and audit pass axe', withChromium, async (context) => {
  const site = await served(context);
  await makeReady(site);
  const custodian = await signedIn(context, site, 'custodian', '/');
  const links = await custodian.page.getByRole('navigation').getByRole('link').allInnerTexts();
  assert.deepEqual(links, ['Home', 'Recovery', 'Drills', 'Account']);
  const { page, errors } = await signedIn(context, site, 'administrator', '/people', { locale: 'pt-BR' });
  for (const path of ['/people', '/audit', '/account']) {
    await page.goto(`${site.url}${path}`);
    await page.getByRole('heading').first().waitFor();
    await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${path} ${id} ${nodes[0]?.html.slice(0, 120)}`),
      [],
    );
  }
  assert.deepEqual([custodian.errors, errors, site.bugs], [[], [], []]);
});

test(
  'shares are handed out by links that are shown once, and each custodian’s step is seen',
  withChromium,
  async (context) => {
    const site = await served(context);
    await makeReady(site);
    const { page, errors } = await signedIn(context, site, 'administrator', '/recovery');
    await page.getByText('The master password is the only way.').waitFor();
    await page.getByRole('button', { name: 'Hand out shares' }).click();
    const dialog = page.getByRole('dialog');
    for (const [index, name] of ['Ana', 'Bruno', 'Carla'].entries())
      await dialog.getByRole('textbox', { name: `Custodian ${index + 1}` }).fill(name);
    await dialog.getByRole('textbox', { name: 'Current master password' }).fill('wrong');
    await dialog.getByRole('button', { name: 'Hand out shares' }).click();
    await dialog.getByText('breakglass.wrong-password').waitFor();
    await dialog.getByRole('textbox', { name: 'Current master password' }).fill('quartz lemon tundra 4 violin osprey');
    await dialog.getByRole('button', { name: 'Hand out shares' }).click();
    await dialog.getByText('The shares are handed out.').waitFor();
    const link = (await dialog.locator('.copy-text code').first().textContent()) ?? '';
    assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/share#/);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText(/any 2 of 3 open the recovery key/).waitFor();
    const waiting = page.getByRole('row', { name: /Link not opened/ });
    await waiting.nth(2).waitFor();
    assert.equal(await waiting.count(), 3);
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'a program gets a token that may do one thing, seen with its scopes, and taken back with what that means',
  withChromium,
  async (context) => {
    const site = await served(context);
    const { page, errors } = await signedIn(context, site, 'administrator', '/people');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Make a token' }).click();
    await dialog.getByLabel('Name').fill('monitoring');
    await dialog.getByRole('checkbox', { name: 'Read metrics' }).check();
    await dialog.getByRole('button', { name: 'Make a token' }).click();
    const token = (await dialog.locator('.copy-text code').textContent()) ?? '';
    await dialog.getByRole('button', { name: 'Done' }).click();
    const section = page.getByRole('region', { name: 'Tokens of programs' });
    await section.getByText('See whether we could recover and Read metrics').waitFor();
    const ask = async (path: string): Promise<number> => {
      const headers = { host: 'localhost', authorization: `Bearer ${token}` };
      return (await site.server.inject({ url: path, headers })).statusCode;
    };
    assert.deepEqual([await ask('/api/v1/overview'), await ask('/api/v1/runs')], [200, 403]);
    await section.getByRole('button', { name: 'Remove: monitoring' }).click();
    await dialog.getByText(/is refused from now on/).waitFor();
    await dialog.getByRole('button', { name: 'Remove the token' }).click();
    await section.getByText('No program has one.').waitFor();
    assert.equal(await ask('/api/v1/overview'), 401);
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);
