// A real browser without a window and without a network, for pages that must work from a file.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium; the caller closes it. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args });
}

/** A page that was opened from a file, and everything it tried to reach. */
export interface FilePage {
  page: Page;
  context: BrowserContext;
  /** Addresses asked for, the file itself left out. */
  requests: string[];
  /** Errors of scripts and refusals of the policy. */
  errors: string[];
}

/** Writes `html` into `folder` and opens it from there with the network off. `nowMs` sets the page's clock, `before` is a script that runs first. */
export async function openFilePage(
  browser: Browser,
  folder: string,
  html: Uint8Array,
  options: { locale?: string; nowMs?: number; before?: string } = {},
): Promise<FilePage> {
  const file = join(folder, 'open.html');
  await writeFile(file, html);
  const context = await browser.newContext({ offline: true, locale: options.locale ?? 'en-GB', acceptDownloads: true });
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  const requests: string[] = [];
  const errors: string[] = [];
  context.on('request', (request) => {
    if (request.url() !== url) requests.push(request.url());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  if (options.nowMs !== undefined) await page.clock.install({ time: options.nowMs });
  if (options.before !== undefined) await page.addInitScript(options.before);
  await page.goto(url);
  return { page, context, requests, errors };
}
