// Builds the rescue executable: one file that is a shell script with Node, Orbit's code and its libraries behind it. It
// unpacks itself into a private folder, runs `orbit` with the arguments it got, and removes the folder.
// Usage: node scripts/build-rescue.ts [FILE]
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { runProgram } from '../src/base/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

interface LockedPackage {
  dev?: boolean;
  devOptional?: boolean;
  cpu?: string[];
  os?: string[];
}

/** What is inside, by paths below the checkout: no test, nothing of development. */
export function rescueContents(): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const libraries = Object.entries(lock.packages)
    .filter(([path, { dev, cpu, os }]) => {
      const fits = (cpu?.includes(process.arch) ?? true) && (os?.includes(process.platform) ?? true);
      return path !== '' && dev !== true && fits && existsSync(join(root, path));
    })
    // Of Node only the program; what lies inside another package comes with it.
    .map(([path]) => (basename(path).startsWith('node-linux-') ? `${path}/bin/node` : path))
    .filter((path, _, all) => !all.some((other) => path.startsWith(`${other}/`)));
  const code = globSync(['src/**/*.{ts,wasm,sql,html}'], { cwd: root }).filter(
    (file) => !file.endsWith('.test.ts') && !file.includes('/assembly/'),
  );
  return [...code, ...libraries, 'bin/orbit', 'package.json', 'LICENSE'].sort();
}

/** Writes it. The same checkout gives the same bytes. `level` is gzip's, 9 unless told. */
export async function buildRescue(file: string, level = 9): Promise<{ bytes: number; sha256: string }> {
  const { stdout, exitCode, stderr } = await runProgram(
    'tar',
    [
      ...['--create', '--file=-', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'],
      ...['--mode=go-w', '--no-recursion', '--null', '--files-from=-'],
    ],
    { cwd: root, input: filesBelow(rescueContents()).join('\0'), maxOutputBytes: 1024 ** 3 },
  );
  if (exitCode !== 0) throw new Error(stderr);
  const payload = gzipSync(stdout, { level });
  const sha256 = createHash('sha256').update(payload).digest('hex');
  mkdirSync(dirname(file), { recursive: true });
  rmSync(file, { force: true });
  writeFileSync(file, Buffer.concat([Buffer.from(header(sha256)), payload]), { mode: 0o755 });
  return { bytes: payload.length, sha256 };
}

function filesBelow(paths: string[]): string[] {
  return paths.flatMap((path) => {
    const below = globSync(`${path}/**`, { cwd: root, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
    return below.length > 0 ? below : [path];
  });
}

// Only what every live system has: sh, mktemp, tail, gzip, tar, rm. sha256sum is used where it is there.
function header(sha256: string): string {
  const text = (lines: number): string => `#!/bin/sh
# Orbit, whole, in one file: sh ./orbit-rescue recover --help. It needs sh, tar, gzip, mktemp, and the C library of a current Linux.
# Destinations by SSH need the programs ssh and rsync of the live system, databases those of the machine that is rebuilt.
set -eu
umask 077
HOME=\${HOME:-/root}
export HOME
if command -v sha256sum > /dev/null 2>&1; then
  sum=$(tail -n +${lines} "$0" | sha256sum)
  if [ "\${sum%% *}" != ${sha256} ]; then
    echo "orbit-rescue: this file is not whole: take another copy of it" >&2
    exit 1
  fi
fi
if [ -t 2 ]; then echo "orbit-rescue: unpacking, some seconds" >&2; fi
folder=$(mktemp -d "\${TMPDIR:-/tmp}/orbit-rescue.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap : INT TERM HUP
tail -n +${lines} "$0" | gzip -dc | tar -xf - -C "$folder"
if [ $# -eq 0 ]; then set -- recover --help; fi
code=0
"$folder/bin/orbit" "$@" || code=$?
exit "$code"
`;
  return text(text(10).split('\n').length);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = process.argv[2] ?? join(root, `dist/orbit-rescue-linux-${process.arch}`);
  const { bytes, sha256 } = await buildRescue(file);
  console.log(`${file}: ${(bytes / 1024 ** 2).toFixed(0)} MiB, payload SHA-256 ${sha256}`);
}
