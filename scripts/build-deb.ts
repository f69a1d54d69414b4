// Builds the Debian package: `node scripts/build-deb.ts [FOLDER]`. It holds the program, its own Node and what `npm ci` brought
// of production dependencies, so that installing it asks no network. The console must be built (`npm ci` does that).
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { commands } from '../src/cli/commands.ts';
import { serviceHome, serviceUser, unitName, unitText } from '../src/cli/install/unit.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const nodePackage = `node_modules/node-linux-${process.arch}`;

interface Lock {
  packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
}

/** Builds the package into `folder` and gives its file. */
export function buildDeb(folder: string, compression = 'xz'): string {
  const stage = mkdtempSync(join(tmpdir(), 'orbit-deb-'));
  try {
    stageDeb(stage);
    return packDeb(stage, folder, { compression });
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/** Lays the program out in an empty folder as it lies on a machine. */
export function stageDeb(stage: string): void {
  if (!existsSync(join(root, 'web/console/dist/index.html'))) throw new Error('the console is not built: run npm ci');
  stageProgram(join(stage, 'usr/lib/orbit'));
  mkdirSync(join(stage, 'usr/bin'), { recursive: true });
  symlinkSync('../lib/orbit/bin/orbit', join(stage, 'usr/bin/orbit'));
  write(stage, `usr/lib/systemd/system/${unitName}`, unitText({ program: '/usr/bin/orbit' }));
}

/** Makes a package of what was laid out. `revision` is what Debian calls a later build of the same version. */
export function packDeb(stage: string, folder: string, { compression = 'xz', revision = '' } = {}): string {
  const program = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const version = `${program.version}${revision}`;
  stageDocuments(stage, version);
  stageControl(stage, version);
  execFileSync('find', [stage, '-type', 'd', '-exec', 'chmod', '755', '{}', '+']);
  execFileSync('find', [stage, '-type', 'f', '-exec', 'chmod', '644', '{}', '+']);
  const programs = [
    ...['postinst', 'prerm', 'postrm'].map((script) => `DEBIAN/${script}`),
    ...['bin/orbit', `${nodePackage}/bin/node`].map((file) => `usr/lib/orbit/${file}`),
  ];
  for (const file of programs) execFileSync('chmod', ['755', join(stage, file)]);
  write(stage, 'DEBIAN/md5sums', checksums(stage));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `orbit_${version}_${architecture}.deb`);
  const how = [`-Z${compression}`, ...(compression === 'none' ? [] : ['-z1'])];
  execFileSync('dpkg-deb', ['--root-owner-group', ...how, '--build', stage, file], { stdio: 'pipe' });
  return file;
}

// By these `dpkg --verify` knows whether a file is still what was installed.
function checksums(stage: string): string {
  const isFile = (path: string): boolean => lstatSync(join(stage, path)).isFile();
  return globSync('usr/**', { cwd: stage })
    .filter(isFile)
    .sort()
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(stage, path)))
          .digest('hex')}  ${path}\n`,
    )
    .join('');
}

function stageProgram(target: string): void {
  for (const part of ['bin', 'package.json', 'LICENSE', 'web/console/dist', 'deploy']) copy(part, target);
  // Tests stay behind, and what only builds uses.
  for (const file of globSync('src/**/*', { cwd: root })) {
    if (/\.test\.ts$|\/assembly\//.test(file) || lstatSync(join(root, file)).isDirectory()) continue;
    copy(file, target);
  }
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  for (const [path, { dev, devOptional }] of Object.entries(lock.packages)) {
    if (path === '' || dev === true || devOptional === true || !existsSync(join(root, path))) continue;
    if (path === nodePackage)
      for (const part of ['bin/node', 'LICENSE', 'package.json']) copy(`${path}/${part}`, target);
    else copy(path, target);
  }
}

function copy(part: string, target: string): void {
  const to = join(target, part);
  mkdirSync(dirname(to), { recursive: true });
  // What npm keeps below a package is in the lockfile by itself; what packages test and measure themselves with is of no use.
  const isNested = (from: string): boolean =>
    /\/(node_modules|tests?|__tests__|coverage|spec|integration|benchmarks?|musl_\w+|bin\.js|bin|cnoke\.cjs|index\.html|\.\w[^/]*)(\/|$)/.test(
      from.slice(join(root, part).length),
    ) && part.startsWith('node_modules/');
  cpSync(join(root, part), to, { recursive: true, dereference: false, filter: (from) => !isNested(from) });
}

function stageDocuments(stage: string, version: string): void {
  const folder = 'usr/share/doc/orbit';
  const license = readFileSync(join(root, 'LICENSE'), 'utf8');
  write(
    stage,
    `${folder}/copyright`,
    `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: orbit

Files: *
Copyright: 2026, the Orbit authors
License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.
 Each package below /usr/lib/orbit/node_modules has its own license file.
`,
  );
  if (!license.includes('Apache')) throw new Error('the LICENSE is another one than the package says');
  const date = execFileSync('date', ['-R', '-u', '-d', '2026-11-26'], { encoding: 'utf8' }).trim();
  const changelog = `orbit (${version}) unstable; urgency=medium\n\n  * See CHANGELOG.md.\n\n -- Orbit <orbit@packages.debian.org>  ${date}\n`;
  mkdirSync(join(stage, folder), { recursive: true });
  writeFileSync(join(stage, folder, 'changelog.gz'), gzipSync(changelog, { level: 9 }));
  // Node is as its authors built it, and the libraries inside are how it comes.
  write(
    stage,
    'usr/share/lintian/overrides/orbit',
    ['embedded-library', 'unstripped-binary-or-object', 'hardening-no-pie']
      .concat('script-not-executable [usr/lib/orbit/node_modules/*]')
      .map((tag) => `orbit: ${tag}\n`)
      .join(''),
  );
  mkdirSync(join(stage, 'usr/share/man/man1'), { recursive: true });
  writeFileSync(join(stage, 'usr/share/man/man1/orbit.1.gz'), gzipSync(manualPage(version), { level: 9 }));
  cpSync(join(root, 'CHANGELOG.md'), join(stage, folder, 'NEWS'));
}

function stageControl(stage: string, version: string): void {
  write(
    stage,
    'DEBIAN/control',
    `Package: orbit
Version: ${version}
Architecture: ${architecture}
Maintainer: Orbit <orbit@packages.debian.org>
Section: admin
Priority: optional
Depends: libc6 (>= 2.28), libstdc++6, passwd, init-system-helpers (>= 1.54)
Recommends: rsync, openssh-client, ca-certificates
Suggests: cifs-utils, nfs-common, age, restic
Description: break-glass and disaster-recovery backup
 Orbit keeps a privileged-access system recoverable: it makes backups of
 secrets, systems and session recordings, proves that they open, and gets
 people back in on the day everything else is gone.
`,
  );
  write(
    stage,
    'DEBIAN/postinst',
    `#!/bin/sh
set -e
if [ "$1" = configure ]; then
  getent passwd ${serviceUser} >/dev/null || useradd --system --user-group --home-dir ${serviceHome} --no-create-home --shell /usr/sbin/nologin ${serviceUser}
  # Enabled at the first installation, also in an image that boots later; who disabled it is not overruled by an upgrade.
  deb-systemd-helper unmask ${unitName} >/dev/null || true
  if deb-systemd-helper --quiet was-enabled ${unitName}; then
    deb-systemd-helper enable ${unitName} >/dev/null || true
  else
    deb-systemd-helper update-state ${unitName} >/dev/null || true
  fi
  if [ -d /run/systemd/system ]; then
    systemctl --system daemon-reload >/dev/null || true
    deb-systemd-invoke start ${unitName} >/dev/null || true
  fi
fi
`,
  );
  write(
    stage,
    'DEBIAN/prerm',
    `#!/bin/sh
set -e
# Also before an upgrade: a service that goes on would load parts of the new version into the old one.
if [ -d /run/systemd/system ]; then deb-systemd-invoke stop ${unitName} >/dev/null || true; fi
`,
  );
  write(
    stage,
    'DEBIAN/postrm',
    `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl --system daemon-reload >/dev/null || true; fi
if [ "$1" = remove ]; then deb-systemd-helper mask ${unitName} >/dev/null || true; fi
if [ "$1" = purge ]; then
  deb-systemd-helper purge ${unitName} >/dev/null || true
  deb-systemd-helper unmask ${unitName} >/dev/null || true
fi
# The data folder holds the instance key: only a purge takes it, and never the backups.
if [ "$1" = purge ]; then rm -rf ${serviceHome} /var/cache/orbit; fi
`,
  );
}

function manualPage(version: string): string {
  const plain = (text: string): string =>
    text.replaceAll('\\', '\\\\').replaceAll('-', '\\-').replace(/^['.]/gm, '\\&$&');
  return `.TH ORBIT 1 "" "orbit ${version}"
.SH NAME
orbit \\- break\\-glass and disaster\\-recovery backup
.SH SYNOPSIS
.B orbit
.I command
[\\fIoption\\fR ...]
.SH DESCRIPTION
Makes backups of secrets, systems and session recordings, proves that they open, and gets people back in.
Each command tells its options with
.BR \\-\\-help .
.SH COMMANDS
${commands.map(({ name, summary }) => `.TP\n.B ${plain(name)}\n${plain(summary)}`).join('\n')}
.SH ENVIRONMENT
.TP
.B ORBIT_HOME
the data folder; of the service it is ${serviceHome}
`;
}

function write(stage: string, path: string, text: string): void {
  mkdirSync(dirname(join(stage, path)), { recursive: true });
  writeFileSync(join(stage, path), text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  console.log(buildDeb(resolve(process.argv[2] ?? 'build')));
}
