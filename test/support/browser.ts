// A real browser without a window and without a network, for pages that must work from a file.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContext, type CDPSession, chromium, type Locator, type Page } from 'playwright-core';
import { waitUntil } from './ports.ts';

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
  options: {
    locale?: string;
    colorScheme?: 'light' | 'dark';
    viewport?: { width: number; height: number };
    nowMs?: number;
    before?: string;
  } = {},
): Promise<FilePage> {
  const file = join(folder, 'open.html');
  await writeFile(file, html);
  const context = await browser.newContext({
    offline: true,
    acceptDownloads: true,
    locale: options.locale ?? 'en-GB',
    colorScheme: options.colorScheme ?? 'light',
    viewport: options.viewport ?? { width: 1280, height: 720 },
  });
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

/** Waits until the element says just this, a text or what fits a pattern: what an act brings about may come a moment after it. */
export async function says(element: Locator, text: string | RegExp): Promise<void> {
  const isPattern = text instanceof RegExp;
  await (isPattern
    ? element.filter({ hasText: text })
    : element.and(element.page().getByText(text, { exact: true }))
  ).waitFor();
}

/** What was copied on the page, once it has come to the clipboard: the button that copies does not wait for that. */
export async function copiedText(page: Page): Promise<string> {
  return await waitUntil(
    async () => (await page.evaluate<string>('navigator.clipboard.readText()')) || undefined,
    'a copy',
  );
}

/** A page of a running service, and what went wrong on it. */
export interface ServedPage {
  page: Page;
  context: BrowserContext;
  /** Errors of scripts, refusals of the policy, and requests to anywhere else. */
  errors: string[];
}

/** Opens `url` of a service on loopback; asking anybody else counts as an error. */
export async function openServedPage(
  browser: Browser,
  url: string,
  options: { locale?: string; colorScheme?: 'light' | 'dark'; viewport?: { width: number; height: number } } = {},
): Promise<ServedPage> {
  const context = await browser.newContext({
    locale: options.locale ?? 'en-GB',
    colorScheme: options.colorScheme ?? 'light',
    viewport: options.viewport ?? { width: 1280, height: 860 },
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const errors: string[] = [];
  const { origin } = new URL(url);
  context.on('request', (request) => {
    const isOwn = [origin, `blob:${origin}`, 'data:'].some((start) => request.url().startsWith(start));
    if (!isOwn) errors.push(`asked ${request.url()}`);
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    // An answer of 4xx is part of the story in some tests; the browser reports each of them.
    const isAnswer = message.text().startsWith('Failed to load resource: the server responded with a status of 4');
    // Other tests make and remove networks; a browser then drops every connection it has, and the page asks again.
    const isNetwork = message.text().includes('net::ERR_NETWORK_CHANGED');
    if (message.type() === 'error' && !isAnswer && !isNetwork) errors.push(message.text());
  });
  await page.goto(url);
  return { page, context, errors };
}

/** Gives the page's browser an authenticator that keeps passkeys and knows its owner, and the line by which it is told otherwise. */
export async function addAuthenticator(page: Page): Promise<{ devTools: CDPSession; authenticatorId: string }> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('WebAuthn.enable');
  const { authenticatorId } = await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
    },
  });
  return { devTools, authenticatorId };
}
