import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Note, tellNote } from '../../../base/note.ts';
import { btrfsDisk, btrfsSkip } from '../../../../test/support/small-disk.ts';
import { temporaryFolder } from '../../../../test/support/temporary-folder.ts';
import type { Mount } from '../profiles/host/file-systems.ts';
import { mountsNeeded, type StillView, takeStills } from './view.ts';

const run = (command: string, ...args: string[]): string => execFileSync(command, args, { stdio: 'pipe' }).toString();
const mountsBelow = (folder: string): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ').slice(4, 5))
    .filter((mount) => mount.startsWith(`${folder}/`));

// A Btrfs whose mount is passed on to whoever has the same, as systemd sets machines up.
async function disk(context: TestContext): Promise<{ data: string; place: string }> {
  const data = await btrfsDisk(context);
  run('mount', '--make-shared', data);
  run('btrfs', 'subvolume', 'create', join(data, 'inner'));
  mkdirSync(join(data, 'inner/deep'));
  run('btrfs', 'subvolume', 'create', join(data, 'inner/deep/innermost'));
  for (const file of ['a', 'inner/b', 'inner/deep/innermost/c']) writeFileSync(join(data, file), 'before');
  run('btrfs', 'subvolume', 'snapshot', '-r', join(data, 'inner'), join(data, 'theirs'));
  return { data, place: join(await temporaryFolder(context), 'stills') };
}

const told = (notes: readonly Note[]): string => notes.map((each) => tellNote(each, 'en')).join();

async function taken(place: string, folders: string[], excludes: string[] = []): Promise<StillView> {
  const view = await takeStills(place, { folders, excludes, stamp: 'one' });
  assert.ok('folder' in view, JSON.stringify(view.notes));
  return view;
}

test('what is read of btrfs is of one moment, subvolumes inside it too, and nothing of it stays', {
  skip: btrfsSkip,
}, async (context) => {
  const { data, place } = await disk(context);
  const view = await taken(place, [data]);
  assert.match(told(view.notes), /^3 file systems were held still one right after the other, within [\d.]+ m?s$/);
  for (const file of ['a', 'inner/b', 'inner/deep/innermost/c', 'new']) writeFileSync(join(data, file), 'after');
  const seen = (path: string): string => readFileSync(join(view.folder, data, path), 'utf8');
  assert.deepEqual(['a', 'inner/b', 'inner/deep/innermost/c', 'theirs/b'].map(seen), [
    'before',
    'before',
    'before',
    'before',
  ]);
  assert.deepEqual(readdirSync(join(view.folder, data)).sort(), ['a', 'inner', 'theirs']);
  assert.throws(() => writeFileSync(join(view.folder, data, 'a'), 'no'), { code: 'EROFS' });
  // The numbers of file systems are those of the originals.
  const device = (path: string): bigint => statSync(path, { bigint: true }).dev;
  for (const path of ['a', 'inner/b', 'theirs/b']) {
    const number = device(join(view.folder, data, path));
    assert.equal(view.devices.get(number) ?? number, device(join(data, path)), path);
  }
  // Nothing of the view shows up over the originals.
  assert.deepEqual(mountsBelow(data), []);
  await view.close();
  assert.deepEqual(mountsBelow(place), []);
  assert.deepEqual(readdirSync(place), ['view']);
  assert.doesNotMatch(run('btrfs', 'subvolume', 'list', data), /orbit/);
});

test('what is not held still within the time is read as it is, and the run says so', {
  skip: btrfsSkip,
}, async (context) => {
  const { data, place } = await disk(context);
  const { notes } = await takeStills(place, { folders: [data], excludes: [], stamp: 'late', spanMsMax: 0 });
  assert.equal(told(notes).match(/read as it is: others took 0 ms already/g)?.length, 3, told(notes));
  for (const each of notes) assert.match(tellNote(each, 'pt'), /lido como está: os outros já levaram 0 ms/);
  assert.doesNotMatch(run('btrfs', 'subvolume', 'list', data), /orbit/);
  assert.deepEqual(mountsBelow(place), []);
});

test('what a crash left is removed by the next run, and only that', { skip: btrfsSkip }, async (context) => {
  const { data, place } = await disk(context);
  await taken(place, [data]);
  assert.match(run('btrfs', 'subvolume', 'list', data), /\.orbit-still-one/);
  // The process ended here. A person's own snapshot looks much the same.
  run('btrfs', 'subvolume', 'snapshot', data, join(data, '.orbit-still-mine'));
  const view = await takeStills(place, { folders: [data], excludes: [], stamp: 'two' });
  assert.ok('folder' in view);
  const list = run('btrfs', 'subvolume', 'list', data);
  assert.doesNotMatch(list, /still-one/);
  assert.match(list, /still-two/);
  await view.close();
  assert.match(run('btrfs', 'subvolume', 'list', data), /still-mine/);
});

test('what cannot be held still is read as it is, with the reason', { skip: btrfsSkip }, async (context) => {
  const { data, place } = await disk(context);
  // A folder of a subvolume, mounted by itself, is no subvolume.
  const part = join(data, 'inner/deep');
  const other = join(data, 'other');
  mkdirSync(other);
  run('mount', '--bind', part, other);
  const view = await taken(place, [data]);
  assert.match(
    told(view.notes),
    /no snapshot of the file system at .*other \(btrfs\), which is read as it is: btrfs subvolume: .*/,
  );
  writeFileSync(join(part, 'late'), 'late');
  assert.equal(readFileSync(join(view.folder, other, 'late'), 'utf8'), 'late');
  await view.close();
});

test('mounts that hold the folders or lie below them are needed; hidden, left out and kernel ones are not', () => {
  const mount = (path: string, type = 'ext4'): Mount => ({ mount: path, type, device: '/dev/sda', root: '/' });
  const table = [
    mount('/'),
    mount('/srv'),
    mount('/srv/old/below'),
    mount('/srv/old'),
    mount('/proc', 'proc'),
    mount('/srv/share', 'nfs4'),
    mount('/home'),
    mount('/srvother'),
  ];
  const points = (folders: string[]): string[] =>
    mountsNeeded(folders, ['/srv/share/*'], table).map((each) => each.mount);
  assert.deepEqual(points(['/srv/data', '/etc']), ['/', '/srv']);
  assert.deepEqual(points(['/srv']), ['/srv', '/srv/old']);
  assert.deepEqual(points(['/']), ['/', '/srv', '/home', '/srv/old', '/srvother']);
});
