import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cli } from '../../test/support/cli.ts';
import { drillInstance } from '../../test/support/drill-instance.ts';

test('error correction at a destination: runs keep it, damage there is given back', async (context) => {
  const instance = await drillInstance(context);
  const { home, place, source } = instance;
  const orbit = (...args: string[]) => cli(['backup', 'parity', ...args], { home });
  assert.match((await orbit('on')).stderr, /there is no system repository at 'local' yet/);
  await instance.backUp('system');
  assert.match((await orbit('status')).stdout, /system ← local {2}off/);
  assert.match((await orbit('on', '--share', '20%')).stdout, /made [1-9]\d* side file/);
  writeFileSync(join(source, 'more'), Buffer.alloc(200_000, 'more'));
  await instance.backUp('system');
  const covered = /20%: (\d+) of (\d+) files covered/.exec((await orbit('status')).stdout);
  assert.ok(covered !== null && covered[1] === covered[2], 'the run kept side files itself');

  const files = readdirSync(join(place, 'system'), { recursive: true, withFileTypes: true }).filter(
    (file) => file.isFile() && !file.parentPath.includes('parity') && !file.parentPath.endsWith('locks'),
  );
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    rmSync(path);
    writeFileSync(path, bytes);
  }
  const dry = await orbit('repair', '--dry-run', '--json');
  assert.equal((JSON.parse(dry.stdout) as { mended: unknown[] }[])[0]?.mended.length, files.length);
  const mended = await orbit('repair');
  assert.equal(mended.exitCode, 0, mended.stdout);
  await instance.backUp('system');
  assert.match((await orbit('off')).stdout, /removed [1-9]\d* side file/);
  assert.equal(readdirSync(join(place, 'system')).includes('parity'), false);
});
