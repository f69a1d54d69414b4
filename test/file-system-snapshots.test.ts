// A system backup reads a btrfs from its own snapshot: taken before, removed afterwards, with the paths of the original.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { succeeding } from './support/cli.ts';
import { quickCeremony } from './support/quick-ceremony.ts';
import { btrfsDisk, btrfsSkip } from './support/small-disk.ts';
import { stock, typed } from './support/stock-age.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

const masterPassword = 'quartz lemon tundra 4 violin osprey';

test('a job reads from a snapshot of the file system; restic sees the original paths, and nothing new the next time', {
  skip: btrfsSkip || needs('restic', 'age', 'script').skip,
}, async (context) => {
  const data = await btrfsDisk(context);
  const folder = await temporaryFolder(context);
  const [home, place, script] = [join(folder, 'home'), join(folder, 'place'), join(folder, 'list')];
  writeFileSync(join(data, 'settings'), 'port = 1\n');
  writeFileSync(script, `#!/bin/sh\nbtrfs subvolume list ${data}\n`, { mode: 0o755 });
  await quickCeremony(home, masterPassword);
  const done = succeeding({ home });
  await done('destination', 'add', 'folder', 'local', '--path', place);
  await done('job', 'set', 'system', '--destination', 'local', '--folder', data, '--without-folder', '/etc');
  await done('job', 'output', 'add', '/during.txt', script);
  for (const _ of [1, 2]) assert.match(await done('backup', 'create', '--kind', 'system'), /Everything is backed up/);
  assert.doesNotMatch(execFileSync(script).toString(), /orbit/);
  assert.doesNotMatch(readFileSync('/proc/self/mountinfo', 'utf8'), new RegExp(home));

  const opened = await typed(
    place,
    'age -d -i recovery-key.age -o system.password system.password.age',
    masterPassword,
  );
  assert.equal(opened.exitCode, 0, opened.shown);
  const restic = async (...args: string[]): Promise<string> =>
    (await stock(place, 'restic', '-r', 'system', '--no-cache', '-p', 'system.password', ...args)).toString('utf8');
  assert.match(await restic('dump', 'latest', '/during.txt'), /orbit-still/);
  assert.equal(await restic('dump', 'latest', join(data, 'settings')), 'port = 1\n');
  const [first, second] =
    (JSON.parse(await restic('snapshots', '--json')) as { short_id: string; paths: string[] }[]) ?? [];
  assert.deepEqual(second?.paths.includes(data), true);
  const changes = await restic('diff', '--metadata', first?.short_id ?? '', second?.short_id ?? '');
  assert.match(changes, /during\.txt/);
  // The top folder's own time changes as the snapshot comes and goes in it.
  assert.doesNotMatch(changes, /settings/);

  await done('job', 'set', 'system', '--file-system-snapshots', 'off');
  await done('backup', 'create', '--kind', 'system');
  assert.doesNotMatch(await restic('dump', 'latest', '/during.txt'), /orbit-still/);
});
