import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareTrees } from '../../../test/support/compare-trees.ts';
import { damageContentOf } from '../../../test/support/damage.ts';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { failure } from '../../../test/support/failures.ts';
import { asNobody } from '../../../test/support/nobody.ts';
import { sourceStory } from '../../../test/support/source-story.ts';
import { onlyRoot, smallDisk } from '../../../test/support/small-disk.ts';
import { localTime } from '../format/node-time.ts';
import { encodeTree, type TreeNode } from '../format/tree.ts';
import type { RestoreEvent } from './events.ts';
import { restore } from './restore.ts';

const time = localTime(0n);
const node = (name: string, more: Partial<TreeNode>): TreeNode => ({
  name: Buffer.from(name),
  type: 'file',
  mode: 0o644,
  mtime: time,
  atime: time,
  ctime: time,
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  inode: 0n,
  deviceId: 0n,
  size: 0n,
  links: 1n,
  extendedAttributes: [],
  device: 0n,
  content: null,
  ...more,
});

test('nothing is written outside the target, whatever links the target or the tree hold', async (t) => {
  const { repository, target } = await sourceStory(t);
  const outside = join(repository.folder, 'outside');
  mkdirSync(outside);
  mkdirSync(target);
  // Links that wait where folders and files belong.
  symlinkSync(outside, join(target, 'folder'));
  writeFileSync(join(outside, 'victim'), 'untouched');
  symlinkSync(join(outside, 'victim'), join(target, 'file'));
  await repository.open(async (indexed) => {
    const { id } = await indexed.saveBlob('data', Buffer.from('restored'));
    const inner = await indexed.saveBlob('tree', encodeTree([node('file', { content: [id], size: 8n })]));
    const root = await indexed.saveBlob(
      'tree',
      encodeTree([
        node('file', { content: [id], size: 8n }),
        node('folder', { type: 'dir', mode: 0x8000_0000 + 0o755, subtree: inner.id }),
        node('link', { type: 'symlink', mode: 0x0800_0000 + 0o777, linkTarget: Buffer.from('../../../../etc') }),
      ]),
    );
    await indexed.flush();
    const result = await restore(indexed, { tree: root.id }, target);
    assert.equal(result.outcome, 'succeeded');
  });
  assert.deepEqual(readdirSync(outside), ['victim']);
  assert.equal(readFileSync(join(outside, 'victim'), 'utf8'), 'untouched');
  assert.ok(lstatSync(join(target, 'folder')).isDirectory());
  assert.ok(lstatSync(join(target, 'file')).isFile());
  assert.equal(readFileSync(join(target, 'folder/file'), 'utf8'), 'restored');
  assert.equal(readlinkSync(join(target, 'link')), '../../../../etc');
});

test('a tree with hostile names restores nothing of that folder and says why', async (t) => {
  const { repository, target } = await sourceStory(t);
  const hostile = ['..', '.', '../../escaped', '/etc/escaped', ''];
  for (const name of hostile) {
    const events: RestoreEvent[] = [];
    await repository.open(async (indexed) => {
      const bad = await indexed.saveBlob('tree', encodeTree([node(name, { content: [] })]));
      const root = await indexed.saveBlob(
        'tree',
        encodeTree([
          node('dir', { type: 'dir', mode: 0x8000_0000 + 0o755, subtree: bad.id }),
          node('good', { content: [] }),
        ]),
      );
      await indexed.flush();
      const result = await restore(indexed, { tree: root.id }, target, { report: (event) => void events.push(event) });
      assert.equal(result.outcome, 'partial');
      await assert.rejects(restore(indexed, { tree: bad.id }, target), failure('tree.hostile-name'));
    });
    assert.match(
      events.map((event) => (event.type === 'file-skipped' ? event.failure.message : '')).join(),
      /in a snapshot/,
    );
  }
  assert.deepEqual(readdirSync(target).sort(), ['dir', 'good']);
  assert.equal(existsSync(join(repository.folder, 'escaped')), false);
});

test('include and exclude choose what is restored; folders are made only for what goes into them', async (t) => {
  const { repository, source, target, write } = await sourceStory(t);
  for (const name of ['etc/a.conf', 'etc/b.txt', 'etc/deep/c.conf', 'var/d.log', 'var/e.conf']) write(name);
  await repository.backup([source]);
  const restored = async (to: string, options: object): Promise<string[]> => {
    await repository.restore('latest', join(target, to), options);
    const below = join(target, to, source);
    return existsSync(below) ? (readdirSync(below, { recursive: true }) as string[]).sort() : [];
  };
  assert.deepEqual(await restored('1', { include: ['*.conf'] }), [
    'etc',
    'etc/a.conf',
    'etc/deep',
    'etc/deep/c.conf',
    'var',
    'var/e.conf',
  ]);
  assert.deepEqual(await restored('2', { include: [`${source}/etc`], exclude: ['deep'] }), [
    'etc',
    'etc/a.conf',
    'etc/b.txt',
  ]);
  assert.deepEqual(await restored('3', { exclude: ['etc'] }), ['var', 'var/d.log', 'var/e.conf']);
  assert.deepEqual(await restored('4', { include: ['/nothing'] }), []);
});

test('overwrite always, if-changed and never do what they say, and a replaced file keeps its other names', async (t) => {
  const { repository, source, target, write } = await sourceStory(t);
  write('file', 'from the snapshot');
  utimesSync(join(source, 'file'), 1000, 1000);
  await repository.backup([source]);
  const place = join(target, source, 'file');
  const other = join(repository.folder, 'other name');
  const change = (): void => {
    mkdirSync(join(place, '..'), { recursive: true });
    writeFileSync(place, 'changed meanwhile');
  };
  change();
  linkSync(place, other);
  assert.equal((await repository.restore('latest', target, { overwrite: 'never' })).unchanged, 1);
  assert.equal(readFileSync(place, 'utf8'), 'changed meanwhile');
  await repository.restore('latest', target, { overwrite: 'if-changed' });
  assert.equal(readFileSync(place, 'utf8'), 'from the snapshot');
  assert.equal(readFileSync(other, 'utf8'), 'changed meanwhile');
  const { ino } = statSync(place);
  assert.equal((await repository.restore('latest', target, { overwrite: 'if-changed' })).unchanged, 1);
  assert.equal(statSync(place).ino, ino);
  change();
  await repository.restore('latest', target);
  assert.deepEqual(await compareTrees(source, join(target, source)), []);
  assert.deepEqual(readdirSync(join(place, '..')), ['file']);
});

test('in place only what differs is written, the file stays the same one, and zeros replace what stood there', async (t) => {
  const { repository, source, target, write } = await sourceStory(t);
  const content = Buffer.concat([randomBytesOf('in place', 6_000_000), Buffer.alloc(3_000_000)]);
  const size = content.length;
  write('large', content);
  write('same', randomBytesOf('same', 1_000_000));
  write('empty', '');
  chmodSync(write('linked', 'x'), 0o640);
  await repository.backup([source]);
  const fresh = await repository.restore('latest', target, { inPlace: true });
  assert.equal(fresh.written, fresh.bytes);
  const place = join(target, source, 'large');
  const changed = Buffer.concat([content, Buffer.from('and more')]);
  changed[3_000_000] = (changed[3_000_000] ?? 0) ^ 1;
  changed.fill(7, size - 10, size);
  const { ino } = statSync(place);
  writeFileSync(place, changed);
  writeFileSync(join(target, source, 'empty'), 'no longer');
  linkSync(join(target, source, 'linked'), join(repository.folder, 'other name'));
  writeFileSync(join(target, source, 'linked'), 'y');
  const again = await repository.restore('latest', target, { inPlace: true, verify: true });
  assert.deepEqual(await compareTrees(source, join(target, source)), []);
  assert.equal(statSync(place).ino, ino);
  assert.equal(readFileSync(join(repository.folder, 'other name'), 'utf8'), 'y', 'a file with other names is replaced');
  assert.equal(again.bytes, fresh.bytes);
  assert.ok(again.written > 0 && again.written < size / 2, String(again.written));
  const last = await repository.restore('latest', target, { inPlace: true });
  assert.equal(last.written, 0);
});

test('a restore that was interrupted goes on in place: what is there is not written again', async (t) => {
  const { repository, source, target, write } = await sourceStory(t);
  const [count, size] = [20, 3_000_000];
  const contentOf = (file: number): Buffer => randomBytesOf(`file-${file}`, size);
  for (let file = 0; file < count; file += 1) write(`file-${file}`, contentOf(file));
  await repository.backup([source]);
  const stop = new AbortController();
  const report = (event: RestoreEvent): void => {
    if (event.type === 'file-done') stop.abort(new Error('the power went'));
  };
  const options = { inPlace: true, threads: 1, parallelPacks: 1 };
  const interrupted = repository.restore('latest', target, { ...options, report, signal: stop.signal });
  await assert.rejects(interrupted, /the power went/);
  const whole = readdirSync(join(target, source));
  assert.ok(whole.length > 0 && whole.length < count, String(whole.length));
  // A power cut leaves no time to remove what is half there.
  const half = [...Array(count).keys()].find((file) => !whole.includes(`file-${file}`)) ?? assert.fail();
  writeFileSync(join(target, source, `file-${half}`), contentOf(half).subarray(0, size - 1));
  const rest = await repository.restore('latest', target, options);
  assert.deepEqual(await compareTrees(source, join(target, source)), []);
  const missing = (count - whole.length) * size;
  assert.ok(rest.written < missing && rest.written > missing - size, `${rest.written} of ${missing}`);
});

test('with delete, what the snapshot does not have goes away; without, it stays', async (t) => {
  const { repository, source, target, write } = await sourceStory(t);
  write('a/kept');
  await repository.backup([source]);
  await repository.restore('latest', target);
  const extra = join(target, source, 'a/extra');
  mkdirSync(extra);
  writeFileSync(join(extra, 'file'), '');
  await repository.restore('latest', target);
  assert.ok(existsSync(extra));
  assert.equal((await repository.restore('latest', target, { delete: true, dryRun: true })).deleted > 0, true);
  assert.ok(existsSync(extra));
  await repository.restore('latest', target, { delete: true });
  assert.deepEqual(await compareTrees(source, join(target, source)), []);
});

test('a dry run writes nothing and tells what it would', async (t) => {
  const { repository, source, target, write } = await sourceStory(t);
  write('a');
  write('b/c');
  await repository.backup([source]);
  const result = await repository.restore('latest', target, { dryRun: true });
  assert.equal(result.files, 2);
  assert.equal(existsSync(target), false);
});

test('a folder with content is not removed for a file; the rest is restored', async (t) => {
  const { repository, source, target, write } = await sourceStory(t);
  write('name');
  write('other');
  await repository.backup([source]);
  mkdirSync(join(target, source, 'name/inside'), { recursive: true });
  const events: RestoreEvent[] = [];
  const result = await repository.restore('latest', target, { report: (event) => void events.push(event) });
  assert.equal(result.outcome, 'partial');
  assert.ok(events.some((event) => event.type === 'file-skipped' && event.failure.code === 'restore.in-the-way'));
  assert.equal(readFileSync(join(target, source, 'other'), 'utf8'), 'other');
});

test('one damaged blob costs the files that need it and no other', async (t) => {
  const { repository, source, target, write } = await sourceStory(t);
  for (const name of ['a', 'b', 'c', 'd']) write(name, name.repeat(3000));
  await repository.backup([source], { compression: 'off' });
  await damageContentOf(repository, join(source, 'b'));
  const events: RestoreEvent[] = [];
  const result = await repository.restore('latest', target, { report: (event) => void events.push(event) });
  assert.equal(result.outcome, 'partial');
  assert.deepEqual(readdirSync(join(target, source)).sort(), ['a', 'c', 'd']);
  const skipped = events.filter((event) => event.type === 'file-skipped');
  assert.equal(skipped.length, 1);
  assert.match(skipped[0]?.failure.message ?? '', /b was not restored.*damaged/);
  assert.deepEqual(
    (await compareTrees(source, join(target, source), { ignore: ['folder-mtime'] })).map((line) => line.slice(0, 12)),
    ['/b: missing'],
  );
});

test('what several threads write together is what was backed up, and one damaged blob costs them one file', async (t) => {
  const { repository, source, target, write } = await sourceStory(t);
  for (let index = 0; index < 2100; index += 1) write(`${index % 7}/${index}`, `${index} `.repeat(index % 50));
  // Files that lie in several packs, share blobs with others, have holes, other names, attributes of their own.
  const large = randomBytesOf(1, 24 * 1024 * 1024);
  write('large', Buffer.concat([large, Buffer.alloc(4 * 1024 * 1024), large.subarray(0, 9_000_000)]));
  write('0/also large', large.subarray(3_000_000));
  linkSync(join(source, 'large'), join(source, '6/other name'));
  chmodSync(write('mode', 'x'), 0o4711);
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'kept', join(source, 'large')]);
  utimesSync(join(source, 'mode'), -5000.25, -86400.5);
  await repository.backup([source]);
  const result = await repository.restore('latest', target, { verify: true, threads: 3 });
  assert.equal(result.outcome, 'succeeded');
  assert.deepEqual(await compareTrees(source, join(target, source)), []);
  // Again over what is there: each is written beside its old self and renamed.
  writeFileSync(join(target, source, 'large'), 'changed');
  await repository.restore('latest', target, { threads: 3, delete: true });
  assert.deepEqual(await compareTrees(source, join(target, source)), []);
  await damageContentOf(repository, join(source, '3/10'));
  const again = join(repository.folder, 'again');
  const partial = await repository.restore('latest', again, { threads: 3 });
  assert.equal(partial.skipped, 1);
  assert.deepEqual(
    (await compareTrees(source, join(again, source), { ignore: ['folder-mtime'] })).map((line) => line.slice(0, 14)),
    ['/3/10: missing'],
  );
});

test('a disk that fills during a restore ends it with a clear failure and no half file', onlyRoot, async (t) => {
  const { repository, source, write } = await sourceStory(t);
  for (let index = 0; index < 8; index += 1) {
    write(`file ${index}`, randomBytesOf(index, 1024 * 1024));
  }
  await repository.backup([source]);
  const disk = await smallDisk(t, '4m');
  await assert.rejects(repository.restore('latest', disk.path), failure('restore.disk-full', /no more room/));
  const left = readdirSync(join(disk.path, source));
  assert.ok(left.length > 0 && left.length < 8);
  for (const name of left)
    assert.deepEqual(readFileSync(join(disk.path, source, name)), readFileSync(join(source, name)));
});

test('without rights everything of ours is restored, and what could not be set is told', onlyRoot, async (t) => {
  const { repository, source, target, write } = await sourceStory(t);
  write('mine');
  execFileSync('chown', ['12345:12345', write('of another')]);
  chmodSync(join(source, 'of another'), 0o4755);
  await repository.backup([source]);
  mkdirSync(target);
  execFileSync('chown', ['-R', '65534:65534', repository.folder]);
  const { exitCode, stdout, stderr } = await asNobody(repository, [
    'repo',
    'restore',
    'latest',
    '--target',
    target,
    '--json',
  ]);
  assert.equal(exitCode, 3, stderr);
  const result = JSON.parse(stdout.toString()) as { outcome: string; files: number; notSet: Record<string, number> };
  assert.equal(result.outcome, 'partial');
  assert.equal(result.files, 2);
  assert.ok((result.notSet['owner'] ?? 0) >= 2);
  // Setuid for the wrong owner would be worse than none.
  assert.equal(result.notSet['mode'], 1);
  assert.equal(statSync(join(target, source, 'of another')).mode & 0o7777, 0o755);
  const differences = await compareTrees(source, join(target, source), { ignore: ['owner'] });
  assert.deepEqual(differences, []);
});
