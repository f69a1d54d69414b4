// A custodian far away: the ceremony by the API, the link in a real browser, the paper that is checked, and the key that comes back.
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { buildPage, sharePage } from '../scripts/build-open.ts';
import type { CeremonyView } from '../src/api/schemas/ceremony.ts';
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBrowser, openServedPage, says, type ServedPage } from './support/browser.ts';
import { type ConsoleSite, consoleSite } from './support/console.ts';
import { stock } from './support/stock-age.ts';
import { needs } from './support/tools.ts';

const withChromium = needs('chromium');
let browser: Browser;
before(async () => {
  if (withChromium.skip === false) browser = await openBrowser();
});
after(async () => {
  if (withChromium.skip === false) await browser.close();
});

interface Done {
  keyId: string;
  passphrase?: string;
  code?: string;
  handedOut: { links: { custodian: string; link: string }[]; files: { name: string; base64: string }[] };
}

/** Sends a request as an administrator. */
async function send<Body>(
  site: ConsoleSite,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  payload?: object,
) {
  const cookie = await site.cookieOf('administrator');
  const headers = { 'sec-fetch-site': 'same-origin', host: '127.0.0.1:7420', cookie };
  const answer = await site.server.inject({
    method,
    url: `/api/v1${path}`,
    headers,
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.json<Body>() };
}

async function openLink(
  context: TestContext,
  url: string,
  link: string,
  options: Parameters<typeof openServedPage>[2] = {},
): Promise<ServedPage> {
  const opened = await openServedPage(browser, `${url}/share#${link.split('#')[1] ?? ''}`, options);
  context.after(() => opened.context.close());
  // Whatever opens a window of the system would wait for a person.
  await opened.page.evaluate('window.print = () => undefined');
  return opened;
}

const threeByLink = {
  custodians: {
    receivers: ['Ana Souza', 'Bruno', 'Carla'].map((name) => ({ name, delivery: 'link' })),
    threshold: 2,
    contacts: ['Help desk, +55 11 5555-0100'],
  },
};

test('the page of a link in the repository is what its sources build', async () => {
  const kept = readFileSync(new URL(sharePage.target), 'utf8');
  assert.equal(await buildPage(sharePage), kept, 'run `npm run build:open`');
});

test(
  'a custodian far away opens a link once, checks the paper, and with another one gives the recovery key',
  withChromium,
  async (context) => {
    const site = await consoleSite(context);
    const url = await site.server.listen({ host: '127.0.0.1', port: 0 });
    const made = await send<Done>(site, 'POST', '/ceremony', threeByLink);
    assert.equal(made.status, 200, JSON.stringify(made.body));
    const papers: string[] = [];
    for (const { custodian, link } of made.body.handedOut.links.slice(0, 2)) {
      const { page, errors } = await openLink(context, url, link);
      assert.equal(new URL(page.url()).hash, '', 'the key does not stay in the address');
      assert.deepEqual((await new AxeBuilder({ page }).analyze()).violations, []);
      await page.getByRole('button', { name: 'Show my share' }).click();
      await says(page.locator('h1'), new RegExp(custodian));
      const words = await page.locator('.share-words li').allInnerTexts();
      assert.equal(words.length, 33);
      const sheet = page.frameLocator('iframe.sheet');
      await sheet.locator('.words li').last().waitFor();
      assert.equal(await sheet.locator('.words li').count(), 33);
      // The policy of the page lets the sheet's own style through.
      const paper = await sheet.locator('section').boundingBox();
      assert.equal(Math.round((paper?.height ?? 0) / (96 / 25.4)), 297, 'one page of A4');
      assert.deepEqual((await new AxeBuilder({ page }).exclude('iframe').analyze()).violations, []);
      await page.getByRole('button', { name: 'Print the sheet' }).click();
      await page.getByRole('button', { name: 'I have it on paper' }).click();
      await page.locator('#share-words').waitFor();
      assert.equal(await page.locator('.share-words').count(), 0, 'nobody copies from the screen');
      await page.fill('#share-words', [...words.slice(0, 9), 'academic', ...words.slice(10)].join(' '));
      await page.getByRole('button', { name: 'Compare' }).click();
      await says(page.locator('.error'), /[Ww]ord/);
      await page.fill('#share-words', words.map((word, index) => `${index + 1}. ${word.slice(0, 4)}`).join('\n'));
      await page.getByRole('button', { name: 'Compare' }).click();
      await page.waitForSelector('.done');
      papers.push(words.join(' '));
      assert.deepEqual(errors, []);
    }
    const again = await openLink(context, url, made.body.handedOut.links[0]?.link ?? '');
    await again.page.getByRole('button', { name: 'Show my share' }).click();
    await says(again.page.locator('.refusal'), /tell the administrators at once/);
    const cut = await openLink(context, url, (made.body.handedOut.links[2]?.link ?? '').slice(0, -9));
    await says(cut.page.locator('.refusal'), /not whole/);

    const { body } = await send<CeremonyView>(site, 'GET', '/ceremony');
    assert.deepEqual(
      body.set?.holders.map(({ custodian, step }) => [custodian, step]),
      [
        ['Ana Souza', 'confirmed'],
        ['Bruno', 'confirmed'],
        ['Carla', 'waiting'],
      ],
    );
    assert.ok(body.set?.holders[0]?.printedAt !== undefined);
    assert.deepEqual(body.set?.worry, { confirmed: 2, wanted: 3, waitingFor: ['Carla'] });
    assert.ok(!JSON.stringify(body).includes(papers[0]?.split(' ').slice(5, 7).join(' ') ?? '…'));

    // What the two typed in from their papers opens the key: here to give it its first master password.
    const tooFew = { opening: { shares: papers.slice(0, 1) }, password: { generate: true } };
    assert.equal((await send<Done>(site, 'PUT', '/ceremony/password', tooFew)).body.code, 'breakglass.too-few-shares');
    const both = { opening: { shares: papers }, password: { generate: true } };
    const password = await send<Done>(site, 'PUT', '/ceremony/password', both);
    assert.match(password.body.passphrase ?? '', /^(\w{4}-){6}\w{4}$/);
    assert.deepEqual(site.bugs, []);
  },
);

test(
  'a file sealed to a custodian’s own key opens with stock age; a new set tells the old one apart',
  needs('age'),
  async (context) => {
    const site = await consoleSite(context);
    const identity = (await stock(site.folder, 'age-keygen')).toString();
    await writeFile(join(site.folder, 'ana.key'), identity, { mode: 0o600 });
    const recipient = /public key: (age1\w+)/.exec(identity)?.[1] ?? '';
    const start = { ...threeByLink, password: { generate: true } };
    const first = await send<Done>(site, 'POST', '/ceremony', start);
    const opening = { masterPassword: first.body.passphrase };
    const receivers = [
      { name: 'Ana Souza', recipient, delivery: 'sealed' },
      { name: 'Davi', delivery: 'link' },
    ];
    const wrong = { opening: { masterPassword: 'not it' }, receivers, threshold: 2 };
    assert.equal((await send<Done>(site, 'POST', '/ceremony/shares', wrong)).body.code, 'breakglass.wrong-password');
    const split = await send<Done>(site, 'POST', '/ceremony/shares', { opening, receivers, threshold: 2 });
    const [file] = split.body.handedOut.files;
    await writeFile(join(site.folder, 'share.age'), Buffer.from(file?.base64 ?? '', 'base64'));
    const sheet = (await stock(site.folder, 'age', '-d', '-i', 'ana.key', 'share.age')).toString();
    assert.equal(sheet.match(/<ol class="words">(.*?)<\/ol>/s)?.[1]?.match(/<li>/g)?.length, 33);
    const { body } = await send<CeremonyView>(site, 'GET', '/ceremony');
    assert.deepEqual(
      body.set?.holders.map(({ custodian, delivery, step }) => [custodian, delivery, step]),
      [
        ['Ana Souza', 'sealed', 'made'],
        ['Davi', 'link', 'waiting'],
      ],
    );
    assert.equal(body.custodians.find(({ name }) => name === 'Bruno')?.holdsShare, false);
    const bruno = body.custodians.find(({ name }) => name === 'Bruno');
    assert.equal((await send(site, 'DELETE', `/custodians/${bruno?.id ?? ''}`)).status, 200);
    assert.deepEqual(site.bugs, []);
  },
);
