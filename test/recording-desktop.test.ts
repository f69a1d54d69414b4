// Recorded desktops in a real browser: every kind of drawing against Apache's own client, pixel by pixel, at moments jumped to
// forwards and back; in the console, and in a packaged page without a network.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openFilePage } from './support/browser.ts';
import { builtConsole, builtRecordingPage } from './support/built-pages.ts';
import { cli } from './support/cli.ts';
import { drawnByApache, image, instruction, png, typedLine } from './support/guacamole-dump.ts';
import { listRecordingIds, makeOld, recordingsSite } from './support/recordings.ts';
import { signedInPage } from './support/signed-in.ts';
import { needs } from './support/tools.ts';

const withChromium = needs('chromium');
const [width, height] = [160, 120];
const start = 1_700_000_000_000;
let browser: Browser;
let built: Awaited<ReturnType<typeof builtConsole>>;
before(async () => {
  if (withChromium.skip !== false) return;
  built = await builtConsole();
  await builtRecordingPage();
  browser = await openBrowser();
});
after(async () => {
  if (withChromium.skip !== false) return;
  await browser.close();
  await built.remove();
});

const fill = (layer: number, mask: number, color: number[], ...box: number[]): string =>
  instruction('rect', layer, ...box) + instruction('cfill', mask, layer, ...color);
const blue = [0, 0, 255, 255];
const gradient = png(40, 30, (x, y) => [x * 6, y * 8, 128, x < 20 ? 255 : 140]);

// Each scene adds to the one before; its name is typed when it is there.
function scenes(photos: { jpeg: Buffer; webp: Buffer }): [name: string, drawing: string][] {
  return [
    [
      'plain',
      instruction('size', 0, width, height) +
        fill(0, 14, blue, 0, 0, width, height) +
        fill(0, 14, [255, 200, 0, 128], 10, 10, 60, 40),
    ],
    [
      'images',
      // Two images whose pieces lie between each other's, and one of the old kind; none of them a picture at the end.
      image(1, { x: 20, y: 60 }, gradient) +
        instruction('img', 2, 14, 0, 'image/png', 70, 60) +
        instruction('blob', 2, gradient.subarray(0, 50).toString('base64')) +
        instruction('sync', start + 1500) +
        instruction('blob', 2, gradient.subarray(50).toString('base64')) +
        instruction('end', 2) +
        instruction('png', 14, 0, 110, 5, gradient.toString('base64')) +
        instruction('clipboard', 4, 'text/plain') +
        instruction('blob', 4, 'c2VjcmV0') +
        instruction('end', 4),
    ],
    [
      'photos',
      image(1, { x: 0, y: 90, type: 'image/jpeg' }, photos.jpeg, 6048) +
        image(2, { x: 60, y: 90, type: 'image/webp' }, photos.webp, 6048),
    ],
    [
      'buffers',
      fill(-1, 14, [0, 160, 0, 255], 0, 0, 24, 24) +
        image(1, { layer: -1, x: 12, y: 12 }, gradient) +
        instruction('copy', -1, 4, 4, 30, 30, 14, 0, 120, 60) +
        instruction('copy', 0, 10, 10, 30, 20, 12, -2, 0, 0) +
        instruction('copy', -2, 0, 0, 500, 500, 14, 0, 125, 95) +
        instruction('dispose', -1),
    ],
    [
      'bits',
      [0x0, 0x1, 0x2, 0x3, 0x4, 0x6, 0x7, 0x8, 0x9, 0xa, 0xb, 0xc, 0xd, 0xe, 0xf]
        .map((code, index) => instruction('transfer', 0, 20, 60, 10, 10, code, 0, index * 10, 50))
        .join(''),
    ],
    [
      'layers',
      instruction('size', 1, 50, 40) +
        instruction('move', 1, 0, 30, 20, 2) +
        fill(1, 14, [255, 255, 255, 255], 0, 0, 50, 40) +
        instruction('shade', 1, 128) +
        instruction('size', 2, 30, 30) +
        instruction('move', 2, 0, 60, 30, 1) +
        fill(2, 14, [0, 0, 0, 255], 0, 0, 30, 30) +
        instruction('size', 3, 10, 10) +
        instruction('move', 3, 1, 5, 5, 0) +
        fill(3, 14, [255, 0, 0, 255], 0, 0, 10, 10) +
        instruction('size', 4, 20, 20) +
        fill(4, 14, [1, 2, 3, 255], 0, 0, 20, 20),
    ],
    [
      'lines',
      // Apache's client rounds its canvases up to 64 pixels: a pattern of just that size repeats alike.
      fill(-6, 14, [70, 80, 90, 255], 0, 0, 64, 64) +
        image(1, { layer: -6, x: 3, y: 4 }, gradient) +
        instruction('start', 0, 5, 5) +
        instruction('line', 0, 60, 20) +
        instruction('curve', 0, 90, 0, 100, 60, 140, 30) +
        instruction('cstroke', 14, 0, 1, 2, 3, 255, 0, 255, 255) +
        instruction('arc', 0, 80, 80, 20, 0, 4.5, 0) +
        instruction('close', 0) +
        instruction('cfill', 14, 0, 0, 255, 255, 200) +
        instruction('push', 0) +
        instruction('rect', 0, 40, 40, 20, 20) +
        instruction('clip', 0) +
        instruction('transform', 0, 1, 0, 0, 1, 5, 5) +
        fill(0, 14, [255, 255, 0, 255], 30, 30, 60, 60) +
        instruction('identity', 0) +
        instruction('pop', 0) +
        instruction('rect', 0, 0, 100, 60, 20) +
        instruction('lfill', 14, 0, -6),
    ],
    [
      'masks',
      fill(-3, 14, [9, 99, 199, 255], 0, 0, 20, 20) +
        [1, 2, 4, 6, 8, 9, 10, 11, 15]
          .map(
            (mask, index) =>
              instruction('copy', -3, 0, 0, 12, 12, mask, -4 - index, 6, 6) +
              fill(-4 - index, mask, [90, 9, 9, 128], 2, 2, 10, 10) +
              instruction('copy', -4 - index, 0, 0, 20, 20, 14, 0, index * 16, 0),
          )
          .join(''),
    ],
    ['gone', instruction('dispose', 1) + instruction('move', 2, 0, 100, 70, 5)],
  ];
}

function dumpOf(all: [string, string][]): { dump: string; moments: number[] } {
  const pieces = [instruction('sync', start)];
  const moments: number[] = [];
  for (const [index, [name, drawing]] of all.entries()) {
    const at = (index + 1) * 1000;
    pieces.push(drawing, instruction('sync', start + at), typedLine(name));
    moments.push(at);
  }
  return { dump: pieces.join(''), moments };
}

const pixels = (page: Page): Promise<number[]> =>
  page.evaluate<number[]>(`(() => {
    const { width, height } = document.querySelector('canvas.desktop');
    return [...document.querySelector('canvas.desktop').getContext('2d').getImageData(0, 0, width, height).data];
  })()`);

test('recorded desktops', withChromium, async (context) => {
  const bench = await browser.newPage();
  const encoded = (type: string): Promise<string> =>
    bench.evaluate<string>(`(() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 48, height: 28 });
      const context = canvas.getContext('2d');
      context.fillStyle = 'teal'; context.fillRect(0, 0, 48, 28);
      context.fillStyle = 'orange'; context.fillRect(8, 8, 20, 10);
      return canvas.toDataURL('${type}').split(',')[1];
    })()`);
  const [jpeg, webp] = [await encoded('image/jpeg'), await encoded('image/webp')].map((text) =>
    Buffer.from(text, 'base64'),
  );
  assert.ok(jpeg && webp);
  const all = scenes({ jpeg, webp });
  const { dump, moments } = dumpOf(all);
  const expected = await drawnByApache(bench, dump, moments);
  // Blue everywhere, and half of a yellow on it.
  assert.deepEqual(
    [expected[0]?.slice(0, 4), expected[0]?.slice((10 * width + 10) * 4, (10 * width + 10) * 4 + 4)],
    [blue, [128, 100, 127, 255]],
  );
  await bench.close();

  const site = await recordingsSite(context, { consoleFolder: built.folder });
  const file = join(site.recordings, '4711.replay.gz');
  writeFileSync(file, gzipSync(dump));
  const still = join(site.recordings, 'cursor');
  const arrow = png(8, 8, (x, y) => (x <= y ? [255, 0, 0, 255] : [0, 0, 0, 0]));
  const last = `${dump}${image(3, { x: 5, y: 5 }, Buffer.from('this is no picture'))}${image(1, { layer: -20 }, arrow)}${instruction('cursor', 2, 1, -20, 0, 0, 8, 8)}${instruction('mouse', 50, 60, 0, start + 20000)}${instruction('sync', start + 20000)}4.rec`;
  writeFileSync(still, last);
  for (const path of [file, still]) makeOld(path);
  await site.run();
  const [id = ''] = listRecordingIds(site, '4711');
  const url = await site.server.listen({ host: '127.0.0.1', port: 0 });

  await context.test('the console draws what Apache’s client draws, wherever one jumps to', async (t) => {
    const opened = await signedInPage(browser, t, { ...site, url }, 'auditor', `/recordings/${id}`);
    const { page } = opened;
    await page.getByLabel('Why do you look at it?').fill('case 1');
    await page.getByRole('button', { name: 'Watch' }).click();
    await page.getByText(`${all.length} lines were typed`).waitFor();
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    // There and back, so that some are drawn on from where one is, and some anew.
    for (const index of [0, 1, 2, 3, 4, 7, 6, 5, 8, 3]) {
      const [name] = all[index] ?? [''];
      await page.getByRole('button', { name: new RegExp(` ${name}$`) }).click();
      const wanted = expected[index] ?? [];
      await page.getByText(`0:00:0${Math.floor((moments[index] ?? 0) / 1000)} /`).waitFor();
      const seen = await pixels(page);
      const different = wanted.findIndex((value, at) => value !== seen[at]);
      const where = `${name}: pixel ${Math.floor(different / 4) % width},${Math.floor(different / 4 / width)}`;
      assert.deepEqual([where, seen[different], seen.length], [where, wanted[different], wanted.length]);
    }
    assert.deepEqual(opened.errors, []);
  });

  await context.test(
    'the pointer is drawn where it was, what is no image is passed over, also in a packaged page',
    async () => {
      const [other = ''] = listRecordingIds(site, 'cursor');
      const out = join(site.folder, 'desktop.html');
      const packed = await cli(['recording', 'package', other, '--out', out, '--reason', 'case 1'], {
        home: site.app.home,
      });
      assert.equal(packed.exitCode, 0, packed.stderr);
      const { page, context: closing, errors, requests } = await openFilePage(browser, site.folder, readFileSync(out));
      await page.getByLabel('Password, or key').fill('quartz lemon tundra 4 violin osprey');
      await page.getByRole('button', { name: 'Open' }).click();
      await page.getByLabel('Position').fill('1000');
      await page.getByText('0:00:20 / 0:00:20').waitFor();
      const seen = await pixels(page);
      const before = expected.at(-1) ?? [];
      const at = (x: number, y: number): number => (y * width + x) * 4;
      // The hotspot is 2,1: the arrow's corner lies at 48,59.
      assert.deepEqual(seen.slice(at(48, 59), at(49, 59)), [255, 0, 0, 255]);
      assert.deepEqual(
        seen.slice(at(49, 59), at(50, 59)),
        before.slice(at(49, 59), at(50, 59)),
        'beside it nothing changed',
      );
      const changed = Array.from({ length: width * height }, (_, pixel) => pixel).filter((pixel) =>
        [0, 1, 2, 3].some((part) => seen[pixel * 4 + part] !== before[pixel * 4 + part]),
      );
      assert.equal(changed.length, 36, 'the pixels of the arrow, and no other');
      assert.deepEqual([errors, requests], [[], []]);
      await closing.close();
    },
  );

  await context.test('jumps in a long recording begin at a moment that was kept, and show the same', async () => {
    const frames = Array.from({ length: 500 }, (_, n) => {
      const color = [n % 256, (n * 7) % 256, (n * 13) % 256, 255];
      const dot = fill(0, 14, color, (n * 3) % width, Math.floor(n / 50) * 5, 3, 5);
      const layer = instruction('move', 1, 0, n % 100, 70, 1) + instruction('shade', 1, 255 - (n % 200));
      return (
        dot +
        layer +
        fill(-1, 14, color, 0, 0, 8, 8) +
        instruction('copy', -1, 0, 0, 8, 8, 14, 1, n % 40, n % 30) +
        instruction('sync', start + (n + 1) * 100)
      );
    });
    const head = instruction('size', 0, width, height) + instruction('size', 1, 50, 40) + instruction('sync', start);
    const long = head + frames.join('');
    const wanted = [10_000, 12_000, 31_000, 45_000];
    const blank = await browser.newPage();
    const right = await drawnByApache(blank, long, wanted);
    await blank.close();
    const path = join(site.recordings, 'long');
    writeFileSync(path, long);
    makeOld(path);
    await site.run();
    const [id = ''] = listRecordingIds(site, 'long');
    const out = join(site.folder, 'long.html');
    const packed = await cli(['recording', 'package', id, '--out', out, '--reason', 'case 1'], { home: site.app.home });
    assert.equal(packed.exitCode, 0, packed.stderr);
    const { page, context: closing } = await openFilePage(browser, site.folder, readFileSync(out));
    await page.getByLabel('Password, or key').fill('quartz lemon tundra 4 violin osprey');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('/ 0:00:50').waitFor();
    for (const index of [3, 0, 2, 1]) {
      const ms = wanted[index] ?? 0;
      await page.getByLabel('Position').fill(String(ms / 50));
      await page.getByText(`0:00:${ms / 1000} / 0:00:50`).waitFor();
      assert.deepEqual(await pixels(page), right[index], `at ${ms} ms`);
    }
    await closing.close();
  });
});
