import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  chmodSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { wipeFolder, withDrillFolder } from './drill-folder.ts';

test('the folder is private, and gone afterwards whatever happened', async () => {
  let path = '';
  await assert.rejects(
    withDrillFolder(async (folder) => {
      path = folder.path;
      assert.equal(statSync(path).mode & 0o777, 0o700);
      assert.ok(folder.bytesMax > 0);
      writeFileSync(join(path, 'file'), 'secret');
      throw new Error('power cut, nearly');
    }),
  );
  assert.ok(path !== '' && !existsSync(path));
});

test('what was restored is overwritten before it is removed; links lead nowhere', async (context) => {
  const folder = await temporaryFolder(context);
  const [inside, outside] = [join(folder, 'inside'), join(folder, 'outside')];
  mkdirSync(join(inside, 'deep'), { recursive: true });
  writeFileSync(outside, 'stays');
  writeFileSync(join(inside, 'deep', 'file'), 'secret');
  // A second name of the same file shows what was written over it.
  linkSync(join(inside, 'deep', 'file'), join(folder, 'second-name'));
  symlinkSync(outside, join(inside, 'link'));
  symlinkSync(folder, join(inside, 'link-to-folder'));
  chmodSync(join(inside, 'deep', 'file'), 0);
  chmodSync(join(inside, 'deep'), 0o500);
  await wipeFolder(inside);
  assert.ok(!existsSync(inside));
  chmodSync(join(folder, 'second-name'), 0o600);
  assert.deepEqual(readFileSync(join(folder, 'second-name')), Buffer.alloc(6));
  assert.equal(readFileSync(outside, 'utf8'), 'stays');
});

test('what a killed drill left is wiped by the next one after a day, and not while its process lives', async () => {
  const place = await withDrillFolder(async ({ path }) => dirname(path));
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const left = (pid: number, days: number): string => {
    const path = join(place, `orbit-drill-${pid}-test${days}`);
    mkdirSync(path, { mode: 0o700 });
    const at = new Date(Date.now() - days * 24 * 3_600_000);
    utimesSync(path, at, at);
    return path;
  };
  const [old, fresh, alive] = [left(dead, 2), left(dead, 0), left(process.pid, 2)];
  await withDrillFolder(async () => {});
  assert.deepEqual([old, fresh, alive].map(existsSync), [false, true, true]);
  for (const path of [fresh, alive]) await wipeFolder(path);
});
