// Every page and dialog of the console, and the buttons that lead there, by the keys of their texts: the same in both languages.
import type { Page } from 'playwright-core';
import { en } from '../../web/console/texts/en.ts';
import { pt } from '../../web/console/texts/pt.ts';

/** What can be seen: a page, or what opens on it. */
export interface ConsoleView {
  name: string;
  path: string;
  /** Buttons and menu items to press, one after the other. With `: NAME` behind, the one about NAME; `row` is what a table's first row opens. */
  press?: readonly string[];
  onlyOnPhone?: true;
}

/** Pages, each with its address. */
export const consolePaths = [
  '/',
  '/runs',
  '/runs/2',
  '/incidents',
  '/incidents?state=all',
  '/recordings',
  '/restore',
  '/restore?find=conf',
  '/kits',
  '/kits?tab=secrets',
  '/kits?tab=envelopes',
  '/retention',
  '/recovery',
  '/drills',
  '/drills/latest',
  '/settings/backup',
  '/alerts',
  '/people',
  '/audit',
  '/account',
  '/first-steps',
] as const;

/** What opens on them, of an instance that has one of each. */
export const consoleDialogs: readonly ConsoleView[] = [
  { name: 'menu', path: '/', press: ['nav.menu'], onlyOnPhone: true },
  { name: 'drop', path: '/', press: ['drop.button'] },
  { name: 'job-secrets', path: '/settings/backup?edit=secrets' },
  { name: 'job-system', path: '/settings/backup?edit=system' },
  { name: 'job-recordings', path: '/settings/backup?edit=recordings' },
  { name: 'destination-add', path: '/settings/backup?add' },
  { name: 'destination-change', path: '/settings/backup', press: ['common.edit: second-site-append-only'] },
  { name: 'destination-remove', path: '/settings/backup', press: ['common.remove: offsite'] },
  { name: 'remount', path: '/settings/backup', press: ['partition.mount: share'] },
  { name: 'source-add', path: '/settings/backup', press: ['firstSteps.sources.add'] },
  { name: 'source-change', path: '/settings/backup', press: ['common.edit: team'] },
  { name: 'source-remove', path: '/settings/backup', press: ['common.remove: team'] },
  { name: 'profiles', path: '/settings/backup', press: ['profiles.detect'] },
  { name: 'profile-form', path: '/settings/backup', press: ['profiles.detect', 'profiles.take: PostgreSQL'] },
  { name: 'profile-remove', path: '/settings/backup', press: ['common.remove: .*SQLite.*'] },
  { name: 'report-add', path: '/settings/backup', press: ['reports.add'] },
  { name: 'report-change', path: '/settings/backup', press: ['common.edit: weekly'] },
  { name: 'report-sent', path: '/settings/backup', press: ['reports.history: weekly'] },
  { name: 'report-remove', path: '/settings/backup', press: ['common.remove: weekly'] },
  { name: 'channel-add', path: '/alerts', press: ['alerts.add'] },
  { name: 'channel-change', path: '/alerts', press: ['common.edit: ops'] },
  { name: 'channel-remove', path: '/alerts', press: ['common.remove: ops'] },
  { name: 'incident-over', path: '/incidents', press: ['row'] },
  { name: 'kit', path: '/kits', press: ['row'] },
  { name: 'envelope-add', path: '/kits?tab=envelopes', press: ['envelopes.add'] },
  { name: 'envelope-change', path: '/kits?tab=envelopes', press: ['common.edit: Network.*'] },
  { name: 'envelope-remove', path: '/kits?tab=envelopes', press: ['common.remove: Network.*'] },
  { name: 'password-policy', path: '/kits?tab=secrets', press: ['compliance.policy'] },
  { name: 'retention-plan', path: '/retention', press: ['retention.plan: .*'] },
  { name: 'retention-do', path: '/retention', press: ['retention.plan: (Application|Aplicação)', 'retention.do: .*'] },
  { name: 'hold', path: '/retention', press: ['holds.add'] },
  { name: 'hold-end', path: '/retention', press: ['holds.end: .*'] },
  { name: 'entry-menu', path: '/restore', press: ['common.actions: .*'] },
  { name: 'restore', path: '/restore', press: ['common.actions: .*', 'restore.restoreIt'] },
  { name: 'versions', path: '/restore?find=conf', press: ['row'] },
  { name: 'deletion', path: '/restore', press: ['deletion.button: .*'] },
  { name: 'deletion-plan', path: '/restore', press: ['deletion.button: .*', 'deletion.plan'] },
  { name: 'adopt', path: '/restore', press: ['adopt.button'] },
  { name: 'hand-out', path: '/recovery', press: ['custody.handOut'] },
  { name: 'master-password', path: '/recovery', press: ['custody.changePassword'] },
  { name: 'key-add', path: '/recovery', press: ['recipients.add'] },
  { name: 'key-remove', path: '/recovery', press: ['common.remove: Offline.*'] },
  { name: 'compromise', path: '/recovery', press: ['compromise.button'] },
  { name: 'compromise-decide', path: '/recovery', press: ['compromise.button', 'compromise.next'] },
  { name: 'drill-hold', path: '/drills', press: ['drills.hold'] },
  { name: 'person-add', path: '/people', press: ['account.addPerson'] },
  { name: 'person-remove', path: '/people', press: ['common.remove: bruno.*'] },
  { name: 'token-add', path: '/people', press: ['people.tokenAdd'] },
  { name: 'provider-set', path: '/people', press: ['provider.add'] },
  { name: 'token-remove', path: '/people', press: ['common.remove: monitoring.*'] },
  { name: 'audit-entry', path: '/audit', press: ['row'] },
  { name: 'codes', path: '/account', press: ['factor.codesBegin'] },
  { name: 'passkey-add', path: '/account', press: ['factor.passkeyAdd'] },
];

function textOf(texts: unknown, key: string): string {
  const found = key
    .split('.')
    .reduce<unknown>((inner, part) => (inner as Record<string, unknown> | undefined)?.[part], texts);
  if (typeof found !== 'string') throw new Error(`there is no text '${key}'`);
  return found.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\{\w+\}\}/g, '.*');
}

/** The name of a button in either language. */
function buttonName(pressed: string): RegExp {
  const [key = '', about] = pressed.split(': ');
  const words = `(${textOf(en, key)}|${textOf(pt, key)})`;
  return new RegExp(`^${words}${about === undefined ? '' : `: ${about}`}$`);
}

/** Goes there and waits until everything is shown. */
export async function goToView(
  page: Page,
  url: string,
  { path, press = [] }: Omit<ConsoleView, 'name'>,
): Promise<void> {
  await page.goto(`${url}${path}`);
  await page
    .getByRole(/[?](add|edit)/.test(path) ? 'dialog' : 'heading')
    .first()
    .waitFor();
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  for (const pressed of press) {
    if (pressed === 'row') {
      await page.locator('.table-line').locator('a, button').first().click();
      continue;
    }
    const name = buttonName(pressed);
    await page.getByRole('button', { name }).or(page.getByRole('menuitem', { name })).first().click();
  }
  await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
}
