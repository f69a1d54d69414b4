// What does not change is not read again: the kernel says which files a run opened.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { recordingsSite } from './support/recordings.ts';
import { needs } from './support/tools.ts';

const orbit = fileURLToPath(new URL('../bin/orbit', import.meta.url));

test('a run opens new and renamed recordings, and none that it has', needs('strace'), async (t) => {
  const site = await recordingsSite(t);
  for (let n = 0; n < 30; n += 1) site.put(n % 2 === 0 ? 'v2.cast' : 'screen.mp4', `2026/11${10 + n}/${n}`);
  const opened = (): string[] => {
    const log = join(site.folder, 'strace');
    const flags = ['-f', '-qq', '-e', 'trace=open,openat,openat2', '-e', 'signal=none', '-o', log];
    const run = [...flags, orbit, 'backup', 'create', '--kind', 'recordings'];
    const done = spawnSync('strace', run, { env: { ...process.env, ORBIT_HOME: site.app.home }, encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
    const calls = readFileSync(log, 'utf8').matchAll(/open\w*\([^"]*"([^"]+)", ([A-Z_|]+)/g);
    return [...calls]
      .filter(([, path = '', how = '']) => path.startsWith(`${site.recordings}/`) && !how.includes('O_DIRECTORY'))
      .map(([, path = '']) => path.slice(site.recordings.length + 1));
  };
  assert.equal(new Set(opened()).size, 30, 'at first all of them');
  assert.deepEqual(opened(), []);
  const fresh = site.put('session.tlog', '2026/1110/new');
  const renamed = join(site.recordings, '2026/1111/renamed');
  renameSync(join(site.recordings, '2026/1111/1'), renamed);
  assert.deepEqual(
    [...new Set(opened())].sort(),
    [fresh, renamed].map((path) => path.slice(site.recordings.length + 1)),
  );
  assert.deepEqual(opened(), []);
});
