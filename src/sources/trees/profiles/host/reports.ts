// What a machine says of itself, as texts in the snapshot: readable without Orbit, compared by a plan of recovery.
import { type Note, note, reasonOf } from '../../../../base/note.ts';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isFailure, systemErrorCode } from '../../../../base/failure.ts';
import { runProgram } from '../../../../base/program.ts';
import { together } from '../../../../base/together.ts';

/** One text: what `command` prints, or what `read` gives. Those of programs that are not there are left out. */
interface Report {
  file: string;
  command?: string;
  args?: string[];
  read?: () => Promise<string | undefined>;
}

const reportMsMax = 60_000;
const reportBytesMax = 64 * 1024 * 1024;

const reports: Report[] = [
  {
    file: 'packages.tsv',
    command: 'dpkg-query',
    args: ['-W', '-f=${Package}:${Architecture}\t${Version}\t${db:Status-Abbrev}\n'],
  },
  { file: 'packages-by-hand.txt', command: 'apt-mark', args: ['showmanual'] },
  {
    file: 'packages-rpm.txt',
    command: 'rpm',
    args: ['-qa', '--queryformat', '%{NAME}.%{ARCH}\t%{VERSION}-%{RELEASE}\n'],
  },
  { file: 'packages-held.txt', command: 'apt-mark', args: ['showhold'] },
  { file: 'packages-snap.txt', command: 'snap', args: ['list'] },
  { file: 'packages-flatpak.txt', command: 'flatpak', args: ['list'] },
  { file: 'architectures.txt', command: 'dpkg', args: ['--print-foreign-architectures'] },
  { file: 'package-sources.txt', read: packageSources },
  { file: 'users.txt', command: 'getent', args: ['passwd'] },
  { file: 'groups.txt', command: 'getent', args: ['group'] },
  { file: 'mounts.txt', read: () => readFile('/proc/self/mountinfo', 'utf8') },
  { file: 'disks.json', command: 'lsblk', args: ['--json', '--bytes', '--output-all'] },
  { file: 'partitions.txt', read: partitions },
  { file: 'swap.txt', read: () => readFile('/proc/swaps', 'utf8') },
  { file: 'raid.txt', command: 'mdadm', args: ['--detail', '--scan'] },
  { file: 'physical-volumes.txt', command: 'pvs', args: ['--units', 'b'] },
  { file: 'volume-groups.txt', command: 'vgs', args: ['--units', 'b'] },
  { file: 'logical-volumes.txt', command: 'lvs', args: ['--all', '--units', 'b'] },
  { file: 'zfs.txt', command: 'zfs', args: ['get', '-H', '-s', 'local,received', 'all'] },
  { file: 'addresses.json', command: 'ip', args: ['-json', 'address'] },
  { file: 'routes.json', command: 'ip', args: ['-json', 'route', 'show', 'table', 'all'] },
  { file: 'rules.json', command: 'ip', args: ['-json', 'rule'] },
  { file: 'name-servers.txt', read: () => texts('/etc', /\/resolv\.conf$/, 0) },
  { file: 'firewall-legacy.txt', command: 'iptables-save' },
  { file: 'firewall.txt', command: 'nft', args: ['list', 'ruleset'] },
  { file: 'listening.txt', command: 'ss', args: ['--no-header', '-lntup'] },
  { file: 'kernel-command-line.txt', read: () => readFile('/proc/cmdline', 'utf8') },
  { file: 'kernel-modules.txt', read: () => readFile('/proc/modules', 'utf8') },
  { file: 'kernel-settings.txt', command: 'sysctl', args: ['-a', '-e'] },
  { file: 'boot.txt', command: 'efibootmgr', args: ['-v'] },
  { file: 'units.txt', command: 'systemctl', args: ['list-unit-files', '--no-pager', '--no-legend'] },
  {
    file: 'units-running.txt',
    command: 'systemctl',
    args: ['list-units', '--state=running', '--no-pager', '--no-legend', '--plain'],
  },
  { file: 'timers.txt', command: 'systemctl', args: ['list-timers', '--all', '--no-pager'] },
  { file: 'crontabs.txt', read: crontabs },
  { file: 'containers-docker.json', command: 'docker', args: ['ps', '--all', '--no-trunc', '--format', '{{json .}}'] },
  { file: 'containers-podman.json', command: 'podman', args: ['ps', '--all', '--no-trunc', '--format', 'json'] },
  { file: 'containers-docker-definitions.json', read: () => definitions('docker') },
  { file: 'containers-podman-definitions.json', read: () => definitions('podman') },
  {
    file: 'images-docker.json',
    command: 'docker',
    args: ['images', '--digests', '--no-trunc', '--format', '{{json .}}'],
  },
  { file: 'images-podman.json', command: 'podman', args: ['images', '--no-trunc', '--format', 'json'] },
  { file: 'machines.txt', command: 'machinectl', args: ['list-images', '--no-pager', '--no-legend'] },
  { file: 'signed-in.txt', command: 'who', args: ['--all'] },
  { file: 'sign-ins.txt', command: 'last', args: ['-F', '-w', '-n', '10000'] },
];

/** A text of the machine, and its name in the snapshot. */
export interface MachineText {
  file: string;
  text: string;
}

/** All of them. What a program could not say is told in `notes`, and nothing else suffers. */
export async function machineTexts(signal?: AbortSignal): Promise<{ texts: MachineText[]; notes: Note[] }> {
  const notes: Note[] = [];
  const made = await together(reports, 4, async ({ file, command, args = [], read }): Promise<MachineText[]> => {
    try {
      if (command === undefined) {
        const text = await read?.();
        return text === undefined ? [] : [{ file, text }];
      }
      const result = await runProgram(command, args, {
        timeoutMs: reportMsMax,
        maxOutputBytes: reportBytesMax,
        ...(signal === undefined ? {} : { signal }),
      });
      // Without systemd, a kernel with EFI, or the right to look, there is nothing to tell.
      if (result.exitCode !== 0 && result.stdout.length === 0) return [];
      return [{ file, text: result.stdout.toString('utf8') }];
    } catch (error) {
      signal?.throwIfAborted();
      const isAbsent = isFailure(error, 'program.not-found') || systemErrorCode(error) === 'ENOENT';
      if (!isAbsent) notes.push(note('profiles.machine-facts', { file, reason: reasonOf(error) }));
      return [];
    }
  });
  return { texts: made.flat(), notes };
}

// apt's sources and pins, and the sources of other package managers.
async function packageSources(): Promise<string> {
  const parts = [await texts('/etc/apt', /(^|\/)(sources\.list|preferences|.*\.(list|sources|pref))$/)];
  parts.push(await texts('/etc/apt/preferences.d', /./));
  for (const folder of ['/etc/yum.repos.d', '/etc/zypp/repos.d']) parts.push(await texts(folder, /\.repo$/));
  return parts.join('');
}

// What each container was made of: image, commands, variables, volumes, networks. Undefined where nobody answers.
async function definitions(program: 'docker' | 'podman'): Promise<string | undefined> {
  const ids = await linesOf(program, ['ps', '--all', '--quiet', '--no-trunc']);
  if (ids === undefined || ids.length === 0) return undefined;
  return (await linesOf(program, ['inspect', ...ids]))?.join('\n');
}

// The tables of all disks, as sfdisk takes them back.
async function partitions(): Promise<string | undefined> {
  const disks = await linesOf('lsblk', ['--nodeps', '--noheadings', '--paths', '--output', 'NAME,TYPE']);
  const tables: string[] = [];
  for (const line of disks ?? []) {
    const [name = '', type] = line.split(/\s+/);
    if (type === 'disk') tables.push(...((await linesOf('sfdisk', ['--dump', name])) ?? []), '');
  }
  return tables.length === 0 ? undefined : tables.join('\n');
}

async function linesOf(command: string, args: string[]): Promise<string[] | undefined> {
  const limits = { timeoutMs: reportMsMax, maxOutputBytes: reportBytesMax };
  const { exitCode, stdout } = await runProgram(command, args, limits);
  if (exitCode !== 0) return undefined;
  return stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}

async function crontabs(): Promise<string> {
  const parts = [await texts('/etc', /(^|\/)(crontab|anacrontab)$/, 0), await texts('/etc/cron.d', /./)];
  parts.push(await texts('/var/spool/cron', /./));
  return parts.join('');
}

// Small text files below a folder, each under a line with its path.
async function texts(folder: string, wanted: RegExp, depth = 2): Promise<string> {
  let all = '';
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth > 0) all += await texts(path, wanted, depth - 1);
    else if ((entry.isFile() || entry.isSymbolicLink()) && wanted.test(path))
      all += `# ${path}\n${await readFile(path, 'utf8').catch(() => '')}\n`;
  }
  return all;
}
