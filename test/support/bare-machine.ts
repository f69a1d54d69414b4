// A machine in a folder that has the programs of this one and nothing else: what an application lays down is all there is.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readlinkSync, symlinkSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../src/base/program.ts';
import { inNamespace } from './debian-machine.ts';

/** Why no such machine can be had here; false when it can. */
export const bareMachineSkip: string | false =
  process.getuid?.() === 0
    ? existsSync('/usr/bin/unshare')
      ? false
      : 'needs unshare'
    : 'needs root: chroot and mounts';

// What programs look up to run at all, under whatever account.
const settings = [
  ...['passwd', 'group', 'nsswitch.conf', 'ld.so.cache', 'os-release', 'alternatives', 'postgresql-common', 'mysql'],
];

/** Makes one in an empty folder. Gives how Orbit of this checkout is run inside, with its data
 *  folder in `/root/orbit`; `/tmp` is that of this machine. */
export function bareMachine(root: string): (...args: string[]) => Promise<string> {
  for (const folder of ['usr', 'etc', 'tmp', 'run', 'var/tmp', 'root', 'mnt/orbit'])
    mkdirSync(join(root, folder), { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64'])
    if (lstatSync(`/${name}`, { throwIfNoEntry: false })?.isSymbolicLink() === true)
      symlinkSync(readlinkSync(`/${name}`), join(root, name));
  const there = settings.map((name) => `/etc/${name}`).filter((path) => existsSync(path));
  execFileSync('cp', ['-a', ...there, join(root, 'etc')]);
  const before = `mount --bind -o ro /usr "$root/usr"; mount --bind /tmp "$root/tmp"
mount --bind -o ro '${process.cwd()}' "$root/mnt/orbit"`;
  return async (...args) => {
    const script = 'env HOME=/root ORBIT_HOME=/root/orbit /mnt/orbit/bin/orbit "$@"';
    const result = await runProgram('unshare', [...inNamespace(root, script, before), ...args], { timeoutMs: 120_000 });
    if (result.exitCode === 0) return result.stdout.toString('utf8');
    throw new Error(`orbit ${args.join(' ')}: ${result.stdout.toString('utf8')}${result.stderr}`);
  };
}
