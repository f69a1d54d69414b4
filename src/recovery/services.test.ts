import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { needs } from '../../test/support/tools.ts';
import { fallsSilent, isListening, runningServices, startServices, stopServices } from './services.ts';

// A systemctl that notes what it is asked: which machine runs the tests, and whether a systemd runs it, is not known.
async function systemctl(context: TestContext, script: string): Promise<() => string[]> {
  const folder = await temporaryFolder(context);
  const log = join(folder, 'log');
  writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\nshift\necho "$*" >> ${log}\n${script}\n`, { mode: 0o755 });
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${before}`;
  context.after(() => (process.env['PATH'] = before));
  return () => readFileSync(log, 'utf8').trim().split('\n');
}

test('services that run are stopped last first and started in order, by units as they are on disk then', async (context) => {
  const asked = await systemctl(
    context,
    'case "$1" in is-system-running) echo degraded; exit 1;; is-active) test "$3" != c.service;; esac',
  );
  assert.deepEqual(await runningServices(['a.service', 'b.service', 'c.service']), {
    hasSystemd: true,
    running: ['a.service', 'b.service'],
  });
  await stopServices(['a.service', 'b.service']);
  assert.deepEqual(await startServices(['a.service', 'b.service']), []);
  assert.deepEqual(asked().slice(4), [
    'stop b.service',
    'stop a.service',
    'daemon-reload',
    'start a.service',
    'start b.service',
  ]);
});

test('one that does not stop ends the recovery before anything is touched; one that does not start is told', async (context) => {
  await systemctl(context, 'echo "Failed to $1 $2: busy" >&2; exit 1');
  await assert.rejects(stopServices(['a.service']), failure('recovery.service-not-stopped', /a\.service.*busy/));
  assert.deepEqual(await startServices(['a.service']), ['a.service does not start: Failed to start a.service: busy']);
});

test('where no systemd runs nothing is asked of it', async (context) => {
  const asked = await systemctl(context, 'echo offline; exit 1');
  assert.deepEqual(await runningServices(['a.service']), { hasSystemd: false, running: [] });
  assert.deepEqual(asked(), ['is-system-running']);
});

test('a server that answers at its socket is seen, whoever started it, and waited for when it was told to stop', async (context) => {
  const folder = await temporaryFolder(context);
  const at = { engine: 'postgresql' as const, socket: folder, port: 5432 };
  assert.equal(await isListening(at), false);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(folder, '.s.PGSQL.5432'), resolve));
  assert.equal(await isListening(at), true);
  assert.equal(await fallsSilent(at, 0), false);
  // It goes on for a while, and looks once more who is there.
  server.once('connection', () => setImmediate(() => server.close()));
  assert.equal(await fallsSilent(at, 60_000), true);
});

test('a server that is too busy to answer is one that runs', needs('python3'), async (context) => {
  const folder = await temporaryFolder(context);
  const path = join(folder, 'socket');
  // It listens, takes nobody in, and has nobody wait.
  const code = `import socket, sys, time
server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[1]); server.listen(0)
first = socket.socket(socket.AF_UNIX); first.connect(sys.argv[1])
print('full', flush=True); time.sleep(600)`;
  const busy = spawn('python3', ['-c', code, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  context.after(() => busy.kill('SIGKILL'));
  await once(busy.stdout, 'data');
  assert.equal(await isListening({ engine: 'mariadb', socket: path, port: 3306 }), true);
  writeFileSync(join(folder, 'file'), '');
  assert.equal(await isListening({ engine: 'mariadb', socket: join(folder, 'file'), port: 3306 }), false);
});
