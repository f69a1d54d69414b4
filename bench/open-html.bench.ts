// How long does open.html take with 100,000 secrets: to unlock after the password's key derivation, and for a keystroke?
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KdbxEntry } from '../src/kdbx/kdbx-types.ts';
import { openBrowser, openFilePage } from '../test/support/browser.ts';
import { madeEntry, madeKit } from '../test/support/made-kit.ts';

const count = Number(process.argv[2] ?? 100_000);
const names = ['router', 'database', 'mailbox', 'hypervisor', 'firewall', 'backup', 'wiki', 'payroll'];
const entries: KdbxEntry[] = Array.from({ length: count }, (_, index) =>
  madeEntry(`${names[index % names.length]} ${index}`, {
    username: `svc-${index % 977}`,
    url: `https://host-${index}.example.org/login`,
    groups: [`Site ${index % 40}`, `Rack ${index % 200}`],
    fields: [{ name: 'Notes', value: `Ticket ${index}, room ${index % 77}`, isProtected: true }],
    history: [1, 2].map((version) =>
      madeEntry(`${names[index % names.length]} ${index}`, { password: `old ${version} of ${index}` }),
    ),
  }),
);
const kit = await madeKit(entries);
const folder = await mkdtemp(join(tmpdir(), 'orbit-bench-'));
const browser = await openBrowser();
try {
  const started = performance.now();
  const { page, errors } = await openFilePage(browser, folder, kit.page);
  await page.waitForSelector('#who-name');
  const checkedMs = performance.now() - started;
  await page.fill('#who-name', 'bench');
  await page.fill('#who-reason', 'bench');
  await page.press('#who-name', 'Enter');
  await page.fill('#master-password', kit.password);
  const tool = await page.context().newCDPSession(page);
  await tool.send('Performance.enable', { timeDomain: 'threadTicks' });
  const cpuSeconds = async (): Promise<number> => {
    const { metrics } = await tool.send('Performance.getMetrics');
    return metrics.find((metric) => metric.name === 'TaskDuration')?.value ?? 0;
  };
  const cpuBefore = await cpuSeconds();
  const submitted = performance.now();
  await page.press('#master-password', 'Enter');
  await page.waitForSelector('.item', { timeout: 120_000 });
  const unlockedMs = performance.now() - submitted;
  const cpuUsed = (await cpuSeconds()) - cpuBefore;
  const cpuAtKeys = await cpuSeconds();
  const keystrokes = (await page.evaluate(`(async () => {
    const field = document.getElementById('search');
    const times = [];
    for (const word of ['router 4242', 'svc-12 rack', 'host-99999', 'zzzz', 'payroll site 7']) {
      for (let length = 1; length <= word.length; length += 1) {
        field.value = word.slice(0, length);
        const before = performance.now();
        field.dispatchEvent(new Event('input'));
        document.body.offsetHeight;
        times.push(performance.now() - before);
        await new Promise(requestAnimationFrame);
      }
    }
    return times.sort((a, b) => a - b);
  })()`)) as number[];
  const cpuEachMs = (((await cpuSeconds()) - cpuAtKeys) * 1000) / keystrokes.length;
  const at = (part: number): string => (keystrokes[Math.floor((keystrokes.length - 1) * part)] ?? 0).toFixed(1);
  const { size } = await stat(join(folder, 'open.html'));
  console.log(`${count} secrets, two earlier versions each; open.html ${(size / 1024 / 1024).toFixed(1)} MiB`);
  console.log(`page checked and drawn       ${(checkedMs / 1000).toFixed(2)} s`);
  console.log(
    `unlocked, list on the screen ${(unlockedMs / 1000).toFixed(2)} s (${cpuUsed.toFixed(2)} s of processor; key derivation kept small)`,
  );
  console.log(
    `keystroke: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, slowest ${at(1)} ms; ${cpuEachMs.toFixed(1)} ms of processor each`,
  );
  const heap = (await page.evaluate('performance.memory?.usedJSHeapSize ?? 0')) as number;
  console.log(`heap ${(heap / 1024 / 1024).toFixed(0)} MiB; errors: ${errors.length}`);
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
