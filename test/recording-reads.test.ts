// What does not change is not read again: the kernel says which files a run opened.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { RecordingArchive } from '../src/jobs/recording-archive.ts';
import { searchRecordings } from '../src/recordings/catalogue/search.ts';
import { openWordKey } from '../src/recordings/catalogue/word-key.ts';
import { bytesOf } from '../src/recordings/formats/byte-reader.ts';
import { fixtureBytes } from './support/recording-source.ts';
import { listRecordingIds, makeOld, type RecordingsSite, recordingsSite } from './support/recordings.ts';
import { needs } from './support/tools.ts';

const orbit = fileURLToPath(new URL('../bin/orbit', import.meta.url));

/** Runs the job in a process of its own, and gives the recordings that it opened. */
function opened(site: RecordingsSite): string[] {
  const log = join(site.folder, 'strace');
  const flags = ['-f', '-qq', '-e', 'trace=open,openat,openat2', '-e', 'signal=none', '-o', log];
  const run = [...flags, orbit, 'backup', 'create', '--kind', 'recordings'];
  const done = spawnSync('strace', run, { env: { ...process.env, ORBIT_HOME: site.app.home }, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  const calls = readFileSync(log, 'utf8').matchAll(/open\w*\([^"]*"([^"]+)", ([A-Z_|]+)/g);
  return [...calls]
    .filter(([, path = '', how = '']) => path.startsWith(`${site.recordings}/`) && !how.includes('O_DIRECTORY'))
    .map(([, path = '']) => path.slice(site.recordings.length + 1));
}

test('a run opens new and renamed recordings, and none that it has', needs('strace'), async (t) => {
  const site = await recordingsSite(t);
  for (let n = 0; n < 30; n += 1) site.put(n % 2 === 0 ? 'v2.cast' : 'screen.mp4', `2026/11${10 + n}/${n}`);
  assert.equal(new Set(opened(site)).size, 30, 'at first all of them');
  assert.deepEqual(opened(site), []);
  const fresh = site.put('session.tlog', '2026/1110/new');
  const renamed = join(site.recordings, '2026/1111/renamed');
  renameSync(join(site.recordings, '2026/1111/1'), renamed);
  assert.deepEqual(
    [...new Set(opened(site))].sort(),
    [fresh, renamed].map((path) => path.slice(site.recordings.length + 1)),
  );
  assert.deepEqual(opened(site), []);
});

test(
  'with recordings that never change, a moved one is not opened at all; one that was changed meanwhile is',
  needs('strace'),
  async (t) => {
    const site = await recordingsSite(t);
    const { store } = site.app;
    const job = findJob(store, 'recordings');
    assert.ok(job.kind === 'recordings');
    saveJob(store, { ...job, plan: { ...job.plan, immutable: true } });
    for (const name of ['log', 'log.1', 'twin']) site.put(name === 'log' ? 'v2.cast' : 'screen.mp4', `day/${name}`);
    const changed = site.put('session.tlog', 'day/changed');
    opened(site);
    const path = (name: string): string => join(site.recordings, name);
    mkdirSync(path('archive'));
    renameSync(path('day/log.1'), path('archive/log.2'));
    renameSync(path('day/log'), path('day/log.1'));
    renameSync(changed, path('archive/changed'));
    // In place and of the same size: its inode and its size are what they were.
    const bytesBefore = readFileSync(path('archive/changed'), 'latin1');
    writeFileSync(path('archive/changed'), bytesBefore.replace('root', 'toor'), 'latin1');
    makeOld(path('archive/changed'), 1800);
    assert.deepEqual([...new Set(opened(site))], ['archive/changed']);
    const find = (text: string): string[] =>
      searchRecordings(store, openWordKey(store, site.app.instanceKey), { text }).recordings.map((one) => one.path);
    assert.deepEqual(find('archive/log.2'), [path('archive/log.2')]);
    assert.deepEqual(
      find('day/log.1').sort(),
      [path('archive/log.2'), path('day/log.1')].sort(),
      'one is there, one was',
    );
    const archive = new RecordingArchive(site.app);
    t.after(() => archive.close());
    const [id = ''] = listRecordingIds(site, 'archive/log.2');
    const { file } = await archive.open(id);
    const bytes = fixtureBytes('screen.mp4');
    assert.ok((await bytesOf(file, { offset: 0, length: bytes.length })).equals(bytes));
    assert.deepEqual(opened(site), []);
  },
);
