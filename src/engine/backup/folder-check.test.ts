import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../../../test/support/temporary-folder.ts';
import type { BlobId } from '../ids.ts';
import { type FolderCheckOptions, portableFolderCheck } from './folder-check.ts';
import { nativeFolderCheck } from './native-folder-check.ts';
import { FolderLook } from './stat-cache.ts';
import { type KnownFolder, statWords } from './stat-cache-file.ts';

const native = (await nativeFolderCheck()) ?? assert.fail('the native check cannot run here');
const noPause = (): undefined => undefined;

async function story(t: TestContext) {
  const folder = `${await temporaryFolder(t)}/entries/`;
  mkdirSync(folder);
  const path = Buffer.from(folder);
  const known = (): KnownFolder => {
    const look = new FolderLook();
    for (const name of readdirSync(folder, { encoding: 'buffer' }).sort(Buffer.compare))
      look.add(name, lstatSync(Buffer.concat([path, name]), { bigint: true }));
    return look.known('0'.repeat(64) as BlobId, []) ?? assert.fail();
  };
  /** What both say, who have to agree. */
  const isSame = async (of: KnownFolder, options: Partial<FolderCheckOptions> = {}): Promise<boolean> => {
    const [fast, portable] = [
      await native(path, of, { pause: noPause, ...options }),
      await portableFolderCheck(path, of, { pause: noPause, ...options }),
    ];
    assert.equal(fast, portable);
    return fast;
  };
  return { folder, known, isSame, at: (name: string) => join(folder, name) };
}

function fill(at: (name: string) => string): void {
  writeFileSync(at('plain'), 'x');
  linkSync(at('plain'), at('its other name'));
  mkdirSync(at('folder'));
  symlinkSync('nowhere', at('link'));
  execFileSync('mknod', [at('pipe'), 'p']);
  writeFileSync(Buffer.concat([Buffer.from(at('bytes')), Buffer.of(0xff, 0x0a, 0xc3)]), 'x');
  writeFileSync(at('large'), '');
  truncateSync(at('large'), 5 * 2 ** 32 + 7);
  chmodSync(at('plain'), 0o6751);
  const times = ['1969-12-31T23:59:59.999999999Z', '1901-01-01T00:00:00.5Z', '2106-02-07T06:28:16.000000001Z', '@0'];
  for (const [n, time] of ['2026-11-27T12:00:00.123456789Z', ...times].entries()) {
    writeFileSync(at(`time ${n}`), 'x');
    execFileSync('touch', ['-d', time, at(`time ${n}`)]);
  }
  if (process.getuid?.() === 0) execFileSync('mknod', [at('device'), 'b', '4095', '1048575']);
}

test('both checks know a folder with entries of every kind, and see any bit of what the system says', async (t) => {
  const { known, isSame, at } = await story(t);
  assert.equal(await isSame(known()), true, 'empty');
  fill(at);
  const sound = known();
  assert.equal(await isSame(sound), true);
  for (let word = 0; word < sound.stats.length; word += 1) {
    for (let bit = 0n; bit < 64n; bit += 1n) {
      const stats = sound.stats.slice();
      stats[word] = (stats[word] ?? 0n) ^ (1n << bit);
      assert.equal(
        await isSame({ ...sound, stats }),
        false,
        `entry ${Math.floor(word / statWords)} word ${word % statWords} bit ${bit}`,
      );
    }
  }
});

test('an entry more, one less, another name, a record that is not whole: not the same', async (t) => {
  const { folder, known, isSame, at } = await story(t);
  fill(at);
  const sound = known();
  writeFileSync(at('more'), '');
  assert.equal(await isSame(sound), false, 'one more');
  rmSync(at('more'));
  renameSync(at('plain'), at('plane'));
  assert.equal(await isSame(sound), false, 'another name');
  renameSync(at('plane'), at('plain'));
  // A rename changes the change time of what was renamed.
  assert.equal(await isSame(known()), true);
  const again = known();
  assert.equal(await isSame({ ...again, stats: again.stats.subarray(statWords) }), false, 'fewer entries than names');
  assert.equal(await isSame({ ...again, names: again.names.subarray(0, -1) }), false, 'the last name has no end');
  assert.equal(await isSame({ ...again, names: Buffer.concat([again.names, Buffer.of(0)]) }), false, 'a name too many');
  rmSync(at('link'));
  assert.equal(await isSame(again), false, 'one less');
  rmSync(folder, { recursive: true });
  assert.equal(await isSame(again), false, 'no folder');
  symlinkSync('.', folder.slice(0, -1));
});

test('entries that do not count are passed over, and file systems count as what they are given as', async (t) => {
  const { known, isSame, at } = await story(t);
  fill(at);
  const sound = known();
  writeFileSync(at('left out'), '');
  assert.equal(await isSame(sound, { counts: (name) => name !== 'left out' }), true);
  assert.equal(await isSame(sound, { counts: (name) => name !== 'plain' }), false);
  rmSync(at('left out'));
  const device = sound.stats[8] ?? 0n;
  const elsewhere = 0xfff_ffff_ffffn;
  const stats = sound.stats.map((word, at) => (at % statWords === 8 ? elsewhere : word));
  assert.equal(await isSame({ ...sound, stats }, { devices: new Map([[device, elsewhere]]) }), true);
  assert.equal(await isSame({ ...sound, stats }, { devices: new Map() }), false);
  assert.equal(await isSame(sound, { devices: new Map([[1n, 2n]]) }), true);
});

test('a folder whose listing takes many calls is looked at in turns', async (t) => {
  const { known, isSame, at } = await story(t);
  for (let n = 0; n < 9000; n += 1) writeFileSync(at(`a rather long name, so that few of them fit ${n}`), '');
  const sound = known();
  let pauses = 0;
  const pause = (): Promise<void> => {
    pauses += 1;
    return Promise.resolve();
  };
  assert.equal(await isSame(sound, { pause }), true);
  assert.ok(pauses > 9000);
  writeFileSync(at('one'), '');
  rmSync(at('a rather long name, so that few of them fit 4711'));
  assert.equal(await isSame(sound), false);
});
