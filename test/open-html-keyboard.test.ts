// open.html with the keyboard alone, from the password to the export: the focus is always seen and never trapped, and what a
// screen reader is told says what happened. From a file, with the network off.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openFilePage } from './support/browser.ts';
import { madeEntry, madeKit, type MadeKit } from './support/made-kit.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

let browser: Browser;
let kit: MadeKit;
const withChromium = needs('chromium');

before(async () => {
  if (withChromium.skip !== false) return;
  browser = await openBrowser();
  kit = await madeKit([madeEntry('core-router', { password: 'pw of the router' }), madeEntry('mail')]);
});
after(async () => {
  if (withChromium.skip === false) await browser.close();
});

// The element in focus: its name as a screen reader has it, and whether its focus can be seen.
const focused = `(() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return { name: '', isSeen: true };
  const label = at.labels?.[0]?.innerText ?? '';
  const style = getComputedStyle(at);
  const isMarked = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
  const box = at.getBoundingClientRect();
  return {
    name: (at.getAttribute('aria-label') || label || at.innerText || at.id).trim(),
    // A heading that is gone to says where one is by being read; Tab never stops at it.
    isSeen: at.tabIndex < 0 || (isMarked && box.width > 0 && box.height > 0),
  };
})()`;

// What a list that is in focus tells as its chosen one.
const active = `document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.innerText`;

async function at(page: Page): Promise<string> {
  const { name, isSeen } = await page.evaluate<{ name: string; isSeen: boolean }>(focused);
  assert.ok(isSeen, `the focus on '${name}' cannot be seen`);
  return name;
}

/** Presses Tab until the element of that name is in focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const met: string[] = [];
  for (let presses = 0; presses < 60; presses += 1) {
    met.push(await at(page));
    if (name.test(met.at(-1) ?? '')) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`${name} is never in focus, only ${met.join(' | ')}`);
}

/**
 * Keeps what is told from now on; the answer waits for `last` and takes everything up to then. The state of the record is told
 * once in a second, by itself, whatever else is told: it is left out.
 */
async function listen(page: Page): Promise<(last: string) => Promise<string[]>> {
  // The waiting is in the page too: its rules let nobody ask again and again by a text that is run.
  await page.evaluate(`
    window.heard = [];
    let told = () => {};
    const live = ':is([role=status], [role=alert], [aria-live=polite]):not(.record-state)';
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const region = (target.nodeType === 1 ? target : target.parentElement)?.closest(live);
        if (region && region.innerText.trim() !== '') heard.push(region.innerText.trim());
      }
      told();
    }).observe(document.body, { childList: true, characterData: true, subtree: true });
    window.hearing = async (last) => {
      const late = AbortSignal.timeout(30_000);
      while (!heard.includes(last) && !late.aborted) {
        await new Promise((resolve) => {
          told = resolve;
          late.addEventListener('abort', resolve);
        });
      }
      return heard.splice(0);
    };
  `);
  return async (last) => await page.evaluate<string[]>(`hearing(${JSON.stringify(last)})`);
}

const words = {
  en: {
    name: /^Your name/,
    reason: /^Reason/,
    next: /^Continue$/,
    password: /^Master password/,
    search: /^Search/,
    found: '1 secret',
    show: /^Show Password/,
    copy: /^Copy Password/,
    export: /^Export to KDBX/,
    newPassword: /^Password of the new file/,
    again: /^The same again/,
    close: /^Close the kit/,
    working: /^Working on it/,
    shown: 'Password is shown for 30 seconds',
    unsaved: 'Opening record not saved yet',
    copied: 'Password copied. The clipboard is cleared in 20 seconds.',
    done: 'The file was saved.',
  },
  pt: {
    name: /^Seu nome/,
    reason: /^Motivo/,
    next: /^Continuar$/,
    password: /^Senha mestra/,
    search: /^Buscar/,
    found: '1 segredo',
    show: /^Mostrar Senha/,
    copy: /^Copiar Senha/,
    export: /^Exportar/,
    newPassword: /^Senha do novo arquivo/,
    again: /^A mesma/,
    close: /^Fechar o kit/,
    working: /^Em andamento/,
    shown: 'Senha: visível por 30 segundos',
    unsaved: 'Registro ainda não salvo',
    copied: 'Senha: na área de transferência, que será limpa em 20 segundos.',
    done: 'O arquivo foi salvo.',
  },
} as const;

for (const language of ['en', 'pt'] as const) {
  test(`open.html is used by the keyboard alone, ${language}`, withChromium, async (context: TestContext) => {
    const folder = await temporaryFolder(context);
    const {
      page,
      context: opened,
      requests,
      errors,
    } = await openFilePage(browser, folder, kit.page, {
      locale: language === 'en' ? 'en-GB' : 'pt-BR',
    });
    context.after(() => opened.close());
    const text = words[language];
    const heard = await listen(page);
    await tabTo(page, text.name);
    await page.keyboard.type('Ana');
    await tabTo(page, text.reason);
    await page.keyboard.type('INC-1');
    await tabTo(page, text.next);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.ways');
    await tabTo(page, text.password);
    await page.keyboard.type(kit.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.item');
    await tabTo(page, text.search);
    await page.keyboard.type('router');
    const [working, ...counts] = await heard(text.found);
    assert.match(working ?? '', text.working);
    assert.equal(counts.at(-1), text.found, 'how many are left is told');
    await page.keyboard.press('Enter');
    assert.equal(await at(page), text.found);
    assert.match(await page.evaluate<string>(active), /core-router/);
    await page.keyboard.press('Enter');
    assert.equal(await at(page), 'core-router', 'reading goes on at the title');
    await tabTo(page, text.show);
    await page.keyboard.press('Enter');
    await page.getByText('pw of the router').waitFor();
    assert.deepEqual(await heard(text.shown), [text.shown]);
    await page.locator('.record-state[role=status]').getByText(text.unsaved).waitFor();
    await tabTo(page, text.copy);
    await page.keyboard.press('Enter');
    assert.deepEqual(await heard(text.copied), [text.copied]);
    await tabTo(page, text.export);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.match(await at(page), text.export, 'the focus is back where it was');
    await page.keyboard.press('Enter');
    await tabTo(page, text.newPassword);
    await page.keyboard.type('twelve letters');
    await tabTo(page, text.again);
    await page.keyboard.type('twelve letters');
    const download = page.waitForEvent('download');
    await page.keyboard.press('Enter');
    const saved = await readFile(await (await download).path());
    assert.equal(saved.readUInt32LE(0), 0x9aa2d903, 'a KDBX file');
    assert.ok((await heard(text.done)).includes(text.done));
    await tabTo(page, text.close);
    await page.keyboard.press('Enter');
    assert.deepEqual([requests, errors], [[], []]);
  });
}
