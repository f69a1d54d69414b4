// `npm run test:lab [contract|loss]`: the mount lab. Installs what it needs on Debian; where it cannot run, it fails.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { labPackages, labSkip, runInGuest } from '../test/lab/lab.ts';

const [first, ...rest] = process.argv.slice(2);
if (first === 'inside') {
  let isGood = true;
  for (const suite of rest.length === 0 ? ['contract', 'loss'] : rest) {
    const started = performance.now();
    const { exitCode, report } = await runInGuest(suite, 900);
    console.log(
      `${report}\nlab ${suite}: ${exitCode === 0 ? 'passed' : 'FAILED'} in ${Math.round((performance.now() - started) / 100) / 10} s`,
    );
    isGood &&= exitCode === 0;
  }
  process.exit(isGood ? 0 : 1);
}
if (labSkip() !== false && process.getuid?.() === 0) {
  const packages = [...new Set([...Object.values(labPackages), 'nfs-ganesha-vfs', 'smbclient', 'rpcbind'])];
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    stdio: 'inherit',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
const reason = labSkip();
if (reason !== false) {
  console.error(`the mount lab cannot run here: ${reason}`);
  process.exit(1);
}
// A network and mounts of its own: both are gone with it.
const self = fileURLToPath(import.meta.url);
const args = ['--net', '--mount', process.execPath, self, 'inside', ...process.argv.slice(2)];
process.exit(spawnSync('unshare', args, { stdio: 'inherit' }).status ?? 1);
