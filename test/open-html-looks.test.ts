// Every state of open.html in a real browser, from a file, with the network off: axe finds nothing and nothing is cut off, in both
// languages, light and dark, on a wide screen and on a phone.
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { renderOpenHtml } from '../src/breakglass/open-html/render.ts';
import { loadOpenTemplate } from '../src/breakglass/open-html/template.ts';
import { english } from '../web/open/texts-en.ts';
import { portuguese } from '../web/open/texts-pt.ts';
import { type FilePage, openBrowser, openFilePage } from './support/browser.ts';
import { madeEntry, madeKit, type MadeKit } from './support/made-kit.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

let browser: Browser;
let kit: MadeKit;
const withChromium = needs('chromium');
const totp = 'otpauth://totp/Orbit:x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=30';

before(async () => {
  if (withChromium.skip !== false) return;
  browser = await openBrowser();
  const entries = [
    madeEntry('core-router with a name that is longer than any list is wide, and then some', {
      groups: ['Network', 'São Paulo'],
      url: 'https://router.example/a/very/long/path/that/does/not/end/before/the/screen/does',
      password: 'p'.repeat(120),
      expiresAt: new Date('2026-11-01T00:00:00Z'),
      modifiedAt: new Date('2026-11-21T12:00:00Z'),
      attachments: [{ name: 'id_ed25519', bytes: Uint8Array.of(1, 2, 3) }],
      fields: [
        { name: 'otp', value: totp, isProtected: true },
        { name: 'enable', value: 'hidden field', isProtected: true },
        { name: 'Notes', value: 'line 1\nline 2', isProtected: false },
      ],
      history: [madeEntry('core-router', { password: 'the older one' })],
    }),
    ...Array.from({ length: 40 }, (_, number) => madeEntry(`host ${number}`, { groups: [`Team ${number % 7}`] })),
  ];
  kit = await madeKit(entries, { previous: '2026-11-20T05-00-00.000Z' });
});
after(async () => {
  if (withChromium.skip === false) await browser.close();
});

type Look = Required<Pick<NonNullable<Parameters<typeof openFilePage>[3]>, 'locale' | 'colorScheme' | 'viewport'>>;

async function open(context: TestContext, look: Look, html: Uint8Array = kit.page): Promise<FilePage> {
  const opened = await openFilePage(browser, await temporaryFolder(context), html, look);
  context.after(() => opened.context.close());
  return opened;
}

// What is wider than the screen, or than the dialog that is open.
const tooWide = `[document.documentElement, ...document.querySelectorAll('dialog[open]')]
  .filter((box) => box.scrollWidth > box.clientWidth + 1)
  .map((box) => box.tagName + ' is ' + (box.scrollWidth - box.clientWidth) + ' pixels too wide')`;

/** Looks at states, one after the other. */
class Faults {
  readonly found: string[] = [];
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async look(state: string): Promise<void> {
    const { violations } = await new AxeBuilder({ page: this.#page }).setLegacyMode(true).analyze();
    for (const { id, nodes } of violations)
      this.found.push(`${state} ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    this.found.push(...(await this.#page.evaluate<string[]>(tooWide)).map((what) => `${state}: ${what}`));
  }
}

const looks = [
  { locale: 'en-GB', colorScheme: 'light', viewport: { width: 1280, height: 860 } },
  { locale: 'en-GB', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
  { locale: 'pt-BR', colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { locale: 'pt-BR', colorScheme: 'dark', viewport: { width: 1280, height: 860 } },
] as const;

for (const look of looks) {
  const texts = look.locale === 'pt-BR' ? portuguese : english;
  const called = `${look.locale}, ${look.colorScheme}, ${look.viewport.width} wide`;
  const button = (page: Page, name: string): Promise<void> =>
    page.getByRole('button', { name, exact: true }).first().click();

  test(`every way into a kit passes axe and fits: ${called}`, withChromium, async (context) => {
    const { page, requests, errors } = await open(context, look);
    const faults = new Faults(page);
    await faults.look('start');
    await page.locator('details summary').click();
    await page.press('#who-name', 'Enter');
    await page.getByText(texts.nameNeeded).waitFor();
    await faults.look('start without a name');
    await page.fill('#who-name', 'Ana');
    await page.fill('#who-reason', 'INC-1, and why it had to be opened in the middle of the night');
    await button(page, texts.next);
    await page.waitForSelector('.ways');
    await faults.look('master password');
    await page.fill('#master-password', 'wrong');
    await page.press('#master-password', 'Enter');
    await page.getByText(texts.wrongPassword).waitFor();
    await faults.look('wrong password');
    await button(page, texts.withShares);
    await page.waitForSelector('#share-word');
    await faults.look('shares');
    await page.click('#share-word');
    await page.keyboard.type('aca');
    await faults.look('shares, a word begun');
    await page.keyboard.type('demic zzzz ');
    await page.getByRole('alert').filter({ hasText: 'zzzz' }).waitFor();
    await faults.look('shares, an unknown word');
    await button(page, texts.clearWords);
    await page.fill('#share-word', kit.shares[0]?.words.join(' ') ?? '');
    await page.locator('.shares li').first().waitFor();
    await faults.look('shares, one entered');
    assert.deepEqual([faults.found, requests, errors], [[], [], []]);
  });

  test(`every state of an open kit passes axe and fits: ${called}`, withChromium, async (context) => {
    const { page, requests, errors } = await open(context, look);
    const faults = new Faults(page);
    await page.fill('#who-name', 'Ana');
    await page.fill('#who-reason', 'INC-1');
    await button(page, texts.next);
    await page.fill('#master-password', kit.password);
    await page.press('#master-password', 'Enter');
    await page.waitForSelector('.item');
    await faults.look('list');
    await page.fill('#search', 'nothing has this');
    await page.getByText(texts.nothingFound).first().waitFor();
    await faults.look('nothing found');
    await page.fill('#search', 'core');
    await page.locator('.item').first().click();
    await page.waitForSelector('#entry-title');
    await faults.look('entry');
    await button(page, texts.reveal(texts.code));
    await page.locator('.totp .code').waitFor();
    await faults.look('one-time code shown');
    await button(page, texts.reveal(texts.passwordField));
    await page.locator('.history summary').click();
    await faults.look('password shown, earlier versions open');
    await button(page, texts.copy(texts.passwordField));
    await faults.look('copied');
    if (look.viewport.width < 600) await button(page, texts.back);
    await button(page, texts.exportTitle);
    await page.getByRole('dialog').waitFor();
    await faults.look('export');
    await button(page, texts.exportGo);
    await page.getByText(texts.exportShort).waitFor();
    await faults.look('export, password too short');
    await button(page, texts.cancel);
    const record = page.waitForEvent('download');
    await button(page, texts.lock);
    await record;
    await page.waitForSelector('.notice');
    await faults.look('closed');
    assert.deepEqual([faults.found, requests, errors], [[], [], []]);
  });

  test(`a page that must not be used passes axe and fits: ${called}`, withChromium, async (context) => {
    const template = await loadOpenTemplate();
    for (const [state, html, heading] of [
      [
        'a changed kit',
        renderOpenHtml(template, new Map([...kit.files, ['manifest.json', kit.manifest]])),
        texts.refusedTitle,
      ],
      ['an empty page', template, texts.noKit],
    ] as const) {
      const { page, errors } = await open(context, look, html);
      await page.getByText(heading).first().waitFor();
      const faults = new Faults(page);
      await faults.look(state);
      assert.deepEqual([faults.found, errors], [[], []]);
    }
  });
}
