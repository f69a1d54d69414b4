// A real Debian system in a folder, made with debootstrap once and kept in a cache: PostgreSQL, MariaDB, cron, rsync, ssh.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { hasProgram } from '../../scripts/install-test-tools.ts';
import { runProgram } from '../../src/base/program.ts';

const packages = ['postgresql', 'mariadb-server', 'cron', 'rsync', 'openssh-client', 'ca-certificates'];
const mirror = 'http://deb.debian.org/debian';
const cacheFolder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'orbit-test');
// Another list of packages is another name.
const baseFile = join(cacheFolder, 'debian-bookworm-1.tar');
const bootableFile = join(cacheFolder, 'debian-bookworm-systemd-1.tar');

/** Why no such machine can be had here; false when it can. */
export function debianMissing(): string | false {
  if (process.getuid?.() !== 0) return 'needs root: chroot and mounts';
  const missing = ['debootstrap', 'unshare', 'chroot', 'tar'].filter((program) => !hasProgram(program));
  if (missing.length > 0) return `needs ${missing.join(', ')}`;
  if (spawnSync('unshare', ['--mount', 'true']).status !== 0) return 'needs the right to mount';
  if (existsSync(baseFile) || process.env['ORBIT_TEST_NO_NETWORK'] === undefined) return false;
  return 'needs the network, once';
}

/** Arguments of unshare(1) that run a script in another root, with devices and `before` done.
 *  A mount namespace of its own: whatever happens, nothing of this machine stays reachable below a root that is removed. */
export const inNamespace = (root: string, script: string, before = ''): string[] => [
  '--mount',
  '--propagation',
  'private',
  'sh',
  '-eu',
  '-c',
  `root=$1; shift
mkdir -p "$root/proc" "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in 'null c 1 3' 'zero c 1 5' 'full c 1 7' 'random c 1 8' 'urandom c 1 9'; do mknod -m 666 "$root/dev/"$device; done
mkdir -m 1777 "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
${before}
exec chroot "$root" ${script}`,
  'sh',
  root,
];

/** A system in a folder. */
export class DebianMachine {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Runs a shell script inside. @throws Error with what it printed when it does not end with 0. */
  async sh(script: string): Promise<string> {
    return await this.#inside('sh -eu -c "$1"', [script]);
  }

  /** Runs Orbit of this checkout inside, as root of that machine. */
  async orbit(...args: string[]): Promise<string> {
    mkdirSync(join(this.root, 'mnt/orbit'), { recursive: true });
    const bind = `mount --bind -o ro '${process.cwd()}' "$root/mnt/orbit"`;
    return await this.#inside('env HOME=/root /mnt/orbit/bin/orbit "$@"', args, bind);
  }

  async startServers(): Promise<void> {
    await this.sh(`install -d -o postgres -g postgres /run/postgresql; install -d -o mysql -g mysql /run/mysqld
pg_ctlcluster 15 main start
mariadbd --user=mysql < /dev/null > /dev/null 2>&1 &
for try in $(seq 300); do mariadb-admin --silent ping 2> /dev/null && break; sleep 0.2; done`);
  }

  async stopServers(): Promise<void> {
    await this.sh('pg_ctlcluster 15 main stop; mariadb-admin shutdown');
  }

  async #inside(script: string, args: string[], before?: string): Promise<string> {
    const result = await runProgram('unshare', [...inNamespace(this.root, script, before), ...args], {
      maxOutputBytes: 64 * 1024 * 1024,
      timeoutMs: 600_000,
    });
    if (result.exitCode === 0) return result.stdout.toString('utf8');
    throw new Error(
      `${args.join(' ')} ended with ${result.exitCode}: ${result.stdout.toString('utf8')}${result.stderr}`,
    );
  }
}

// Most of the base, and of no use to whoever needs no database.
const databases = [
  ...['lib/postgresql', 'share/perl', 'share/i18n', 'share/mysql', 'bin/mariadb*', 'bin/my*', 'sbin/mariadbd'].map(
    (part) => `./usr/${part}`,
  ),
  ...['libLLVM*', 'libicudata*', 'libz3*'].map((library) => `./usr/lib/*-linux-gnu/${library}`),
  ...['mysql', 'postgresql'].map((folder) => `./var/lib/${folder}`),
];

/**
 * Lays a fresh system out in an empty folder. The first time this takes minutes and the network. `plain` leaves out what the
 * database servers consist of.
 */
export async function debianMachine(root: string, { plain = false } = {}): Promise<DebianMachine> {
  if (!existsSync(baseFile)) await makeBase();
  return await layOut(root, baseFile, plain ? databases : []);
}

/** The same without database servers and with systemd, to be started (booted-machine.ts). */
export async function bootableMachine(root: string): Promise<DebianMachine> {
  if (!existsSync(bootableFile)) {
    await making(bootableFile, async (folder) => {
      const machine = await debianMachine(folder, { plain: true });
      await machine.sh(`${install} systemd\n${tidy}`);
    });
  }
  return await layOut(root, bootableFile);
}

async function layOut(root: string, file: string, without: string[] = []): Promise<DebianMachine> {
  mkdirSync(root, { recursive: true });
  const left = without.map((pattern) => `--exclude=${pattern}`);
  await must('tar', ['-C', root, '--xattrs', '--xattrs-include=*', ...left, '-xf', file]);
  return new DebianMachine(root);
}

const install = `export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends`;
const tidy = `apt-get clean
rm -rf /var/lib/apt/lists/* /usr/share/doc/* /usr/share/locale/* /usr/share/man/*`;

async function makeBase(): Promise<void> {
  await making(baseFile, async (root) => {
    await must('debootstrap', ['--variant=minbase', `--include=ca-certificates`, 'bookworm', root, mirror]);
    writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    const machine = new DebianMachine(root);
    await machine.sh(`${install} ${packages.join(' ')}
${tidy}
printf "listen_addresses = ''\\n" > /etc/postgresql/15/main/conf.d/test.conf
printf '[mariadbd]\\nskip-networking\\n' > /etc/mysql/mariadb.conf.d/99-test.cnf`);
  });
}

// Makes a system in a folder and keeps it as a file.
async function making(file: string, make: (root: string) => Promise<void>): Promise<void> {
  mkdirSync(cacheFolder, { recursive: true });
  const root = `${file}.making-${process.pid}`;
  try {
    await make(root);
    await must('tar', ['-C', root, '--xattrs', '--xattrs-include=*', '-cf', `${file}.new-${process.pid}`, '.']);
    renameSync(`${file}.new-${process.pid}`, file);
  } finally {
    // The mounts of its namespace are gone with the programs in it; nothing else is below this folder.
    rmSync(root, { recursive: true, force: true });
  }
}

async function must(program: string, args: string[]): Promise<void> {
  const { exitCode, stderr, stdout } = await runProgram(program, args, { timeoutMs: 900_000 });
  if (exitCode !== 0)
    throw new Error(`${program} ended with ${exitCode}: ${stdout.toString('utf8').slice(-2000)}${stderr}`);
}
