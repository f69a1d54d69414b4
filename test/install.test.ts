// Installing from a checkout: what is written is shown first, and systemd accepts the unit.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { unitText } from '../src/cli/install/unit.ts';
import { cli } from './support/cli.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

test('every step is told before anything is done, into another tree nothing of this machine changes, and removing undoes it', async (context) => {
  const folder = await temporaryFolder(context);
  const dry = await cli(['install', '--dry-run']);
  assert.equal(dry.exitCode, 0);
  assert.deepEqual(
    dry.stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^would /, '')),
    [
      'make the user orbit, who cannot sign in',
      'write /etc/systemd/system/orbit.service',
      'systemctl daemon-reload',
      'systemctl enable --now orbit.service',
    ],
  );
  assert.ok(!existsSync('/etc/systemd/system/orbit.service'));
  const unit = join(folder, 'etc/systemd/system/orbit.service');
  assert.equal((await cli(['install', '--root', folder, '--listen', '127.0.0.1:7000'])).exitCode, 0);
  const text = await readFile(unit, 'utf8');
  assert.match(text, /^ExecStart=\/.*bin\/orbit serve --listen 127\.0\.0\.1:7000$/m);
  await mkdir(join(folder, 'var/lib/orbit'), { recursive: true });
  assert.equal((await cli(['install', '--remove', '--root', folder])).exitCode, 0);
  assert.ok(!existsSync(unit) && existsSync(join(folder, 'var/lib/orbit')), 'data stays');
  assert.equal((await cli(['install', '--remove', '--purge', '--root', folder])).exitCode, 0);
  assert.ok(!existsSync(join(folder, 'var/lib/orbit')));
});

test('systemd understands the unit and finds little to say against it', needs('systemd-analyze'), async (context) => {
  const folder = await temporaryFolder(context);
  const unit = join(folder, 'orbit.service');
  await writeFile(unit, unitText({ program: '/bin/true' }));
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', unit], {
    encoding: 'utf8',
  });
  assert.ok(!/orbit\.service/.test(verified.stderr), verified.stderr);
  const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=25', unit], {
    encoding: 'utf8',
  });
  assert.equal(judged.status, 0, `${judged.stdout.slice(-2000)}${judged.stderr}`);
});

test(
  'systemd understands what the service is allowed beyond its unit, and the unit with it',
  needs('systemd-analyze'),
  async (context) => {
    const folder = await temporaryFolder(context);
    const units = join(folder, 'etc/systemd/system');
    const verify = (): string =>
      spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', join(units, 'orbit.service')], {
        encoding: 'utf8',
      }).stderr;
    await mkdir(units, { recursive: true });
    await writeFile(join(units, 'orbit.service'), unitText({ program: '/bin/true' }));
    const dropIn = join(units, 'orbit.service.d/allowed.conf');
    const odd = join(folder, 'a "folder" of 100 %');
    for (const [given, wanted] of [
      [['--allow', 'mounts'], /^SystemCallFilter=@mount$[^]*^User=root$/m],
      [['--allow', 'btrfs', '--write', odd], /^ReadWritePaths=".*a \\"folder\\" of 100 %%"$/m],
      [['--allow', 'mounts', 'lvm', '--write', '/srv/a', '/srv/b'], /^User=root$/m],
    ] as const) {
      const dry = await cli(['install', '--root', folder, '--dry-run', ...given]);
      assert.match(dry.stdout, wanted);
      const done = await cli(['install', '--root', folder, ...given]);
      assert.equal(done.exitCode, 0, done.stderr);
      assert.match(await readFile(dropIn, 'utf8'), wanted);
      assert.doesNotMatch(verify(), /orbit\.service/);
    }
    assert.doesNotMatch(await readFile(dropIn, 'utf8'), /folder/, 'what was allowed before is not any more');
    // It is read at all.
    const text = await readFile(dropIn, 'utf8');
    await writeFile(dropIn, text.replace('PrivateDevices=no', 'PrivateDevices=perhaps'));
    assert.match(verify(), /orbit\.service\.d\/allowed\.conf.*perhaps/);
    assert.equal((await cli(['install', '--remove', '--root', folder])).exitCode, 0);
    assert.ok(!existsSync(dropIn));
  },
);
