// `orbit recording` as people use it, on a real terminal where it plays.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cli, type CliResult } from './support/cli.ts';
import { type RecordingsSite, recordingsSite } from './support/recordings.ts';
import { needs } from './support/tools.ts';

const orbit = fileURLToPath(new URL('../bin/orbit', import.meta.url));

async function site(
  t: Parameters<typeof recordingsSite>[0],
): Promise<RecordingsSite & { run1(...args: string[]): Promise<CliResult> }> {
  const made = await recordingsSite(t);
  made.put('v2.cast', 'db01.cast');
  made.put('screen.mp4', 'desk.mp4');
  await made.run();
  return { ...made, run1: (...args) => cli(['recording', ...args], { home: made.app.home }) };
}

test('a recording is found, its text read, exported and held; every look at it is kept with its reason', async (t) => {
  const { run1, folder } = await site(t);
  const { recordings } = JSON.parse((await run1('list', '--content', 'systemctl', '--json')).stdout) as {
    recordings: { id: string }[];
  };
  assert.equal(recordings.length, 1);
  const id = recordings[0]?.id ?? '';
  assert.match(
    (await run1('list', 'db01')).stdout,
    new RegExp(`${id} +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d .*asciicast`),
  );

  const without = await run1('lines', id);
  assert.deepEqual([without.exitCode, without.stdout], [2, '']);
  const short = await run1('export', id, '--reason', 'x');
  assert.match(short.stderr, /recordings\.no-reason/);
  assert.equal(short.stdout, '');
  const lines = await run1('lines', id.slice(0, 6), '--commands', '--reason', 'case 1');
  assert.equal(lines.stdout, '0:00:00  cat /etc/hostname\n0:00:00  systemctl restart postgresql\n');
  const found = await run1('lines', id, '--find', 'ACAO', '--reason', 'case 1');
  assert.match(found.stdout, /São Paulo — ação concluída ✓/);

  const out = join(folder, 'session.txt');
  assert.equal((await run1('export', id, '--as', 'text', '--out', out, '--reason', 'case 2')).exitCode, 0);
  assert.equal(statSync(out).mode & 0o777, 0o600);
  const twice = await run1('export', id, '--as', 'text', '--out', out, '--reason', 'case 2');
  assert.match(twice.stderr, /cli\.file-exists/);
  const cast = (await run1('export', id, '--as', 'asciicast', '--reason', 'case 2')).stdout.split('\n');
  assert.equal((JSON.parse(cast[0] ?? '') as { version: number }).version, 2);
  assert.deepEqual((JSON.parse(cast[1] ?? '') as unknown[]).slice(0, 2), [0.010385, 'o']);

  assert.equal((await run1('hold', id, '--reason', 'court order 7')).exitCode, 0);
  const shown = (await run1('show', id)).stdout;
  assert.match(shown, /held +by \S+ since .*court order 7/);
  assert.equal(shown.match(/^seen .*case 1$/gm)?.length, 2);
  assert.equal(shown.match(/^seen .*\(export\): case 2$/gm)?.length, 3);
  assert.match((await run1('list', '--held')).stdout, new RegExp(id));
  assert.match((await run1('release', id, '--reason', 'over')).stdout, /no longer/);
  assert.match((await run1('verify', id)).stdout, /It is what was seen first/);
  assert.match((await run1('show', 'ffffff')).stderr, /recordings\.unknown/);
});

test('a recording plays on a terminal, and no control sequence of it gets there', needs('script'), async (t) => {
  const { run1, app } = await site(t);
  const { recordings } = JSON.parse((await run1('list', 'db01.cast', '--json')).stdout) as {
    recordings: { id: string }[];
  };
  const id = recordings[0]?.id ?? '';
  const play = (...more: string[]): string => {
    const command = [orbit, 'recording', 'play', id, '--reason', 'case-3', ...more].join(' ');
    const env = { ...process.env, ORBIT_HOME: app.home, TERM: 'xterm-256color' };
    return spawnSync('script', ['-qec', command, '/dev/null'], { env, encoding: 'utf8', input: '', timeout: 60_000 })
      .stdout;
  };
  const whole = play();
  assert.match(whole, /cat \/etc\/hostname/);
  assert.match(whole, /São Paulo — ação concluída ✓|full screen/);
  assert.match(whole, new RegExp(`End of recording ${id}`));
  assert.ok(!whole.includes('\x1b[2J\x1b[H\x1b[7m'), 'the recording’s own sequences stay in the emulator');
  const piped = await run1('play', id, '--reason', 'case 3');
  assert.match(piped.stderr, /no terminal/);
  const video = JSON.parse((await run1('list', 'desk.mp4', '--json')).stdout) as { recordings: { id: string }[] };
  assert.match(
    (await run1('lines', video.recordings[0]?.id ?? '', '--reason', 'case 3')).stderr,
    /recordings\.no-text/,
  );
});
