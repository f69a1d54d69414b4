// `orbit backup time`, as in the documented system: one hour for every job; and that the service goes gently.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openApp } from '../src/app.ts';
import { runProgram } from '../src/base/program.ts';
import { listJobs } from '../src/jobs/job.ts';
import { cli } from './support/cli.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

test('the hour is set for every job, shown with the next run, and anything that is no hour is refused', async (context) => {
  const home = join(await temporaryFolder(context), 'home');
  const orbit = (...args: string[]) => cli(['backup', 'time', ...args], { home });
  const schedules = (): Set<string> => {
    const app = openApp(home);
    try {
      return new Set(listJobs(app.store).map(({ schedule }) => schedule));
    } finally {
      app.close();
    }
  };
  assert.equal((await cli(['job', 'set', 'system', '--enable', '--folder', '/etc'], { home })).exitCode, 0);
  assert.deepEqual(schedules(), new Set(['0 5 * * *']), 'daily at five, as documented, before anybody says otherwise');
  for (const [hour, cron] of [
    ['0', '0 0 * * *'],
    ['24', '0 0 * * *'],
    ['23', '0 23 * * *'],
    ['07', '0 7 * * *'],
  ] as const) {
    const set = await orbit('--hour', hour, '--force');
    assert.equal(set.exitCode, 0, set.stderr);
    assert.deepEqual(schedules(), new Set([cron]), hour);
  }
  const shown = await orbit('--show');
  assert.match(shown.stdout, /^system: next run \d{4}-\d\d-\d\d 07:00:00 \(0 7 \* \* \*\)$/m);
  assert.match(shown.stdout, /^recordings: switched off/m);
  for (const wrong of ['25', '-1', '5.5', 'five', '', '007']) {
    const refused = await orbit('--hour', wrong);
    assert.equal(refused.exitCode, 2, `${wrong}: ${refused.stdout}`);
    assert.match(refused.stderr, /hour/);
  }
  assert.deepEqual(schedules(), new Set(['0 7 * * *']), 'what was refused changed nothing');
  const trail = await cli(['audit', 'list', '--json'], { home });
  assert.match(trail.stdout, /"orbit backup time"/, 'it is in the audit trail');
});

test('the service gives processor and disk to others first', needs('ionice'), async () => {
  const script = `const { goGently } = await import(process.argv[1]);
await goGently();
const { getPriority } = await import('node:os');
const { execFileSync } = await import('node:child_process');
console.log(getPriority(), String(execFileSync('ionice', ['-p', String(process.pid)])))`;
  const gentle = new URL('../src/cli/gentle.ts', import.meta.url).href;
  const ran = await runProgram(process.execPath, ['--input-type=module', '-e', script, gentle]);
  assert.equal(ran.exitCode, 0, ran.stderr);
  assert.match(ran.stdout.toString('utf8'), /^10 best-effort: prio 7/);
});
