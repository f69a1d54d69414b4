// The recovery key in a real browser: opened by custodians' shares instead of a password, other keys, a compromise, and a
// first key that no password opens.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { rename } from 'node:fs/promises';
import { test } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { AxeBuilder } from '@axe-core/playwright';
import { SecretString } from '../src/base/secret-string.ts';
import { withRecoveryIdentity } from '../src/breakglass/ceremony.ts';
import { listEnvelopes } from '../src/breakglass/envelope.ts';
import { currentKey } from '../src/breakglass/recovery-key-store.ts';
import { findJob } from '../src/jobs/job.ts';
import { listRuns } from '../src/jobs/run.ts';
import { makeReady } from './support/console.ts';
import { enterShares, sharesOf } from './support/custodian-shares.ts';
import { consolePages, withChromium } from './support/console-pages.ts';

const pages = consolePages();
const { served, signedIn } = pages;
const masterPassword = 'quartz lemon tundra 4 violin osprey';

test('two of three custodians change the master password; one alone cannot', withChromium, async (context) => {
  const site = await served(context);
  await makeReady(site);
  const [first = '', , third = ''] = await sharesOf(site.app, masterPassword);
  const { page, errors } = await signedIn(context, site, 'administrator', '/recovery');
  await page.getByRole('button', { name: 'Change the master password' }).click();
  const dialog = page.getByRole('dialog');
  const submit = dialog.getByRole('button', { name: 'Change the master password' });
  await dialog.getByText('Custodians’ shares', { exact: true }).click();
  await dialog.getByLabel('Share 1 of 2').fill(first);
  assert.ok(await submit.isDisabled(), 'one is not enough');
  await enterShares(page, [first, first]);
  await submit.click();
  await dialog.getByRole('alert').waitFor();
  await enterShares(page, [first, third]);
  await submit.click();
  const shown = (await dialog.locator('.shown-once').textContent()) ?? '';
  const key = await withRecoveryIdentity(site.app.store, { masterPassword: new SecretString(shown) }, (identity) =>
    Promise.resolve(identity.id),
  );
  assert.equal(key, currentKey(site.app.store).id);
  assert.deepEqual([errors, site.bugs], [[], []]);
});

test('a further key is let in with its name, and taken out with what that means', withChromium, async (context) => {
  const site = await served(context);
  await makeReady(site);
  const recipient = await identityToRecipient(await generateIdentity());
  const { page, errors } = await signedIn(context, site, 'administrator', '/recovery');
  const dialog = page.getByRole('dialog');
  const known = () => currentKey(site.app.store).extraRecipients;
  await page.getByRole('button', { name: 'Add a key' }).click();
  await dialog.getByLabel('What it is').fill('YubiKey in the safe');
  await dialog.getByLabel('Public key').fill('age1nonsense');
  await dialog.getByLabel('Current master password').fill(masterPassword);
  await dialog.getByRole('button', { name: 'Let it open the backups' }).click();
  await dialog.getByRole('alert').waitFor();
  assert.deepEqual(known(), []);
  await dialog.getByLabel('Public key').fill(recipient);
  await dialog.getByRole('button', { name: 'Let it open the backups' }).click();
  const section = page.getByRole('region', { name: 'Other keys that open it' });
  await section.getByText('YubiKey in the safe').waitFor();
  assert.deepEqual(known(), [{ recipient, title: 'YubiKey in the safe' }]);
  await section.getByRole('button', { name: 'Remove: YubiKey in the safe' }).click();
  await dialog.getByText(/Kits that were made stay open to it/).waitFor();
  await dialog.getByLabel('Current master password').fill(masterPassword);
  await dialog.getByRole('button', { name: 'Remove the key' }).click();
  await section.getByText('None.').waitFor();
  assert.deepEqual(known(), []);
  assert.deepEqual([errors, site.bugs], [[], []]);
});

test(
  'a compromised key: the plan is shown, everything in reach is sealed to a new one, the rest when it is back',
  withChromium,
  async (context) => {
    const site = await served(context);
    await makeReady(site);
    await (await site.desk.start(findJob(site.app.store, 'secrets'), 'person')).ended;
    const before = currentKey(site.app.store).id;
    const { page, errors } = await signedIn(context, site, 'administrator', '/recovery');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Declare it compromised' }).click();
    await dialog.getByText('local: 1 kit').waitFor();
    await dialog.getByText(/open nothing new any more/).waitFor();
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`),
      [],
    );
    await dialog.getByRole('button', { name: 'Go on' }).click();
    // The place goes away at the worst moment.
    await rename(join(site.folder, 'copies'), join(site.folder, 'away'));
    await dialog.getByLabel('Current master password').fill(masterPassword);
    await dialog.getByRole('button', { name: 'Make a new key and seal everything' }).click();
    await dialog.getByText('A new recovery key is in force.').waitFor();
    await dialog.getByText('1 still waits at local').waitFor();
    const next = (await dialog.locator('.shown-once').textContent()) ?? '';
    assert.notEqual(currentKey(site.app.store).id, before);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Something is still sealed to a compromised key at local.').waitFor();
    await rename(join(site.folder, 'away'), join(site.folder, 'copies'));
    await page.getByRole('button', { name: 'Seal the rest now' }).click();
    await dialog.getByLabel('Current master password').fill(next);
    await dialog.getByRole('button', { name: 'Seal the rest now' }).click();
    await dialog.getByText('local: 1 kit').waitFor();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Something is still sealed').waitFor({ state: 'detached' });
    await page.getByRole('table', { name: 'Where this set of keys lies' }).getByText('Current').waitFor();
    assert.equal(listRuns(site.app.store, { kind: 'secrets', outcome: 'succeeded' }).length, 1);
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'the first key may have no password: custodians get their links, and the steps go on',
  withChromium,
  async (context) => {
    const site = await served(context);
    const { page, errors } = await signedIn(context, site, 'administrator', '/first-steps');
    await page.getByText('Custodians', { exact: true }).click();
    for (const [index, name] of ['Ana', 'Bruno', 'Carla'].entries())
      await page.getByRole('textbox', { name: `Custodian ${index + 1}` }).fill(name);
    await page.getByRole('button', { name: 'Make the recovery key' }).click();
    await page.getByText('The shares are handed out.').waitFor();
    assert.equal(await page.locator('.copy-text code').count(), 3);
    assert.deepEqual(currentKey(site.app.store).ways, ['shares']);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'What shall be protected' }).waitFor();
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test(
  'a team is given its groups in every kit, by keys of its own, and loses them from the next kit on',
  withChromium,
  async (context) => {
    const site = await served(context);
    await makeReady(site);
    site.app.vault.add({ title: 'core router', groups: ['Network', 'Core'], password: new SecretString('made up') });
    await (await site.desk.start(findJob(site.app.store, 'secrets'), 'person')).ended;
    const recipient = await identityToRecipient(await generateIdentity());
    const { page, errors } = await signedIn(context, site, 'administrator', '/kits?tab=envelopes');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Make an envelope' }).click();
    await dialog.getByLabel('Team').fill('network team');
    await dialog.getByRole('combobox', { name: 'Groups' }).click();
    await page.getByRole('option', { name: 'Network (1)' }).click();
    await dialog.getByLabel('Keys that open it').fill('age1nonsense');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('breakglass.bad-recipient').waitFor();
    await dialog.getByLabel('Keys that open it').fill(recipient);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /network team.*1 key.*Network.*1 secret/ }).waitFor();
    assert.deepEqual(
      listEnvelopes(site.app.store).map(({ groups }) => groups),
      [[['Network']]],
    );
    await page.getByRole('button', { name: 'Remove: network team' }).click();
    await dialog.getByText(/Kits that were made stay open to its keys/).waitFor();
    await dialog.getByRole('button', { name: 'Remove the envelope' }).click();
    await page.getByText('No envelope yet').waitFor();
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);
