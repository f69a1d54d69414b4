// What goes wrong in a dialog is told with its cause and its cure, whatever language the console is read in.
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { failuresInPortuguese } from '../../src/base/failure-texts/portuguese-failures.ts';

async function speak(page: Page, language: 'en' | 'pt'): Promise<void> {
  // As an event: the choice lies below the dialog.
  await page.locator(`input[type=radio][value=${language}]`).first().dispatchEvent('click');
  await page.locator(`html[lang^=${language}]`).waitFor();
}

/** Reads the box of a failure in English, where `reason` names the cause, and in Portuguese; English again afterwards. */
export async function toldInBothLanguages(page: Page, box: Locator, reason: RegExp): Promise<void> {
  await box.filter({ hasText: reason }).waitFor();
  const english = await box.innerText();
  const code = (await box.locator('code').textContent()) ?? '';
  const portuguese = failuresInPortuguese[code];
  assert.ok(portuguese !== undefined, `${code} in Portuguese`);
  await speak(page, 'pt');
  await box.filter({ hasText: portuguese.detail }).filter({ hasText: portuguese.hint }).waitFor();
  await speak(page, 'en');
  await box.filter({ hasText: reason }).waitFor();
  // Title, cure and code: three lines at least.
  assert.ok(english.split('\n').filter((line) => line.trim() !== '').length >= 3, `a cure: ${english}`);
}
