// How long does the console take to show Home, and a history of 100,000 runs? In the browser of the tests, on loopback.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApp } from '../src/app.ts';
import { servedConsole } from './support/served-console.ts';

const rounds = 7;
const folder = await mkdtemp(join(tmpdir(), 'orbit-bench-console-'));
const app = openApp(join(folder, 'home'));
const served = await servedConsole(app, folder);
try {
  app.store.database.exec(`
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
    INSERT INTO run (job, kind, started_by, started_at, ended_at, process, outcome)
    SELECT 'system', 'system', 'schedule', strftime('%Y-%m-%dT%H:%M:%fZ', 1700000000 + i * 600, 'unixepoch'),
      strftime('%Y-%m-%dT%H:%M:%fZ', 1700000030 + i * 600, 'unixepoch'), '', 'succeeded' FROM n`);
  console.log(`first load: ${kb(served.size.firstLoad)} kB compressed of ${kb(served.size.brotli)} kB in all`);
  await time('Home, nothing in the cache', '/', '.answer');
  await time('Runs, 100,000 of them', '/runs', '.table-line a');
} finally {
  await served.close();
  app.close();
  await rm(folder, { recursive: true, force: true });
}

// Every round is a browser that knows nothing; the time is until what the page is about can be read. The processor time of
// the page's own thread tells the same on a machine that has other work.
async function time(what: string, path: string, selector: string): Promise<void> {
  const times: number[] = [];
  const worked: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { page, context } = await served.page();
    const devTools = await context.newCDPSession(page);
    await devTools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const started = performance.now();
    await page.goto(`${served.url}${path}`);
    await page.locator(selector).first().waitFor();
    times.push(performance.now() - started);
    const { metrics } = await devTools.send('Performance.getMetrics');
    worked.push(1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0));
    await context.close();
  }
  const [median, best] = [medianOf(times), Math.min(...times)];
  console.log(
    `${what}: ${Math.round(median)} ms (median of ${rounds}, best ${Math.round(best)} ms); ` +
      `processor time of the page ${Math.round(medianOf(worked))} ms`,
  );
}

function medianOf(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function kb(bytes: number): string {
  return (bytes / 1000).toFixed(0);
}
