import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { readFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { randomBytesOf } from '../../test/support/random-bytes.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { pageMemory, sharedPageMemory } from '../base/page-memory.ts';
import { canWriteDirectly, DirectWriter } from './direct-file.ts';

const mebibyte = 1024 * 1024;
const onlyDirect = { skip: !canWriteDirectly(statfsSync(tmpdir())) && 'the page cache is taken on this file system' };

test('what is written is what lies in memory, wherever it begins and ends', onlyDirect, async (t) => {
  const folder = await temporaryFolder(t);
  assert.ok(canWriteDirectly(await statfs(folder)));
  const writer = new DirectWriter();
  const sample = randomBytesOf('direct', 9 * mebibyte + 8192);
  const room = sample.length + 8192;
  const memories = [pageMemory(room), sharedPageMemory(room), new Uint8Array(room)];
  for (const [number, memory] of memories.entries())
    for (const start of [0, 1, 16, 512, 4096])
      for (const length of [mebibyte, mebibyte + 1, 4 * mebibyte, 5 * mebibyte - 1, 9 * mebibyte + 4095]) {
        assert.ok(memory !== undefined);
        memory.set(sample);
        const bytes = memory.subarray(start, start + length);
        const path = join(folder, `${number}-${start}-${length}`);
        assert.equal(await writer.write(path, bytes, undefined), true);
        assert.ok((await readFile(path)).equals(sample.subarray(start, start + length)), path);
        await rm(path);
      }
});
