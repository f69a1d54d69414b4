// The commands of the runbook, run as they stand on disks in files: the file systems have their old names again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { btrfsSkip } from '../../../test/support/small-disk.ts';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { needs } from '../../../test/support/tools.ts';
import type { FileSystemFacts } from './recovery-facts.ts';
import { diskCommands } from './runbook-disks.ts';

const sizes = { sizeBytes: 2 ** 30, usedBytes: 2 ** 20 };
const root: FileSystemFacts = {
  ...{ mount: '/', device: '/dev/sda2', type: 'ext4', ...sizes },
  ...{ uuid: randomUUID(), label: 'root' },
};
const subvolume: FileSystemFacts = {
  ...{ mount: '/srv/a b', device: '/dev/mapper/data', type: 'btrfs', root: '/@data', ...sizes },
  uuid: randomUUID(),
};
const other: FileSystemFacts = { ...subvolume, mount: '/home', root: '/deep/@home' };

test('file systems are made with their old names and mounted in their order, subvolumes too', {
  skip: btrfsSkip || needs('mkfs.ext4', 'blkid').skip,
}, async (context) => {
  const folder = await temporaryFolder(context);
  const target = join(folder, 'target');
  mkdirSync(target);
  const [first, second] = ['first', 'second'].map((name) => {
    execFileSync('truncate', ['-s', '300M', join(folder, name)]);
    const loop = execFileSync('losetup', ['--find', '--show', join(folder, name)])
      .toString()
      .trim();
    return loop;
  });
  const lines = diskCommands([subvolume, root, other]);
  const script = lines.filter((line) => !line.startsWith('export'));
  assert.equal(lines.length - script.length, 2);
  // As the person says: the first line is the disk of the btrfs, the second that of the root.
  assert.match(lines[0] ?? '', /DISK1=.*\/dev\/mapper\/data: \/srv\/a b, \/home/);
  const env = { ...process.env, TARGET: target, DISK1: second, DISK2: first };
  try {
    execFileSync('sh', ['-euc', script.join('\n')], { env, stdio: 'pipe' });
    const uuid = (disk = ''): string => execFileSync('blkid', ['-s', 'UUID', '-o', 'value', disk]).toString().trim();
    assert.deepEqual([uuid(first), uuid(second)], [root.uuid, subvolume.uuid]);
    const mounted = readFileSync('/proc/self/mountinfo', 'utf8');
    assert.match(mounted, new RegExp(`/ ${target} .* ext4 `));
    assert.match(mounted, new RegExp(`/@data ${target}/srv/a.040b .* btrfs `));
    assert.match(mounted, new RegExp(`/deep/@home ${target}/home .* btrfs `));
  } finally {
    // Before the folder is removed.
    execFileSync('umount', ['--recursive', target]);
    for (const loop of [first, second]) execFileSync('losetup', ['--detach', loop ?? '']);
  }
});

test('what cannot be made by a command is told to a person; a file system shown twice is made once', () => {
  const zfs: FileSystemFacts = { mount: '/tank', device: 'tank', type: 'zfs', ...sizes };
  const lines = diskCommands([root, { ...root, mount: '/var/tmp/bind', root: '/tmp' }, zfs]);
  assert.equal(lines.filter((line) => line.startsWith('mkfs')).length, 1);
  assert.ok(lines.includes('# /tank was zfs on tank: make it by hand and mount it at "$TARGET"/tank'));
  assert.ok(!lines.some((line) => line.includes('bind"')));
});
