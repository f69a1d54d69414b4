// Whoever reads the console in Portuguese meets no English: what the service says of destinations, requests and the trail is
// told in their language. Messages that carry names stay English, small, below the Portuguese sentence, and are marked so.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { approvalSettings, requireApproval, saveApprovalSettings } from '../src/accounts/approval.ts';
import { isFailure } from '../src/base/failure.ts';
import { note } from '../src/base/note.ts';
import { addDestination, findDestination } from '../src/destinations/destination.ts';
import { probeDestination } from '../src/destinations/open.ts';
import { findJob } from '../src/jobs/job.ts';
import { en } from '../web/console/texts/en.ts';
import { pt } from '../web/console/texts/pt.ts';
import { endedHold } from '../src/jobs/settings-approval.ts';
import { makeReady } from './support/console.ts';
import { addOneOfEach, fillHistory } from './support/console-history.ts';
import { consolePages, type ServedSite, withChromium } from './support/console-pages.ts';
import { consoleDialogs, consolePaths, goToView } from './support/console-views.ts';

const pages = consolePages();
const { served, signedIn } = pages;
const portuguese = { locale: 'pt-BR' } as const;

// What the page says (or the dialog that is open on it), without what it marks as English.
const saidInPortuguese = `(() => {
  const open = document.querySelector('[role=dialog], [role=menu]');
  const copy = (open ?? document.querySelector('main')).cloneNode(true);
  for (const one of copy.querySelectorAll('[lang=en], code, .mono')) one.remove();
  document.body.append(copy);
  const told = [...copy.querySelectorAll('[placeholder], [aria-label], [title]')].flatMap((one) =>
    ['placeholder', 'aria-label', 'title'].map((name) => one.getAttribute(name) ?? ''));
  const text = [copy.innerText, ...told].join('\\n');
  copy.remove();
  return text;
})()`;
// Words with a letter or a hyphen beside them are parts of others, or of names.
const english = /^.*(?<![\p{L}-])(the|is|are|was|were|with|cannot|has|have|been|this|that|ago)(?![\p{L}-]).*$/gimu;
// What the instance of these tests calls its things.
const names = ['Network team of the second site', 'Offline key in the safe of the branch'];
// The message of a failure that is told in one line stands behind the Portuguese sentence: the names are in it only.
const messageBehind = /\(.*\)$/gm;

// Views that open in the page and not above it.
const shownOnThePage = ['remount', 'retention-plan'];

/** Every text of a language. */
function sentences(texts: object): string[] {
  return Object.values(texts).flatMap((one: unknown) =>
    typeof one === 'string' ? [one] : typeof one === 'object' && one !== null ? sentences(one) : [],
  );
}

/** A destination that is nearly full, and requests of every kind that wait. */
async function addTrouble(site: ServedSite): Promise<void> {
  const { app, folder } = site;
  await mkdir(join(folder, 'cheio'));
  const config = { path: join(folder, 'cheio'), lowSpaceMib: 2 ** 40 };
  addDestination(app.store, app.instanceKey, { name: 'cheio', kind: 'folder', config });
  await probeDestination(app, findDestination(app.store, 'cheio'));
  saveApprovalSettings(app, { ...approvalSettings.parse({}), isOn: true }, { user: 'rui' });
  for (const wanted of [
    { action: 'retention.weaken', subject: 'system', detail: '{"last":3,"daily":7}' },
    endedHold('3f9a12cd', 'legal'),
    { action: 'ceremony.end', subject: note('approval.master-password', { key: '3ab7' }) },
    {
      action: 'ceremony.end',
      subject: note('approval.shares', { key: '3ab7', threshold: 2, names: 'Ana, Bia, Caio' }),
    },
    { action: 'approval.weaken', subject: note('approval.four-eyes-off', {}), detail: '{"isOn":false}' },
    { action: 'account.administrator', subject: note('approval.administrator', { name: 'zoe' }) },
    {
      action: 'ceremony.end',
      subject: note('approval.recovery-key-abandoned', { key: '3ab7' }),
      detail: '{"masterPassword":true,"shares":{"threshold":2,"names":"Ana, Bia"},"recipients":[]}',
    },
    { action: 'backup.delete', subject: note('approval.snapshots', { count: 3, repository: '/srv/backup' }) },
  ] as const) {
    try {
      requireApproval(app, wanted, { user: 'rui' });
    } catch (error) {
      if (!isFailure(error, 'approvals.waiting')) throw error;
    }
  }
}

test('in Portuguese no page says anything in English but what it marks as such', withChromium, async (context) => {
  const site = await served(context);
  await makeReady(site);
  await addTrouble(site);
  await writeFile(join(site.folder, 'source', 'vault.conf'), 'porta = 1\n');
  for (const kind of ['secrets', 'system'])
    await (await site.desk.start(findJob(site.app.store, kind), 'person')).ended;
  const { page, errors } = await signedIn(context, site, 'administrator', '/', portuguese);
  const said: string[] = [];
  for (const path of consolePaths.filter((each) => !['/drills/latest', '/incidents?state=all'].includes(each))) {
    await goToView(page, site.url, { path });
    const text = (await page.evaluate<string>(saidInPortuguese)).replaceAll('the-administrator', 'ana');
    assert.ok(text.length > 20, path);
    said.push(...[...text.matchAll(english)].map(([line]) => `${path}: ${line}`));
  }
  assert.deepEqual(said, []);
  assert.deepEqual([errors, site.bugs], [[], []]);
});

test(
  'in Portuguese no dialog says anything in English, nor the hints and examples of its fields',
  withChromium,
  async (context) => {
    const site = await served(context);
    await fillHistory(site.app, site.desk, site.folder);
    await addOneOfEach(site.app, site.desk, site.folder);
    const { page, errors } = await signedIn(context, site, 'administrator', '/', portuguese);
    const ownWords = sentences(en).filter((text) => !new Set(sentences(pt)).has(text));
    const said: string[] = [];
    for (const view of consoleDialogs.filter(({ onlyOnPhone }) => onlyOnPhone !== true)) {
      await goToView(page, site.url, view);
      if (!shownOnThePage.includes(view.name)) await page.locator('[role=dialog], [role=menu]').first().waitFor();
      const shown = await page.evaluate<string>(saidInPortuguese);
      assert.ok(shown.length > 20, view.name);
      const text = names.reduce((rest, name) => rest.replaceAll(name, '–'), shown).replace(messageBehind, '');
      const lines = text.split('\n').map((line) => line.trim());
      said.push(...lines.filter((line) => ownWords.includes(line)).map((line) => `${view.name}: ${line}`));
      said.push(...[...text.matchAll(english)].map(([line]) => `${view.name}: ${line}`));
    }
    assert.deepEqual(said, []);
    assert.deepEqual([errors, site.bugs], [[], []]);
  },
);

test('worries, requests and a broken trail are told in Portuguese', withChromium, async (context) => {
  const site = await served(context);
  await makeReady(site);
  await addTrouble(site);
  const { page, errors } = await signedIn(context, site, 'administrator', '/', portuguese);
  await page.getByText(/^está quase cheio: .* livres$/).waitFor();
  await page.goto(`${site.url}/settings/backup`);
  await page.getByRole('article', { name: 'cheio' }).getByRole('button', { name: 'Testar' }).click();
  await page.getByText(/Mas está quase cheio: .* livres/).waitFor();
  await page.goto(`${site.url}/people`);
  for (const text of [
    'guardar menos: Aplicação',
    /^Ficam: os 3 mais novos e 7 diários/,
    'guardar menos: o fim da retenção legal de 3f9a12cd',
    'encerrar uma cerimônia: senha mestra da chave de recuperação 3ab7',
    'encerrar uma cerimônia: partes da chave de recuperação 3ab7: 2 de Ana, Bia, Caio',
    'pedir menos dos quatro olhos: desligá-los',
    'quem administra: zoe como administrador',
    /: uma nova chave de recuperação; 3ab7 é abandonada/,
    'uma senha mestra a abre; 2 de Ana, Bia',
    /: 3 instantâneos de \/srv\/backup$/,
  ])
    await page.getByText(text).waitFor();
  await page.goto(`${site.url}/audit`);
  const entry = page.getByRole('row', { name: /the-administrator/ }).first();
  await entry.getByText(/^Administrador · /).waitFor();
  await entry.getByRole('button').click();
  await page
    .getByRole('dialog')
    .getByText(/^the-administrator, Administrador, /)
    .waitFor();
  site.app.store.database.exec(
    `DROP TRIGGER audit_entry_stays; UPDATE audit_entry SET hash = '${'0'.repeat(64)}' WHERE number = 1`,
  );
  await page.goto(`${site.url}/audit`);
  await page.getByRole('button', { name: 'Conferir a corrente' }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('audit.broken').waitFor();
  await alert.getByText('A corrente está quebrada: alguém mudou a trilha.').waitFor();
  assert.equal(await alert.locator('[lang=en]').count(), 1, 'the place of the break is named in the message');
  assert.deepEqual(errors, []);
});
