// A backup of folders goes onto another installation, whose own package manager brings the programs first: the whole command.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runProgram } from '../src/base/program.ts';
import { cli } from './support/cli.ts';
import { debianMachine, debianMissing } from './support/debian-machine.ts';
import { backUpPackages, recoverFrom } from './support/packages-backup.ts';
import { buildPackages, onlyThatSource } from './support/package-source.ts';
import { rpmSite, rpmSkip } from './support/rpm-site.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

async function folders(context: TestContext): Promise<[old: string, target: string]> {
  const folder = await temporaryFolder(context);
  return [join(folder, 'old'), join(folder, 'new')];
}

test('on a Debian system, packages that are missing are installed by its apt before the files come back', {
  skip: debianMissing(),
  timeout: 600_000,
}, async (context) => {
  const [oldRoot, target] = await folders(context);
  const old = await debianMachine(oldRoot, { plain: true });
  const packages = [
    { name: 'probe-app', control: 'Depends: probe-library\n', postinst: 'invoke-rc.d probe start; true' },
    { name: 'probe-library' },
    { name: 'probe-gone' },
  ];
  await buildPackages(old, packages, ['probe-app', 'probe-library']);
  // More names than a small answer holds, as Debian's own sources have.
  const many = Array.from(
    { length: 70_000 },
    (_, at) =>
      `Package: filler-of-the-list-${at}\nVersion: 1\nArchitecture: all\nFilename: ./x\nSize: 1\nMD5sum: ${'0'.repeat(32)}\n\n`,
  );
  const source = join(old.root, 'srv/source');
  appendFileSync(join(source, 'Packages'), many.join(''));
  await old.sh(`cd /srv/source
dpkg -i probe-library.deb probe-app.deb probe-gone.deb > /dev/null; apt-mark auto probe-library > /dev/null`);
  await backUpPackages(old.root, (...args) => old.orbit(...args));

  const fresh = await debianMachine(target, { plain: true });
  cpSync(source, join(target, 'srv/source'), { recursive: true });
  await fresh.sh(onlyThatSource);
  const recover = (...args: string[]) => cli([...recoverFrom(old.root), '--target', target, ...args]);
  const planned = await recover('--dry-run');
  assert.match(planned.stdout, /packages: 3 missing.*probe-app:all/, planned.stderr);
  assert.doesNotMatch(planned.stdout, /INSTALLED FIRST/);
  const done = await recover('--yes', '--install-packages');
  assert.match(done.stdout, /INSTALLED FIRST, by apt-get: 3 packages/);
  assert.match(done.stdout + done.stderr, /packages that no source here has: probe-gone:all/);
  assert.match(done.stdout, /packages installed: 2/, done.stderr);
  // What could not be had makes it partial.
  assert.equal(done.exitCode, 3, done.stderr);
  assert.equal(readFileSync(join(target, 'srv/data/kept'), 'utf8'), 'kept');
  const states = await fresh.sh(
    "dpkg-query -W -f='${Package} ${Version} ${db:Status-Abbrev}\\n' 'probe-*'; apt-mark showauto 'probe-*'",
  );
  assert.equal(states, 'probe-app 1.2 ii \nprobe-library 1.2 ii \nprobe-library\n');
  assert.ok(!existsSync(join(target, 'srv/started')) && !existsSync(join(target, 'usr/sbin/policy-rc.d')));
  // A second time there is nothing to do but what cannot be done.
  assert.match((await recover('--dry-run')).stdout, /packages: 1 missing.*probe-gone:all/);
});

test('on a system with rpm, packages that are missing are installed by its dnf', {
  skip: rpmSkip,
  timeout: 300_000,
}, async (context) => {
  const [oldRoot, target] = await folders(context);
  const { args, mounts, env } = await rpmSite(oldRoot, target);
  const inTarget = ['--mount', '--propagation', 'private', 'sh', '-eu', '-c', `${mounts}; exec "$@"`, 'sh'];
  const orbit = join(process.cwd(), 'bin/orbit');
  const recover = (...more: string[]) =>
    runProgram('unshare', [...inTarget, orbit, ...args, ...more], { env, timeoutMs: 200_000 });
  const planned = await recover('--dry-run');
  assert.match(planned.stdout.toString(), /packages: 3 missing.*probe-app\.noarch/, planned.stderr);
  const done = await recover('--yes', '--install-packages');
  assert.match(done.stdout.toString(), /INSTALLED FIRST, by dnf: 3 packages[^]*packages installed: 2/, done.stderr);
  assert.match(done.stdout.toString() + done.stderr, /packages that no source here has: probe-gone\.noarch/);
  assert.equal(done.exitCode, 3, done.stderr);
  assert.equal(readFileSync(join(target, 'opt/probe/app'), 'utf8'), 'app\n');
  assert.equal(readFileSync(join(target, 'srv/data/kept'), 'utf8'), 'kept');
});
