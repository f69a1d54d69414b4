// Snapshots of LVM, classic and thin, below ext4 and XFS, in the guest: `npm run test:lab stills`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { type StillView, takeStills } from '../../src/sources/trees/stills/view.ts';
import { failure } from '../support/failures.ts';

const mib = 1024 ** 2;
const [classic, thin, place] = ['/run/classic', '/run/thin', '/run/place'] as const;

const run = (command: string, ...args: string[]): string => execFileSync(command, args, { stdio: 'pipe' }).toString();
const volumes = (): string => run('lvs', '--noheadings', '-o', 'lv_name', 'lab');

before(() => {
  run('vgcreate', 'lab', '/dev/ram0');
  run('lvcreate', '--yes', '-L', '160M', '-n', 'classic', 'lab');
  run('lvcreate', '--yes', '-L', '128M', '-T', 'lab/pool');
  run('lvcreate', '--yes', '-V', '320M', '-T', 'lab/pool', '-n', 'thin');
  run('mkfs.ext4', '-q', '/dev/lab/classic');
  run('mkfs.xfs', '-q', '/dev/lab/thin');
  for (const [path, name] of [
    [classic, 'classic'],
    [thin, 'thin'],
  ] as const) {
    mkdirSync(path);
    run('mount', `/dev/lab/${name}`, path);
  }
});

async function taken(stamp: string, folders: string[]): Promise<StillView> {
  const view = await takeStills(place, { folders, excludes: [], stamp });
  assert.ok('folder' in view, view.notes.join());
  const said = folders.length > 1 ? /^2 file systems were held still .* within \d+ ms$/ : /^$/;
  assert.match(view.notes.join(), said);
  return view;
}

test('what is read of LVM is of one moment, classic and thin, and nothing of it stays', async (context) => {
  for (const folder of [classic, thin]) writeFileSync(join(folder, 'file'), 'before');
  const view = await taken('one', [classic, thin]);
  context.diagnostic(view.notes.join());
  for (const folder of [classic, thin]) {
    writeFileSync(join(folder, 'file'), 'after');
    const seen = join(view.folder, folder, 'file');
    assert.equal(readFileSync(seen, 'utf8'), 'before');
    assert.throws(() => writeFileSync(seen, 'no'), { code: 'EROFS' });
    const device = statSync(seen, { bigint: true }).dev;
    assert.equal(view.devices.get(device), statSync(folder, { bigint: true }).dev);
  }
  assert.match(volumes(), /still-one/);
  await view.close();
  assert.deepEqual(volumes().match(/\S+/g), ['classic', 'pool', 'thin']);
});

test('what a crash left is removed by the next run', async () => {
  await taken('two', [classic, thin]);
  const view = await taken('three', [classic, thin]);
  assert.doesNotMatch(volumes(), /still-two/);
  await view.close();
  assert.doesNotMatch(volumes(), /still/);
});

test('a snapshot that more was written to than it has room for is noticed', async () => {
  writeFileSync(join(classic, 'large'), Buffer.alloc(80 * mib, 1));
  run('sync');
  const view = await taken('four', [classic]);
  writeFileSync(join(classic, 'large'), Buffer.alloc(80 * mib, 2));
  writeFileSync(join(classic, 'more'), Buffer.alloc(40 * mib, 3));
  run('sync');
  await assert.rejects(view.close(), failure('stills.spoiled', /lab\/classic.*room/));
  assert.doesNotMatch(volumes(), /still/);
});

test('without room for a snapshot the volume is read as it is, with the reason', async () => {
  run('lvcreate', '--yes', '-l', '100%FREE', '-n', 'filler', 'lab');
  const view = await takeStills(place, { folders: [classic], excludes: [], stamp: 'five' });
  assert.ok(!('folder' in view));
  assert.match(
    view.notes.join(),
    /\/run\/classic \(ext4\), which is read as it is: the volume group lab has only 0 bytes/,
  );
});
