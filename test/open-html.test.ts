// open.html in a real browser, from a file, with the network off.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { Decrypter } from 'age-encryption';
import { bech32 } from '@scure/base';
import type { Browser, Locator, Page } from 'playwright-core';
import { buildPage, openPage } from '../scripts/build-open.ts';
import { runProgram } from '../src/base/program.ts';
import { renderOpenHtml } from '../src/breakglass/open-html/render.ts';
import { loadOpenTemplate } from '../src/breakglass/open-html/template.ts';
import { renderShareSheets } from '../src/breakglass/shares/sheet.ts';
import { splitSecret } from '../src/breakglass/shares/split-secret.ts';
import { wordList } from '../src/breakglass/shares/word-list.ts';
import type { KdbxEntry } from '../src/kdbx/kdbx-types.ts';
import { type FilePage, openBrowser, openFilePage, says } from './support/browser.ts';
import { failure } from './support/failures.ts';
import { madeEntry, madeKit, type MadeKit } from './support/made-kit.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const markup = '"><img src=x onerror="document.title=\'hacked\'"><script>document.title="hacked"</script>{{7*7}}';
// RFC 6238, appendix B: from 30 to 59 s this secret gives 94287082 (SHA-1, eight digits).
const rfcSecret = 'otpauth://totp/Orbit:x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8&period=30';

const entries: KdbxEntry[] = [
  madeEntry('core-router', {
    groups: ['Network', 'São Paulo'],
    url: 'https://10.0.0.1',
    password: 'pä55 <b>&amp;"\'',
    expiresAt: new Date('2026-11-01T00:00:00Z'),
    attachments: [{ name: 'id_ed25519', bytes: Uint8Array.of(1, 2, 3, 255) }],
    fields: [
      { name: 'otp', value: rfcSecret, isProtected: true },
      { name: 'enable', value: 'hidden field', isProtected: true },
      { name: 'Notes', value: 'line 1\nline 2', isProtected: false },
    ],
    history: [madeEntry('core-router', { password: 'the older one' })],
  }),
  madeEntry('mail'),
  madeEntry(markup, {
    username: markup,
    groups: [markup],
    fields: [{ name: markup, value: markup, isProtected: false }],
  }),
];

let browser: Browser;
let kit: MadeKit;
const withChromium = needs('chromium');

before(async () => {
  if (withChromium.skip !== false) return;
  browser = await openBrowser();
  kit = await madeKit(entries);
});
after(async () => {
  if (withChromium.skip === false) await browser.close();
});

async function open(
  context: TestContext,
  html: Uint8Array,
  options: { locale?: string; nowMs?: number; before?: string } = {},
): Promise<FilePage> {
  const opened = await openFilePage(browser, await temporaryFolder(context), html, options);
  context.after(() => opened.context.close());
  return opened;
}

async function sayWho(page: Page): Promise<void> {
  await page.fill('#who-name', 'Ana');
  await page.fill('#who-reason', 'INC-1');
  await page.press('#who-name', 'Enter');
  await page.waitForSelector('.ways');
}

async function unlock(page: Page, password = kit.password): Promise<void> {
  await sayWho(page);
  await page.fill('#master-password', password);
  await page.press('#master-password', 'Enter');
}

async function openEntry(page: Page, title: string): Promise<void> {
  await page.waitForSelector('.item');
  await page.fill('#search', title);
  await says(counted(page), /[^…]$/);
  await page.locator('.item').first().click();
}

// How many were found; while the search is being made ready, three dots stand behind it.
const counted = (page: Page): Locator => page.locator('.finder .count');

test('the template in the repository is what its sources build, and small', async () => {
  const template = await loadOpenTemplate();
  assert.equal(await buildPage(openPage), template.toString('utf8'), 'run `npm run build:open`');
  assert.ok(template.length < 400 * 1024);
});

test('a template without a place for the kit is refused', () => {
  assert.throws(() => renderOpenHtml(Buffer.from('<html>'), new Map()), failure('breakglass.bad-template'));
});

test(
  'the master password opens the kit, a search finds, values are text, and nothing is asked of any network',
  withChromium,
  async (context) => {
    const { page, requests, errors } = await open(context, kit.page);
    await says(page.locator('main'), /The kit is whole[\s\S]*22 November 2026[\s\S]*3 secrets/);
    await unlock(page);
    await page.waitForSelector('.item');
    await says(counted(page), '3 secrets');
    assert.equal(await page.locator('.item').count(), 3);
    await page.fill('#search', 'sao pau');
    await says(counted(page), '1 secret');
    await page.fill('#search', 'hidden field');
    await says(counted(page), /Nothing found/);
    await page.fill('#search', '');
    await openEntry(page, 'img');
    await says(page.locator('#entry-title'), markup);
    assert.ok((await page.locator('.field .value').allInnerTexts()).includes(markup));
    assert.equal(await page.locator('img, main script').count(), 0);
    assert.doesNotMatch(await page.title(), /hacked/);
    assert.deepEqual(requests, []);
    assert.deepEqual(errors, []);
  },
);

test('one value is shown at a time, hides by itself, and what is copied is cleared', withChromium, async (context) => {
  const { page, context: surroundings } = await open(context, kit.page, { nowMs: 31_000 });
  await surroundings.grantPermissions(['clipboard-read', 'clipboard-write']);
  await unlock(page);
  await openEntry(page, 'core');
  const shows = (label: string, value: string): Promise<void> =>
    says(page.locator('.field', { has: page.locator(`.label:text-is("${label}")`) }).locator('.value'), value);
  await shows('Password', '••••••••••');
  await page.getByRole('button', { name: 'Show Password' }).click();
  await shows('Password', 'pä55 <b>&amp;"\'');
  await page.getByRole('button', { name: 'Show enable' }).click();
  await shows('enable', 'hidden field');
  await shows('Password', '••••••••••');
  await page.clock.runFor(31_000);
  await shows('enable', '••••••••••');
  await page.getByRole('button', { name: 'Copy Password' }).click();
  await page.getByText('The clipboard is cleared in 20 seconds').waitFor();
  const clipboard = (): Promise<string> => page.evaluate('navigator.clipboard.readText()') as Promise<string>;
  assert.equal(await clipboard(), 'pä55 <b>&amp;"\'');
  await page.clock.runFor(21_000);
  await page.getByText('The clipboard was cleared', { exact: false }).first().waitFor();
  assert.equal((await clipboard()).trim(), '');
});

test(
  'one-time codes are those of RFC 6238, expiry is marked, earlier versions and files are there',
  withChromium,
  async (context) => {
    const { page } = await open(context, kit.page, { nowMs: 31_000 });
    await unlock(page);
    await openEntry(page, 'core');
    await page.getByRole('button', { name: 'Show One-time code' }).click();
    await page.locator('.totp .code', { hasText: '942 87082' }).waitFor();
    await page.locator('.detail').getByText('Expired').first().waitFor();
    await page.locator('.history summary').click();
    await page.locator('.history').getByRole('button', { name: 'Show Password' }).click();
    await page.locator('.history').getByText('the older one').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save id_ed25519' }).click();
    assert.deepEqual([...(await readFile(await (await saving).path()))], [1, 2, 3, 255]);
  },
);

test(
  'what was changed since the kit before is marked, and any other day may be chosen',
  withChromium,
  async (context) => {
    const changed = [
      madeEntry('new', { modifiedAt: new Date('2026-11-21T12:00:00Z') }),
      madeEntry('older', { modifiedAt: new Date('2026-11-10T12:00:00Z') }),
      madeEntry('old', { modifiedAt: new Date('2024-01-01T12:00:00Z') }),
    ];
    const { page: html } = await madeKit(changed, { previous: '2026-11-20T05-00-00.000Z' });
    const { page, errors } = await open(context, html);
    await unlock(page);
    await says(counted(page), '3 secrets');
    const marked = page.locator('.item', { has: page.locator('.mark.new') });
    assert.deepEqual(
      (await marked.allInnerTexts()).map((text) => text.split('\n')[0]),
      ['new'],
    );
    await page.selectOption('.filters select', { label: 'Changed since 20 November 2026' });
    await says(counted(page), '1 secret');
    await page.fill('.filters input', '2026-11-01');
    await page.locator('.filters input').blur();
    await says(counted(page), '2 secrets');
    assert.equal(await marked.count(), 2);
    assert.deepEqual(errors, []);
  },
);

test(
  'what a secret is today is shown although its past, which is read when it is looked at, is damaged',
  withChromium,
  async (context) => {
    const damaged = await madeKit(entries, {
      show: async (piece) => {
        const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
        const past = bytes.indexOf('<History><Entry>');
        if (past !== -1) bytes.write('<', past + '<History><Entry'.length);
      },
    });
    const { page, errors } = await open(context, damaged.page);
    await unlock(page, damaged.password);
    await openEntry(page, 'core');
    await says(page.locator('.detail [role="alert"]'), /earlier versions cannot be read/);
    await page.getByRole('button', { name: 'Show Password' }).click();
    assert.ok((await page.locator('.field .value').allInnerTexts()).includes('pä55 <b>&amp;"\''));
    await openEntry(page, 'mail');
    await says(page.locator('#entry-title'), 'mail');
    assert.equal(await page.locator('.detail [role="alert"]').count(), 0);
    assert.deepEqual(errors, []);
  },
);

test(
  'a wrong password is told, in the page’s language, and the right one still opens',
  withChromium,
  async (context) => {
    const { page } = await open(context, kit.page, { locale: 'pt-BR' });
    await unlock(page, 'wrong');
    await page.getByText('Esta senha não abre o kit').waitFor();
    await page.getByRole('button', { name: 'English' }).click();
    await page.fill('#master-password', kit.password);
    await page.press('#master-password', 'Enter');
    await page.waitForSelector('.item');
  },
);

test(
  'shares typed word by word, or pasted, open the kit; a wrong word is pointed at',
  withChromium,
  async (context) => {
    const { page } = await open(context, kit.page);
    await sayWho(page);
    await page.getByRole('button', { name: 'Custodians’ shares' }).click();
    const [first, second, third] = kit.shares;
    assert.ok(first && second && third);
    await page.click('#share-word');
    const wrong = wordList[(wordList.indexOf(first.words[20] ?? '') + 1) % 1024] ?? '';
    await page.keyboard.type(
      `${first.words
        .map((word) => word.slice(0, 4))
        .with(20, wrong)
        .join(' ')} `,
    );
    await page.getByText('compare word 21 with the sheet').waitFor();
    await page.keyboard.type(`${first.words[20]} `);
    await page.locator('.shares', { hasText: 'Number 1 of the set' }).waitFor();
    await page.keyboard.type(`${first.words.join(' ')} `);
    await page.getByText('was entered already').waitFor();
    await page.getByRole('button', { name: 'Start this share again' }).click();
    await page.keyboard.type('zzzz ');
    await page.getByText('is not in the word list').waitFor();
    await page.fill('#share-word', third.words.map((word, index) => `${index + 1}. ${word.toUpperCase()}`).join(' '));
    await page.locator('.shares', { hasText: 'Number 3 of the set' }).waitFor();
    await page.getByRole('button', { name: 'Open the kit' }).click();
    await page.waitForSelector('.item');
  },
);

test('a share is read from a photo of its sheet; groups open and narrow the list', withChromium, async (context) => {
  const [share, other] = kit.shares;
  assert.ok(share && other);
  const second = other.words.join(' ');
  const facts = { count: 3, custodian: 'Ana', keyId: '0123456789abcdef', madeAt: new Date(), language: 'en' } as const;
  const paper = await browser.newPage({ deviceScaleFactor: 1.5, viewport: { width: 900, height: 1250 } });
  // Held a little aslant, on a desk.
  await paper.setContent(
    renderShareSheets([{ ...facts, share }]).replace('<section>', '<section style="rotate: 4deg">'),
  );
  const photo = await paper.screenshot({ type: 'jpeg', quality: 70 });
  await paper.close();
  const { page, errors } = await open(context, kit.page);
  await sayWho(page);
  await page.getByRole('button', { name: 'Custodians’ shares' }).click();
  const pick = (buffer: Buffer): Promise<void> =>
    page.setInputFiles('#share-picture', { name: 'sheet.jpg', mimeType: 'image/jpeg', buffer });
  await pick(photo.subarray(0, 900));
  await page.getByText('No share was found in the picture').waitFor();
  await pick(photo);
  assert.deepEqual(errors, []);
  await page.locator('.shares', { hasText: 'Number 1 of the set' }).waitFor();
  await page.fill('#share-word', second);
  await page.getByRole('button', { name: 'Open the kit' }).click();
  await page.waitForSelector('.item');
  await page.locator('.groups').getByRole('button', { name: 'Network', exact: true }).click();
  await page.locator('.groups').getByRole('button', { name: 'São Paulo' }).click();
  await says(counted(page), '1 secret');
});

test('intact shares of another key, or of two sets, do not open the kit', withChromium, async (context) => {
  const { page } = await open(context, kit.page);
  await sayWho(page);
  await page.getByRole('button', { name: 'Custodians’ shares' }).click();
  const others = await splitSecret(Buffer.alloc(32, 7), {
    threshold: 2,
    count: 2,
    takenSetIds: kit.shares.map((share) => share.setId),
  });
  await page.fill('#share-word', others[0]?.words.join(' ') ?? '');
  await page.fill('#share-word', kit.shares[0]?.words.join(' ') ?? '');
  await page.getByText('All sheets of a set begin with the same two words').waitFor();
  await page.getByRole('button', { name: 'Start this share again' }).click();
  await page.fill('#share-word', others[1]?.words.join(' ') ?? '');
  await page.getByRole('button', { name: 'Open the kit' }).click();
  await page.getByText('is another one than this kit is sealed to').waitFor();
});

test(
  'a kit with one bit changed anywhere, or a file missing, is refused before anything is asked',
  withChromium,
  async (context) => {
    const template = await loadOpenTemplate();
    const whole = new Map([...kit.files, ['manifest.json', kit.manifest], ['manifest.sig', kit.signature]] as [
      string,
      Buffer,
    ][]);
    for (const [name, bytes] of whole) {
      const changed = Buffer.from(bytes);
      const place = Math.floor(changed.length / 2);
      changed[place] = (changed[place] ?? 0) ^ 1;
      const { page } = await open(context, renderOpenHtml(template, new Map(whole).set(name, changed)));
      await page.getByRole('heading', { name: 'Do not use this kit' }).waitFor();
      assert.equal(await page.locator('input').count(), 0, name);
    }
    const { page } = await open(context, renderOpenHtml(template, new Map([...whole].slice(1))));
    await page.getByText('secrets.kdbx is missing').waitFor();
    const empty = await open(context, template);
    await empty.page.getByText('This is an empty page').waitFor();
  },
);

test(
  'a kit signed by a stranger, or with another count than it promises, is not shown',
  withChromium,
  async (context) => {
    const stranger = await madeKit(entries, { otherSignerInside: true });
    const first = await open(context, stranger.page);
    await unlock(first.page);
    await first.page.getByText('signed by somebody else').waitFor();
    const short = await madeKit(entries, { records: 4 });
    const second = await open(context, short.page);
    await unlock(second.page);
    await second.page.getByText('a part of it is damaged').waitFor();
  },
);

test(
  'the opening record says who, why and what was seen, sealed so that only the recovery key reads it',
  withChromium,
  async (context) => {
    const { page } = await open(context, kit.page);
    await page.press('#who-name', 'Enter');
    await page.getByText('Enter your name.').waitFor();
    await unlock(page);
    await openEntry(page, 'core');
    await page.getByRole('button', { name: 'Show Password' }).click();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the opening record' }).click();
    const decrypter = new Decrypter();
    decrypter.addIdentity(bech32.encodeFromBytes('AGE-SECRET-KEY-', kit.secret).toUpperCase());
    const text = await decrypter.decrypt(await readFile(await (await saving).path()), 'text');
    const record = JSON.parse(text) as { name: string; reason: string; way: string; seen: object[] };
    assert.deepEqual([record.name, record.reason, record.way], ['Ana', 'INC-1', 'master-password']);
    assert.partialDeepStrictEqual(record.seen, [
      { entry: entries[0]?.uuid, title: 'core-router', value: 'Password', how: 'shown' },
    ]);
    assert.doesNotMatch(text, /pä55/);
  },
);

test(
  'closing the kit saves the record and forgets everything; so do fifteen idle minutes',
  withChromium,
  async (context) => {
    const { page } = await open(context, kit.page, { nowMs: 31_000 });
    await unlock(page);
    await page.waitForSelector('.item');
    const first = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Close the kit' }).click();
    assert.match((await first).suggestedFilename(), /^orbit-opening-1970-01-01T.*\.age$/);
    await page.getByText('The kit was closed.').waitFor();
    assert.equal(await page.locator('.item').count(), 0);
    await page.fill('#master-password', kit.password);
    await page.press('#master-password', 'Enter');
    await page.waitForSelector('.item');
    const second = page.waitForEvent('download');
    await page.clock.fastForward(16 * 60_000);
    await page.clock.runFor(11_000);
    await second;
    await page.getByText('after 15 minutes without a touch').waitFor();
  },
);

test('KeePassXC opens an export of what the list shows', needs('chromium', 'keepassxc-cli'), async (context) => {
  const { page } = await open(context, kit.page);
  const folder = await temporaryFolder(context);
  await unlock(page);
  await page.waitForSelector('.item');
  await page.fill('#search', 'core');
  await page.getByRole('button', { name: 'Export to KDBX' }).click();
  await page.fill('#export-password', 'a new password');
  await page.fill('#export-again', 'another one');
  await page.getByRole('button', { name: 'Write the file' }).click();
  await page.getByText('The two are not the same').waitFor();
  await page.fill('#export-again', 'a new password');
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Write the file' }).click();
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'export.kdbx');
  await writeFile(file, await readFile(await (await saving).path()));
  const show = ['show', '-q', '-s', '-a', 'password', '-a', 'username', file, 'Network/São Paulo/core-router'];
  const result = await runProgram('keepassxc-cli', show, { input: 'a new password\n' });
  assert.equal(result.stdout.toString('utf8'), 'pä55 <b>&amp;"\'\nroot\n', result.stderr);
});
