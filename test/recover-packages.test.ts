// A backup of folders goes onto another installation, whose own package manager brings the programs first: the whole command.
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runProgram } from '../src/base/program.ts';
import { bareMachine, bareMachineSkip } from './support/bare-machine.ts';
import { cli } from './support/cli.ts';
import { debianMachine, debianMissing } from './support/debian-machine.ts';
import { backUpPackages, recoverFrom } from './support/packages-backup.ts';
import { buildPackages, onlyThatSource } from './support/package-source.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { needs } from './support/tools.ts';

async function must(command: string, ...args: string[]): Promise<void> {
  const { exitCode, stderr, stdout } = await runProgram(command, args, { timeoutMs: 300_000 });
  assert.equal(exitCode, 0, `${command}: ${stdout.toString()}${stderr}`);
}

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

const rpmTools = needs('rpm', 'rpmbuild', 'dnf', 'createrepo_c');

test('on a system with rpm, packages that are missing are installed by its dnf', {
  skip: bareMachineSkip || rpmTools.skip,
  timeout: 300_000,
}, async (context) => {
  const [oldRoot, target] = await folders(context);
  const oldOrbit = bareMachine(oldRoot);
  const build = join(oldRoot, 'srv/build');
  mkdirSync(build, { recursive: true });
  const spec = `Name: probe-app
Version: 1.2
Release: 3
Summary: probe
License: none
BuildArch: noarch
Requires: probe-library
%description
probe
%install
mkdir -p %{buildroot}/opt/probe; echo app > %{buildroot}/opt/probe/app
%files
/opt/probe/app
%package -n probe-library
Summary: probe
%description -n probe-library
probe
%files -n probe-library
%package -n probe-gone
Summary: probe
%description -n probe-gone
probe
%files -n probe-gone
`;
  writeFileSync(join(build, 'probe.spec'), spec);
  await must('rpmbuild', '-bb', '--quiet', '--define', `_topdir ${build}`, join(build, 'probe.spec'));
  const made = join(build, 'RPMS/noarch');
  const files = ['probe-app', 'probe-library', 'probe-gone'].map((name) => join(made, `${name}-1.2-3.noarch.rpm`));
  // Debian's rpm has its list of packages in the home folder; programs of a machine run as root's.
  await must('env', 'HOME=/root', 'rpm', '--root', oldRoot, '-i', ...files);
  await backUpPackages(oldRoot, oldOrbit);

  bareMachine(target);
  cpSync('/etc/dnf', join(target, 'etc/dnf'), { recursive: true });
  cpSync(made, join(target, 'srv/packages'), { recursive: true, filter: (path) => !path.includes('probe-gone') });
  await must('createrepo_c', '-q', join(target, 'srv/packages'));
  mkdirSync(join(target, 'etc/yum.repos.d'));
  writeFileSync(
    join(target, 'etc/yum.repos.d/here.repo'),
    '[here]\nname=here\nbaseurl=file:///srv/packages\ngpgcheck=0\n',
  );
  // Its programs are those of this machine, in a mount namespace of its own.
  const bound = `mkdir "$1.upper" "$1.work" 2> /dev/null || true
mount -t overlay -o "lowerdir=/usr,upperdir=$1.upper,workdir=$1.work" overlay "$1/usr"; shift; exec "$@"`;
  const orbit = [join(process.cwd(), 'bin/orbit'), ...recoverFrom(oldRoot), '--target', target];
  const recover = (...args: string[]) =>
    runProgram(
      'unshare',
      [
        '--mount',
        '--propagation',
        'private',
        'env',
        'HOME=/root',
        'sh',
        '-eu',
        '-c',
        bound,
        'sh',
        target,
        ...orbit,
        ...args,
      ],
      { timeoutMs: 200_000 },
    );
  const planned = await recover('--dry-run');
  assert.match(planned.stdout.toString(), /packages: 3 missing.*probe-app\.noarch/, planned.stderr);
  const done = await recover('--yes', '--install-packages');
  assert.match(done.stdout.toString(), /INSTALLED FIRST, by dnf: 3 packages[^]*packages installed: 2/, done.stderr);
  assert.match(done.stdout.toString() + done.stderr, /packages that no source here has: probe-gone\.noarch/);
  assert.equal(done.exitCode, 3, done.stderr);
  assert.equal(readFileSync(join(target, 'opt/probe/app'), 'utf8'), 'app\n');
  assert.equal(readFileSync(join(target, 'srv/data/kept'), 'utf8'), 'kept');
});
