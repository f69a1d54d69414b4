// The README's test command: tools, checks, then every test, and at the end how many ran and which failed.
// A file that does not end is told by name, with what it was at, instead of a run that stands still.
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuiltConsole } from '../test/support/built-pages.ts';
import { installTestTools } from './install-test-tools.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const missing = installTestTools();
const filters = process.argv.slice(2);
if (filters.length === 0) {
  const check = spawnSync(process.execPath, ['scripts/check.ts'], { stdio: 'inherit' });
  if (check.status !== 0) process.exit(1);
}
const scratch = mkdtempSync(join(tmpdir(), 'orbit-tests-'));
if (filters.length === 0) {
  // Some fifteen files of tests open the console or a packaged recording.
  const { buildConsole, buildRecordingPage } = await import('./build-console.ts');
  await buildRecordingPage();
  const folder = join(scratch, 'console');
  const built: BuiltConsole = { folder, size: await buildConsole(folder) };
  process.env['ORBIT_TEST_CONSOLE'] = JSON.stringify(built);
}

// What crosses folders takes longest and begins first; the short ones fill whatever is left at the end.
const all = ['test', 'src'].flatMap((folder) => globSync(`${folder}/**/*.test.ts`).sort());
const files = filters.length === 0 ? all : all.filter((file) => filters.some((filter) => file.includes(filter)));
const counts = { passed: 0, failed: 0, skipped: 0 };
const failed: string[] = [];
const reports = join(scratch, 'reports');
mkdirSync(reports);
// Some hundred processes load the same modules: each is made ready to run once.
process.env['NODE_COMPILE_CACHE'] = join(scratch, 'compiled');
const preload = pathToFileURL('test/support/end-at-once.ts').href;
const execArgv = ['--import', preload, '--report-on-signal', `--report-directory=${reports}`, '--report-exclude-env'];
const stream = run({ files, concurrency: 2, isolation: 'process', execArgv });
stream.on('test:summary', (summary) => {
  if (summary.file !== undefined) return;
  counts.passed = summary.counts.passed;
  counts.failed = summary.counts.tests - summary.counts.passed - summary.counts.skipped - summary.counts.todo;
  counts.skipped = summary.counts.skipped;
  process.exitCode = summary.success && summary.counts.tests > 0 ? 0 : 1;
});
stream.on('test:fail', ({ name, file = '', line, details }) => {
  // Above a test that failed, its parents fail as well: it alone is named.
  if ('failureType' in details.error && details.error.failureType === 'subtestsFailed') return;
  const place = relative(root, file);
  failed.push([file, place].includes(name) ? `${place}  outside of its tests` : `${place}:${line}  ${name}`);
});
process.exitCode = 1;
stream.compose(spec).pipe(process.stdout);

const hungAfterMinutes = 20;
const alarms = new Map<string, NodeJS.Timeout>();
stream.on('test:dequeue', ({ name, file = '' }) => {
  if (name === file)
    alarms.set(
      file,
      setTimeout(() => void giveUp(file), hungAfterMinutes * 60_000),
    );
});
stream.on('test:complete', ({ name, file = '' }) => {
  if (name === file) clearTimeout(alarms.get(file));
});

// Says what its process waits for: the handles that keep it alive, and the programs below it.
async function giveUp(file: string): Promise<void> {
  const { stdout } = spawnSync('ps', ['-eww', '--forest', '-o', 'pid,ppid,stat,wchan:20,etimes,args']);
  const programs = String(stdout);
  const its = programs.split('\n').find((line) => line.endsWith(` ${file}`));
  if (its !== undefined) process.kill(Number.parseInt(its, 10), 'SIGUSR2');
  await pause(5000);
  for (const report of readdirSync(reports)) {
    const { libuv } = JSON.parse(readFileSync(join(reports, report), 'utf8')) as { libuv: { is_active: boolean }[] };
    for (const handle of libuv.filter((each) => each.is_active)) console.log(JSON.stringify(handle));
  }
  console.log(`${programs}\n${file} did not end within ${hungAfterMinutes} minutes. The run is given up.`);
  process.exit(1);
}

stream.on('end', () => {
  rmSync(scratch, { recursive: true, force: true });
  setImmediate(() => {
    if (missing.length > 0) console.log(`missing programs, whose suites were skipped: ${missing.join(' ')}`);
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    for (const each of failed) console.log(`✖ ${each}`);
  });
});
