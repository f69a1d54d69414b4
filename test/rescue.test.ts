// The rescue executable in a root that has nothing: a shell, tar, gzip and the C library.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { buildRescue, rescueContents } from '../scripts/build-rescue.ts';
import { hasProgram } from '../scripts/install-test-tools.ts';
import { cli } from './support/cli.ts';
import { quickCeremony } from './support/quick-ceremony.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const programs = ['sh', 'tar', 'gzip', 'tail', 'mktemp', 'rm', 'uname', 'dirname', 'readlink', 'mkdir'];
const skip =
  process.getuid?.() !== 0
    ? 'needs root: chroot'
    : ['chroot', 'ldd', ...programs].every(hasProgram)
      ? false
      : 'needs chroot, ldd';

test('nothing of tests and development is in the rescue executable', () => {
  const contents = rescueContents();
  assert.ok(contents.includes('src/cli/main.ts') && contents.some((path) => path.endsWith('/bin/node')));
  assert.deepEqual(
    contents.filter((path) => /\.test\.ts$|^test\/|vite|playwright|typescript$/.test(path)),
    [],
  );
});

test('one file recovers a system backup in an empty root, says when it is damaged, and leaves nothing behind', {
  skip,
}, async (context) => {
  const folder = await temporaryFolder(context);
  const root = join(folder, 'root');
  makeRoot(root);
  const rescue = join(root, 'orbit-rescue');
  await buildRescue(rescue, 1);
  const [home, source, master] = [join(folder, 'home'), join(folder, 'source'), join(root, 'master')];
  mkdirSync(source);
  writeFileSync(join(source, 'vault.conf'), 'port = 1\n');
  writeFileSync(master, 'quartz lemon tundra 4 violin osprey', { mode: 0o600 });
  await quickCeremony(home, readFileSync(master, 'utf8'));
  for (const args of [
    ['destination', 'add', 'folder', 'local', '--path', join(folder, 'place')],
    ['job', 'set', 'system', '--destination', 'local', '--folder', source, '--without-folder', '/etc'],
    ['backup', 'create', '--kind', 'system'],
  ]) {
    const { exitCode, stderr } = await cli(args, { home });
    assert.equal(exitCode, 0, stderr);
  }
  cpSync(join(folder, 'place'), join(root, 'place'), { recursive: true });
  const run = (...args: string[]) =>
    spawnSync('chroot', [root, '/orbit-rescue', ...args], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      encoding: 'utf8',
    });
  const version = run('version');
  assert.match(version.stdout, /^orbit \d/, version.stderr);
  const place = ['recover', 'folder', '--path', '/place', '--master-password-file', '/master'];
  const recovered = run(...place, '--target', '/target', '--yes');
  assert.equal(recovered.status, 0, recovered.stderr);
  assert.equal(readFileSync(join(root, 'target', source, 'vault.conf'), 'utf8'), 'port = 1\n');
  assert.equal(run(...place, '--snapshot', '2020-01-01', '--target', '/target').status, 1);
  assert.deepEqual(readdirSync(join(root, 'tmp')), []);
  const bytes = readFileSync(rescue);
  bytes[bytes.length - 1000] = (bytes[bytes.length - 1000] ?? 0) ^ 1;
  writeFileSync(rescue, bytes);
  const damaged = run('version');
  assert.equal(damaged.status, 1);
  assert.match(damaged.stderr, /not whole/);
});

// Programs and the libraries they need, by ldd, at the same places.
function makeRoot(root: string): void {
  for (const name of ['tmp', 'proc', 'dev', 'bin']) mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  const copied = new Set<string>();
  const copy = (path: string, to = path): void => {
    if (copied.has(to)) return;
    copied.add(to);
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(path, join(root, to));
    const needed = spawnSync('ldd', [path], { encoding: 'utf8' }).stdout.match(/\/\S+(?= \(0x)/g) ?? [];
    for (const library of needed) copy(library);
  };
  for (const name of [...programs, 'sha256sum'])
    copy(execFileSync('which', [name], { encoding: 'utf8' }).trim(), `/bin/${name}`);
  copy(process.execPath, '/bin/node-of-the-test');
  // It brought its libraries; the rescue executable has its own Node.
  writeFileSync(join(root, 'bin/node-of-the-test'), '');
  assert.ok(!existsSync(join(root, 'usr/bin/node')));
}
