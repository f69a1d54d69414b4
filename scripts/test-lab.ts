// `npm run test:lab [contract|faults|loss|stills]`: the mount lab. Installs what it needs on Debian; where it cannot run, it fails.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { labSkip, runInGuest } from '../test/lab/lab.ts';
import { installTestTools } from './install-test-tools.ts';

const [first, ...rest] = process.argv.slice(2);
if (first === 'inside') {
  const suite = rest[0] ?? '';
  const started = performance.now();
  const { exitCode, report } = await runInGuest(suite, 1500);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  console.log(`${report}\nlab ${suite}: ${exitCode === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
  process.exit(exitCode === 0 ? 0 : 1);
}
if (labSkip() !== false) installTestTools();
const reason = labSkip();
if (reason !== false) {
  console.error(`the mount lab cannot run here: ${reason}`);
  process.exit(1);
}
const self = fileURLToPath(import.meta.url);
let isGood = true;
for (const suite of first === undefined ? ['contract', 'faults', 'loss', 'stills'] : [first, ...rest]) {
  // A network and mounts of its own: both are gone with it.
  const args = ['--net', '--mount', process.execPath, self, 'inside', suite];
  isGood = spawnSync('unshare', args, { stdio: 'inherit' }).status === 0 && isGood;
}
process.exit(isGood ? 0 : 1);
