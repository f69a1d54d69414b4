import assert from 'node:assert/strict';
import { closeSync, lstatSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import { nativeFiles } from './native-files.ts';
import { openPosixFiles } from './open-posix-files.ts';
import { portableFiles } from './portable-files.ts';

const hasNative = (await nativeFiles()) !== undefined;
const onlyNative = { skip: !hasNative && 'the C library cannot be reached here' };

test('times are set to the nanosecond, before 1970 too, and on a link itself', onlyNative, async (t) => {
  const folder = await temporaryFolder(t);
  const files = await openPosixFiles();
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('file', join(folder, 'link'));
  for (const ns of [1_700_000_000_123_456_789n, -1n, -1_000_000_001n, 0n]) {
    for (const name of ['file', 'link']) {
      files.setTimes(Buffer.from(join(folder, name)), 5n, ns);
      assert.equal(lstatSync(join(folder, name), { bigint: true }).mtimeNs, ns, name);
    }
    const path = Buffer.from(join(folder, 'file'));
    const fd = openSync(path, 'r');
    files.setTimesOf(fd, path, 5n, ns + 1n);
    closeSync(fd);
    assert.equal(lstatSync(path, { bigint: true }).mtimeNs, ns + 1n);
    assert.equal(lstatSync(path, { bigint: true }).atimeNs, 5n);
  }
});

test('attributes are listed, set and removed byte for byte', onlyNative, async (t) => {
  const path = Buffer.from(join(await temporaryFolder(t), 'file'));
  const files = await openPosixFiles();
  writeFileSync(path, '');
  const wanted = [
    { name: Buffer.from('user.a'), value: Buffer.from([0, 255, 10]) },
    { name: Buffer.from('user.empty'), value: Buffer.alloc(0) },
  ];
  for (const attribute of wanted) files.setAttribute(path, attribute);
  const mine = () => files.listAttributes(path).filter(({ name }) => name.toString().startsWith('user.'));
  assert.deepEqual(mine(), wanted);
  files.removeAttribute(path, Buffer.from('user.a'));
  assert.deepEqual(mine(), wanted.slice(1));
});

test(
  'names of attributes that together are long are listed all, by path and of an open file',
  onlyNative,
  async (t) => {
    const path = Buffer.from(join(await temporaryFolder(t), 'file'));
    const files = await openPosixFiles();
    writeFileSync(path, '');
    const wanted = Array.from({ length: 12 }, (_, n) => `user.${String(n).padStart(2, '0')}${'x'.repeat(120)}`);
    for (const name of wanted) files.setAttribute(path, { name: Buffer.from(name), value: Buffer.from(name) });
    const fd = openSync(path, 'r');
    for (const listed of [files.listAttributes(path), files.listAttributesOf(fd, path)]) {
      const mine = listed.filter(({ name }) => name.toString().startsWith('user.'));
      assert.deepEqual(mine.map(({ name }) => name.toString()).toSorted(), wanted);
      for (const { name, value } of mine) assert.deepEqual(name, value);
    }
    closeSync(fd);
  },
);

test('errors name the call, the path and the reason, as those of node:fs do', onlyNative, async (t) => {
  const files = await openPosixFiles();
  const gone = Buffer.from(join(await temporaryFolder(t), 'nothing', 'file'));
  for (const action of [
    () => files.listAttributes(gone),
    () => files.setTimes(gone, 0n, 0n),
    () => files.makeSpecial(gone, 0o010600, 0n),
  ]) {
    assert.throws(
      action,
      (error: NodeJS.ErrnoException) => error.code === 'ENOENT' && error.message.includes('/nothing/file'),
    );
  }
});

test('accounts are found by number, and a number without an account has no name', async () => {
  for (const files of [await openPosixFiles(), portableFiles()]) {
    assert.equal(files.userName(0), 'root');
    assert.equal(files.groupName(0), 'root');
    assert.equal(files.userName(3_999_999_999), undefined);
    assert.equal(files.groupName(3_999_999_999), undefined);
  }
});

test('the portable twin says what it cannot keep and refuses to pretend', async (t) => {
  const folder = await temporaryFolder(t);
  const files = portableFiles();
  assert.ok(files.limits.length > 0);
  const path = Buffer.from(join(folder, 'x'));
  mkdirSync(path);
  assert.deepEqual(files.listAttributes(path), []);
  assert.throws(() => files.makeSpecial(path, 0o010600, 0n), { code: 'ENOTSUP' });
  files.setTimes(path, 0n, 1_234_567_890_000_000n);
  assert.ok(Math.abs(lstatSync(path).mtimeMs - 1_234_567_890) < 0.002);
  const fd = openSync(path, 'r');
  files.setTimesOf(fd, path, 0n, 2_234_567_890_000_000n);
  closeSync(fd);
  assert.ok(Math.abs(lstatSync(path).mtimeMs - 2_234_567_890) < 0.002);
});
