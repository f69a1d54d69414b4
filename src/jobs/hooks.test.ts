// Programs that run out of time, or never stop talking: real ones.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { isRunning } from '../base/program.ts';
import { beginHookLog, hookLog, runHook } from './hooks.ts';

async function place(context: TestContext) {
  const folder = await temporaryFolder(context);
  beginHookLog(folder, 'system');
  const log = hookLog(folder, 'system');
  const run = (script: string, timeoutSeconds: number, signal?: AbortSignal) =>
    runHook({ command: '/bin/sh', args: ['-c', script], timeoutSeconds }, 'before', log, signal);
  return { folder, log, run };
}

/** Waits until the process that wrote its number there has ended; one that never came to write it has. */
async function hasEnded(file: string): Promise<void> {
  while (existsSync(file) && isAlive(Number(readFileSync(file, 'utf8')))) await pause(10);
}

// Where nobody asks how an orphan ended it stays in the list.
function isAlive(pid: number): boolean {
  if (!isRunning(pid)) return false;
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('a program that hangs is ended with all that it started, even where they ignore being asked', async (context) => {
  const { folder, log, run } = await place(context);
  const child = join(folder, 'child');
  const script = `trap '' TERM HUP INT; (trap '' TERM HUP INT; sh -c 'echo $$ > ${child}; exec sleep 600') & sleep 600`;
  await assert.rejects(run(script, 2), failure('jobs.hook-failed', /did not end within 2 s/));
  await hasEnded(child);
  assert.match(readFileSync(log, 'utf8'), /^# before: .*did not end within 2 s/m);
});

test('a run that is cancelled ends the program that runs before it, and what that started', async (context) => {
  const { folder, run } = await place(context);
  const child = join(folder, 'child');
  const cancelled = new AbortController();
  const running = run(`sh -c 'echo $$ > ${child}; exec sleep 600' & wait`, 600, cancelled.signal);
  const isThere = (): boolean => existsSync(child) && readFileSync(child, 'utf8').endsWith('\n');
  while (!isThere()) await pause(10);
  cancelled.abort(new Error('cancelled'));
  await assert.rejects(running, /cancelled/);
  await hasEnded(child);
});

test('output without an end stops the program, and its log stays small', async (context) => {
  const { log, run } = await place(context);
  await assert.rejects(run('exec yes', 60), failure('jobs.hook-failed', /printed more than 1048576 bytes/));
  assert.ok(readFileSync(log).length < 10_000);
});

test('what a program leaves running when it ends well goes on', async (context) => {
  const { folder, run } = await place(context);
  const child = join(folder, 'child');
  await run(
    `sh -c 'echo $$ > ${child}; exec sleep 600' > /dev/null 2>&1 < /dev/null & until [ -s ${child} ]; do :; done`,
    60,
  );
  const pid = Number(readFileSync(child, 'utf8'));
  assert.ok(isAlive(pid));
  process.kill(pid, 'SIGKILL');
});
