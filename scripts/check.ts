// Types, lint, format, dead code: everything that can be known without running the product.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const steps: [string, string[]][] = [
  ['tsc', ['--noEmit']],
  ['tsc', ['--noEmit', '-p', 'web/open']],
  ['tsc', ['--noEmit', '-p', 'web/console']],
  ['tsc', ['--noEmit', '-p', 'web/recording']],
  ['oxlint', ['--type-aware', '--deny-warnings']],
  ['biome', ['format', '.']],
  ['knip', []],
];

for (const [program, args] of steps) {
  const started = performance.now();
  const result = spawnSync(process.execPath, [`${root}/node_modules/.bin/${program}`, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (result.status !== 0) {
    console.error(`check: ${program} found something to mend`);
    process.exit(1);
  }
  console.log(`check: ${program} is content (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}
