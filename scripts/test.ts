// The README's test command: tools, checks, then every test, and at the end how many ran.
// A file that does not end is told by name, with what it was at, instead of a run that stands still.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { installTestTools } from './install-test-tools.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const missing = installTestTools();
const filters = process.argv.slice(2);
if (filters.length === 0) {
  const check = spawnSync(process.execPath, ['scripts/check.ts'], { stdio: 'inherit' });
  if (check.status !== 0) process.exit(1);
}

const all = globSync(['src/**/*.test.ts', 'test/**/*.test.ts']).sort();
const files = filters.length === 0 ? all : all.filter((file) => filters.some((filter) => file.includes(filter)));
const counts = { passed: 0, failed: 0, skipped: 0 };
const stream = run({ files, concurrency: 2, isolation: 'process' });
stream.on('test:summary', (summary) => {
  if (summary.file !== undefined) return;
  counts.passed = summary.counts.passed;
  counts.failed = summary.counts.tests - summary.counts.passed - summary.counts.skipped - summary.counts.todo;
  counts.skipped = summary.counts.skipped;
  process.exitCode = summary.success && summary.counts.tests > 0 ? 0 : 1;
});
process.exitCode = 1;
stream.compose(spec).pipe(process.stdout);

const hungAfterMinutes = 10;
const started = new Map<string, { alarm: NodeJS.Timeout; open: Set<string> }>();
stream.on('test:dequeue', ({ name, file = '' }) => {
  if (name !== file) return void started.get(file)?.open.add(name);
  started.set(file, { alarm: setTimeout(() => tellHang(file), hungAfterMinutes * 60_000), open: new Set() });
});
stream.on('test:complete', ({ name, file = '' }) => {
  const { alarm, open } = started.get(file) ?? {};
  if (name === file) clearTimeout(alarm);
  else open?.delete(name);
});

function tellHang(file: string): void {
  const open = [...(started.get(file)?.open ?? [])];
  const at = open.length === 0 ? 'all its tests ended, its process did not' : `in: ${open.join(' > ')}`;
  const fields = 'pid,ppid,stat,wchan:20,etimes,args';
  const { stdout } = spawnSync('ps', ['-eww', '--forest', '-o', fields], { encoding: 'utf8' });
  console.log(`\n${stdout}\n${file} did not end within ${hungAfterMinutes} minutes (${at}). The run is given up.`);
  process.exit(1);
}

stream.on('end', () => {
  setImmediate(() => {
    if (missing.length > 0) console.log(`missing programs, whose suites were skipped: ${missing.join(' ')}`);
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  });
});
