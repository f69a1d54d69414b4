// Packages are being installed when the recovery, or dpkg itself, is killed: the same command ends as an undisturbed one.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runProgram } from '../src/base/program.ts';
import { cli } from './support/cli.ts';
import { type DebianMachine, debianMachine, debianMissing } from './support/debian-machine.ts';
import { killedEverywhere, sweepSkip } from './support/killed-everywhere.ts';
import { buildPackages, onlyThatSource, type ProbePackage } from './support/package-source.ts';
import { backUpPackages, recoverFrom } from './support/packages-backup.ts';
import { rpmSite, rpmSkip } from './support/rpm-site.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

interface Site {
  folder: string;
  /** A Debian system that lacks the packages of the old one; its source offers them. */
  fresh: DebianMachine;
  /** Arguments that recover into it. */
  args: string[];
}

async function site(context: TestContext, packages: readonly ProbePackage[]): Promise<Site> {
  const folder = await temporaryFolder(context);
  const old = await debianMachine(join(folder, 'old'), { plain: true });
  const fresh = await debianMachine(join(folder, 'new'), { plain: true });
  await buildPackages(old, packages);
  for (const machine of [old, fresh]) await machine.sh(onlyThatSource);
  cpSync(join(old.root, 'srv/source'), join(fresh.root, 'srv/source'), { recursive: true });
  await old.sh(
    'cd /srv/source; dpkg -i *.deb > /dev/null; apt-mark auto probe-library > /dev/null; rm -f /srv/started',
  );
  await backUpPackages(old.root, (...args) => old.orbit(...args));
  const args = [...recoverFrom(old.root), '--target', fresh.root, '--yes', '--install-packages'];
  return { folder, fresh, args };
}

async function judge(machine: DebianMachine, moment: string): Promise<void> {
  const is =
    "dpkg-query -W -f='${Package} ${db:Status-Abbrev}\\n' 'probe-*'; apt-mark showauto 'probe-*'; dpkg --audit";
  assert.equal(await machine.sh(is), 'probe-app ii \nprobe-library ii \nprobe-library\n', moment);
  assert.equal(readFileSync(join(machine.root, 'srv/data/kept'), 'utf8'), 'kept', moment);
  const left = ['srv/started', 'usr/sbin/policy-rc.d', '.orbit-recover.json'];
  assert.deepEqual(
    left.filter((path) => existsSync(join(machine.root, path))),
    [],
    moment,
  );
}

const skip = debianMissing() || sweepSkip;

test('packages are installed, and the files are back, after a kill at any moment of the recovery', {
  skip,
  timeout: 1_200_000,
}, async (context) => {
  const { folder, fresh, args } = await site(context, [
    { name: 'probe-app', control: 'Depends: probe-library\n', postinst: 'invoke-rc.d probe start; true' },
    { name: 'probe-library' },
  ]);
  const moments = await killedEverywhere({
    args,
    folder,
    every: 4,
    async reset() {
      await fresh.sh('dpkg -P probe-app probe-library > /dev/null 2>&1; rm -rf /srv/data /srv/started');
    },
    async judge(said, moment) {
      assert.match(said, /packages installed: 2/, moment);
      await judge(fresh, moment);
    },
  });
  context.diagnostic(`${moments.length} moments`);
});

// Once, where apt installs, the script ends the apt-get and the dpkg that run it, as a power cut would.
const cut = (file: string): string => `test -e ${file} && exit 0
parent=$(cut -d' ' -f4 /proc/$PPID/stat)
test "$(cat /proc/$parent/comm)" = apt-get || exit 0
touch ${file}; kill -9 $parent $PPID`;

test('a dpkg that was cut off while it unpacked or configured is gone on with by the same command', {
  skip,
  timeout: 300_000,
}, async (context) => {
  const { fresh, args } = await site(context, [
    { name: 'probe-app', control: 'Depends: probe-library\n', postinst: cut('/srv/cut-postinst') },
    { name: 'probe-library', preinst: cut('/srv/cut-preinst') },
  ]);
  for (const script of ['preinst', 'postinst']) {
    const { exitCode, stderr } = await cli(args);
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /recovery\.packages-not-installed/);
    assert.ok(existsSync(join(fresh.root, `srv/cut-${script}`)));
  }
  const { exitCode, stdout, stderr } = await cli(args);
  assert.equal(exitCode, 0, `${stdout}${stderr}`);
  await judge(fresh, 'cut twice');
});

test('packages of rpm are installed by dnf, and the files are back, after a kill at any moment of the recovery', {
  skip: rpmSkip || sweepSkip,
  timeout: 1_200_000,
}, async (context) => {
  const folder = await temporaryFolder(context);
  const target = join(folder, 'new');
  const { args, env, mounts } = await rpmSite(join(folder, 'old'), target);
  const inside = async (script: string): Promise<string> => {
    const chrooted = `${mounts}; exec chroot '${target}' sh -eu -c "$1"`;
    const shell = ['--mount', '--propagation', 'private', 'sh', '-eu', '-c', chrooted, 'sh', script];
    const { exitCode, stdout, stderr } = await runProgram('unshare', shell, { env, timeoutMs: 60_000 });
    assert.equal(exitCode, 0, stderr);
    return stdout.toString();
  };
  const moments = await killedEverywhere({
    args: [...args, '--yes', '--install-packages'],
    folder,
    env,
    mounts,
    exitCode: 3,
    every: 6,
    async reset() {
      await inside(
        'for name in probe-app probe-library; do rpm -q $name > /dev/null && rpm -e --nodeps $name; done; true',
      );
      rmSync(join(target, 'srv/data'), { recursive: true, force: true });
    },
    async judge(said, moment) {
      assert.match(said, /packages that no source here has: probe-gone\.noarch/, moment);
      assert.match(said, /packages installed: 2/, moment);
      // Each once: a transaction that was cut off may leave two of a name.
      assert.equal(await inside('rpm -qa | sort'), 'probe-app-1.2-3.noarch\nprobe-library-1.2-3.noarch\n', moment);
      assert.equal(await inside('rpm -V probe-app probe-library; cat /opt/probe/app'), 'app\n', moment);
      assert.equal(readFileSync(join(target, 'srv/data/kept'), 'utf8'), 'kept', moment);
      assert.ok(!existsSync(join(target, '.orbit-recover.json')), moment);
    },
  });
  context.diagnostic(`${moments.length} moments`);
});
