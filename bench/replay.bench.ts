// How long from "Watch" to the first picture of a one-hour desktop or video, and how long does a jump take? In the console, in the
// browser of the tests, from an encrypted repository in a folder. Goals: a second, and 300 ms.
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Page } from 'playwright-core';
import { findJob } from '../src/jobs/job.ts';
import { runJob } from '../src/jobs/runner.ts';
import { searchRecordings } from '../src/recordings/catalogue/search.ts';
import { openWordKey } from '../src/recordings/catalogue/word-key.ts';
import { image, instruction, png } from '../test/support/guacamole-dump.ts';
import { recordingsInstance } from './support/recordings-scale.ts';
import { servedConsole } from './support/served-console.ts';

const rounds = 3;
const hourSeconds = 3600;
const loadMsMax = 180_000;
const jumpsTo = [0.5, 0.1, 0.9, 0.2, 0.95, 0.3, 0.75, 0.05];
const folder = mkdtempSync(join(tmpdir(), 'orbit-bench-replay-'));
const sessions = join(folder, 'sessions');
mkdirSync(sessions);

/** One frame a second, each with a patch of its own colour at the top left and tiles elsewhere; a full picture every five minutes. */
async function makeDesktop(file: string): Promise<void> {
  const out = createWriteStream(file);
  const start = 1_767_225_600_000;
  const full = png(1024, 768, (x, y) => [(x >> 3) & 255, (y >> 2) & 255, (x ^ y) & 64, 255]);
  const tiles = Array.from({ length: 16 }, (_, n) =>
    png(64, 64, (x, y) => [(x * n) & 255, (y * 3) & 255, n * 16, 255]),
  );
  out.write(instruction('size', 0, 1024, 768) + instruction('sync', start));
  for (let second = 0; second <= hourSeconds; second += 1) {
    let frame = second % 300 === 0 ? image(1, {}, full, 6048) : '';
    for (let n = 0; n < 4; n += 1) {
      const place = { x: 64 * ((second + n * 5) % 15), y: 64 * (1 + ((second * 3 + n) % 10)) };
      frame += image(2 + n, place, tiles[(second + n) % 16] ?? full, 6048);
    }
    frame += instruction('rect', 0, 0, 0, 16, 16) + instruction('cfill', 14, 0, second >> 8, second & 255, 99, 255);
    if (!out.write(frame + instruction('sync', start + second * 1000))) await once(out, 'drain');
  }
  out.end();
  await finished(out);
}

// One minute is encoded, and stands there sixty times: a jump does not know.
function makeVideo(file: string, codec: readonly string[]): void {
  const minute = `${file.replace(/[^/]+$/, '')}../minute-${file.split('.').at(-1)}.mkv`;
  ffmpeg(['-f', 'lavfi', '-i', 'testsrc2=size=960x540:rate=4:duration=60', ...codec, '-g', '40', minute]);
  ffmpeg(['-stream_loop', '59', '-i', minute, '-c', 'copy', '-movflags', '+faststart', file]);
}

function ffmpeg(args: readonly string[]): void {
  const made = spawnSync('ffmpeg', ['-v', 'error', ...args], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
}

const medianOf = (all: number[]): number => all.sort((a, b) => a - b)[all.length >> 1] ?? NaN;
const told = (all: number[]): string =>
  `median ${medianOf(all).toFixed(0)} ms, worst ${Math.max(...all).toFixed(0)} ms`;

/** Seconds of the frame that the canvas shows; undefined before the first. Its patch is never drawn over. */
const shownSecond = `(() => {
  const canvas = document.querySelector('canvas.desktop');
  if (canvas === null || canvas.width < 100) return undefined;
  const [red, green, blue] = canvas.getContext('2d').getImageData(4, 4, 1, 1).data;
  return blue === 99 ? red * 256 + green : undefined;
})()`;

// Presses the mouse on the timeline, wherever it lies on the page, and gives the milliseconds until the picture is that of the moment,
// or nearly; -1 when it is not there within two seconds.
function shownAfterJump(to: number): string {
  return `new Promise((resolve) => {
    const thumb = document.querySelector('[role=slider]');
    const { left, width, top, height } = thumb.closest('[class*=trackContainer]').getBoundingClientRect();
    const at = { bubbles: true, button: 0, clientX: left + width * ${to}, clientY: top + height / 2 };
    const before = performance.now();
    thumb.dispatchEvent(new MouseEvent('mousedown', at));
    requestAnimationFrame(() => document.dispatchEvent(new MouseEvent('mouseup', at)));
    const look = () => {
      const passed = performance.now() - before;
      if (Math.abs((${shownSecond} ?? -1e9) - ${to * hourSeconds}) < ${hourSeconds * 0.02}) resolve(passed);
      else if (passed > 2000) resolve(-1);
      else requestAnimationFrame(look);
    };
    look();
  })`;
}

async function begin(page: Page, id: string): Promise<void> {
  await page.goto(`${served.url}/recordings/${id}`);
  await page.getByLabel('Why do you look at it?').fill('measuring');
  await page.getByRole('button', { name: 'Watch' }).waitFor();
}

// Milliseconds from the click until `isShown` is true, as the page's own clock has it.
async function untilShown(page: Page, isShown: string): Promise<number> {
  return await page.evaluate<number>(`new Promise((resolve) => {
    const before = performance.now();
    [...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Watch').click();
    const look = () => (${isShown}) ? resolve(performance.now() - before) : requestAnimationFrame(look);
    look();
  })`);
}

async function desktop(id: string): Promise<void> {
  const [firsts, jumps, loads]: number[][] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const { page, context } = await served.page();
    await begin(page, id);
    const before = performance.now();
    firsts?.push(await untilShown(page, `${shownSecond} !== undefined`));
    await page.getByRole('button', { name: 'Pause' }).click();
    const jump = async (to: number): Promise<number> => {
      const ms = await page.evaluate<number>(shownAfterJump(to));
      return ms < 0 ? Infinity : ms;
    };
    // What has not come yet cannot be shown: the end is asked for until it is there.
    while ((await jump(0.99)) === Infinity)
      if (performance.now() - before > loadMsMax) throw new Error('it is not there after three minutes');
    loads?.push(performance.now() - before);
    for (const to of jumpsTo) jumps?.push(await jump(to));
    await context.close();
  }
  console.log(
    `desktop: first picture ${told(firsts ?? [])}; all of it there ${told(loads ?? [])}; a jump ${told(jumps ?? [])}`,
  );
}

async function video(kind: string, id: string): Promise<void> {
  const [firsts, jumps]: number[][] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    const { page, context } = await served.page();
    await begin(page, id);
    const video = `document.querySelector('video')`;
    firsts?.push(await untilShown(page, `${video} !== null && ${video}.readyState >= 2 && ${video}.videoWidth > 0`));
    await page.evaluate(`${video}.pause()`);
    for (const to of jumpsTo) {
      jumps?.push(
        await page.evaluate<number>(`new Promise((resolve) => {
          const video = ${video};
          const before = performance.now();
          // The picture of the new moment is there, not only its place.
          video.addEventListener('seeked', () => resolve(performance.now() - before), { once: true });
          video.currentTime = ${to * hourSeconds};
        })`),
      );
    }
    await context.close();
  }
  console.log(`${kind}: first picture ${told(firsts ?? [])}; a jump ${told(jumps ?? [])}`);
}

await makeDesktop(join(sessions, 'desk'));
makeVideo(join(sessions, 'hour.mp4'), ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p']);
makeVideo(join(sessions, 'hour.webm'), ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '500k']);
for (const name of readdirSync(sessions)) {
  utimesSync(join(sessions, name), 1_767_225_600, 1_767_225_600);
  console.log(`${name}: ${(statSync(join(sessions, name)).size / 1e6).toFixed(0)} MB`);
}
const app = await recordingsInstance(folder, sessions);
const served = await servedConsole(app, folder);
try {
  const { outcome } = await runJob(app, findJob(app.store, 'recordings'), { startedBy: 'person' });
  console.log(`backup ${outcome}, load ${loadavg()[0]?.toFixed(1)}`);
  const found = searchRecordings(app.store, openWordKey(app.store, app.instanceKey), {}).recordings;
  for (const { id, family, format } of found) {
    if (family === 'desktop') await desktop(id);
    else await video(format, id);
  }
} finally {
  await served.close();
  app.close();
  rmSync(folder, { recursive: true, force: true });
}
