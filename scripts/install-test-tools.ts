// Installs the programs the tests judge us by. Not root, or not Debian: installs nothing and says what is missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Program → Debian package that brings it. Suites ask for programs by name (test/support/tools.ts). */
const packages: Record<string, string> = {
  restic: 'restic',
  age: 'age',
  'keepassxc-cli': 'keepassxc',
  rsync: 'rsync',
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  smbd: 'samba',
  smbclient: 'smbclient',
  setfacl: 'acl',
  setfattr: 'attr',
  openssl: 'openssl',
  'syslog-ng': 'syslog-ng-core',
  aiosmtpd: 'python3-aiosmtpd',
  chromium: 'chromium',
  debootstrap: 'debootstrap',
};

// apt would take the first away to install the second: nobody's logging is worth a test.
const standsInTheWay: Record<string, string> = { 'syslog-ng': 'rsyslogd' };

/** True when the program is on the PATH or where Debian keeps servers. */
export function hasProgram(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return program !== '' && folders.some((folder) => folder !== '' && existsSync(join(folder, program)));
}

/** Installs what is missing where that is possible. Returns the programs that are missing afterwards. */
export function installTestTools(): string[] {
  const missing = (): string[] => Object.keys(packages).filter((program) => !hasProgram(program));
  if (missing().length === 0) return [];
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !hasProgram('apt-get')) {
    console.log(`test tools: not installed, because ${isRoot ? 'this is not Debian' : 'only root may'}`);
    return missing();
  }
  const installable = missing().filter((program) => !hasProgram(standsInTheWay[program] ?? ''));
  if (installable.length === 0) return missing();
  const wanted = [...new Set(installable.map((program) => packages[program] ?? program))];
  console.log(`test tools: installing ${wanted.join(' ')}`);
  const apt = (args: string[]): void => {
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  };
  apt(['update', '-qq']);
  apt(['install', '-y', '-qq', '--no-install-recommends', ...wanted]);
  return missing();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const left = installTestTools();
  console.log(left.length === 0 ? 'test tools: all there' : `test tools: missing ${left.join(' ')}`);
}
