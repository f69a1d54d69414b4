// What `orbit install --allow` lets the service do, under a systemd that runs: mounting, and reading from snapshots of btrfs. No
// kernel module for CIFS is needed: a stand-in for mount.cifs mounts a tmpfs, which shows that the service may mount.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { runProgram } from '../src/base/program.ts';
import { BootedMachine, bootMissing } from './support/booted-machine.ts';
import { bootableMachine } from './support/debian-machine.ts';
import { ask, asOrbit, orbit, runSystemJob, tokenFor } from './support/installed-orbit.ts';
import { btrfsSkip } from './support/small-disk.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

test('the service mounts a share once it is allowed to, and not before', { skip: bootMissing() }, async (context) => {
  const folder = await temporaryFolder(context);
  const system = await bootableMachine(join(folder, 'root'));
  const modules = join(system.root, 'lib/modules', release());
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(modules, 'modules.builtin'), 'kernel/fs/smb/client/cifs.ko\n');
  // As the real one does, it serves nobody but root. What it is called with: source, mount point, -o, options.
  const program = `#!/bin/sh\n[ "$(id -ru)" = 0 ] || { echo 'only root can do that' >&2; exit 1; }\nexec mount -t tmpfs none "$2"\n`;
  writeFileSync(join(system.root, 'usr/sbin/mount.cifs'), program, { mode: 0o755 });
  const machine = await BootedMachine.boot(system);
  context.after(() => machine.stop());
  await machine.sh(`${orbit} install`);
  await machine.sh(`${asOrbit} ceremony start --generate
printf secret > /tmp/share-password && chmod 644 /tmp/share-password
${asOrbit} destination add cifs share --host 127.0.0.1 --path /backup --user orbit --password-file /tmp/share-password || true`);
  const token = await tokenFor(machine, 'settings:test');
  const tried = async (): Promise<string> => {
    await machine.until(ask('GET', '/health'), /"alive":true/);
    return await machine.sh(ask('POST', '/api/v1/destinations/share/test', token));
  };
  assert.match(await tried(), /only root may mount/);
  await machine.sh(`${orbit} install --allow mounts`);
  // It was mounted, looked at, and is no share: the kernel's own word for what stands there.
  assert.match(await tried(), /backend\.not-mounted.*none \(tmpfs\) is/);
  assert.doesNotMatch(await machine.sh('cat /proc/self/mounts'), /orbit\/mounts/, 'nothing is left mounted');
  await machine.sh(`${orbit} install --allow terminals`);
  assert.match(await tried(), /only root may mount/, 'what was allowed before is not any more');
});

test('the service reads a btrfs from a snapshot of its own once it is allowed to', {
  skip: bootMissing() || btrfsSkip,
}, async (context) => {
  const folder = await temporaryFolder(context);
  const system = await bootableMachine(join(folder, 'root'));
  copyProgram('btrfs', system.root);
  const image = join(folder, 'image');
  writeFileSync(image, '');
  truncateSync(image, 256 * 1024 * 1024);
  assert.equal((await runProgram('mkfs.btrfs', ['-q', image])).exitCode, 0);
  const device = execFileSync('losetup', ['--find', '--show', image]).toString().trim();
  context.after(() => execFileSync('losetup', ['--detach', device]));
  const script = '#!/bin/sh\nbtrfs subvolume list /srv/data\n';
  writeFileSync(join(system.root, 'usr/local/bin/list-stills'), script, { mode: 0o755 });
  const machine = await BootedMachine.boot(system);
  context.after(() => machine.stop());
  await machine.sh(`mknod /dev/disk-of-test b 7 ${/\d+$/.exec(device)?.[0]}
mkdir /srv/data
mount -t btrfs /dev/disk-of-test /srv/data
echo 'port = 1' > /srv/data/settings
chmod 600 /srv/data/settings
btrfs subvolume create /srv/data/home
echo mine > /srv/data/home/notes
chown -R 1234:1234 /srv/data/home
${orbit} install
install -d -o orbit -g orbit -m 700 /srv/backup
${asOrbit} ceremony start --generate
${asOrbit} destination add folder near --path /srv/backup
${asOrbit} job set system --enable --folder /srv/data --without-folder /etc --destination near
${asOrbit} job output add /during.txt /usr/local/bin/list-stills
${orbit} install --allow btrfs --write /srv/backup /srv/data`);
  await machine.until(ask('GET', '/health'), /"alive":true/);
  const run = await runSystemJob(machine);
  assert.equal(run.outcome, 'succeeded', JSON.stringify(run));
  assert.match(JSON.stringify(run), /"stills\.one-after-other","facts":{"count":2,/, 'both subvolumes were held still');
  assert.doesNotMatch(JSON.stringify(run), /stills\.(none|as-they-are)/);
  const dumped = async (path: string): Promise<string> =>
    await machine.sh(
      `${asOrbit} secret show orbit:repository:near:system --reveal password > /tmp/password
${orbit} repo dump latest ${path} -r /srv/backup/system --password-file /tmp/password`,
    );
  assert.match(await dumped('/during.txt'), /orbit-still.*\n.*orbit-still/);
  assert.equal(await dumped('/srv/data/settings'), 'port = 1\n');
  assert.equal(await dumped('/srv/data/home/notes'), 'mine\n');
  assert.doesNotMatch(await machine.sh('btrfs subvolume list /srv/data'), /orbit-still/, 'none is left');
});

/** Copies a program of this machine into another root, with the libraries that are not there. */
function copyProgram(name: string, root: string): void {
  const program = execFileSync('which', [name]).toString().trim();
  const libraries = [
    ...execFileSync('ldd', [program])
      .toString()
      .matchAll(/=> (\S+)/g),
  ].map(([, path = '']) => path);
  for (const path of [program, ...libraries]) {
    const copy = join(root, path);
    if (existsSync(copy)) continue;
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(path, copy);
  }
}
