// Shares of a test's recovery key, and entering them in the console.
import type { Page } from 'playwright-core';
import type { App } from '../../src/app.ts';
import { SecretString } from '../../src/base/secret-string.ts';
import { openCustodians } from '../../src/breakglass/custodians.ts';
import { findOrAddCustodian, splitAnew } from '../../src/breakglass/hold-ceremony.ts';

/** Splits the key among three people in the room, two of whom open it; gives their words. */
export async function sharesOf(app: App, masterPassword: string): Promise<string[]> {
  const custodians = openCustodians(app.store, app.clock);
  const words: string[] = [];
  const room = { ...app, workFactor: 10, actor: { user: 'test', role: 'administrator', method: 'test' } };
  await splitAnew(room, () => Promise.resolve({ masterPassword: new SecretString(masterPassword) }), {
    receivers: ['Ana', 'Bruno', 'Carla'].map((name) => ({
      custodian: findOrAddCustodian(custodians, { name }),
      delivery: 'in-person' as const,
    })),
    threshold: 2,
    inPerson(shares) {
      words.push(...shares.map(({ share }) => share.words.join(' ')));
      return Promise.resolve('viewed');
    },
  });
  return words;
}

/** Enters words where the console asks what opens the recovery key. */
export async function enterShares(page: Page, words: readonly string[]): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Custodians’ shares', { exact: true }).click();
  for (const [index, share] of words.entries())
    await dialog.getByLabel(`Share ${index + 1} of ${words.length}`).fill(share);
}
