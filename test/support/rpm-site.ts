// A machine with packages of rpm, backed up, and another that lacks them and has a source of most: dnf installs without a network.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../src/base/program.ts';
import { bareMachine, bareMachineSkip } from './bare-machine.ts';
import { backUpPackages, recoverFrom } from './packages-backup.ts';
import { needs } from './tools.ts';

/** Why there is none here; false when there is. */
export const rpmSkip = bareMachineSkip || needs('rpm', 'rpmbuild', 'dnf', 'createrepo_c').skip;

/** How Orbit recovers the one from the other. */
export interface RpmSite {
  args: string[];
  env: Record<string, string>;
  /** Shell lines that give the target its programs: those of this machine. */
  mounts: string;
}

/** Makes both in empty folders: `probe-app` needs `probe-library`, and `probe-gone` is offered by nobody any more. */
export async function rpmSite(oldRoot: string, target: string): Promise<RpmSite> {
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
  return {
    args: [...recoverFrom(oldRoot), '--target', target],
    env: { HOME: '/root' },
    // Its `/usr` itself is the target's own: what comes back sets its times.
    mounts: `for each in /usr/*; do
  if [ "$each" != /usr/local ]; then mkdir -p "${target}$each"; mount --bind -o ro "$each" "${target}$each"; fi
done`,
  };
}

async function must(command: string, ...args: string[]): Promise<void> {
  const { exitCode, stderr, stdout } = await runProgram(command, args, { timeoutMs: 300_000 });
  assert.equal(exitCode, 0, `${command}: ${stdout.toString()}${stderr}`);
}
