// How long does a run over 100,000 secrets with history take to write and prove its kit, how long does the kit take to
// open, and in how much memory? `node bench/kit.bench.ts [COUNT]`. Each part runs in a process of its own, so that its
// peak is its own; seconds of processor (all threads) tell more than waiting time where others work on the machine too.
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApp } from '../src/app.ts';
import { openFolderBackend } from '../src/backends/folder.ts';
import { formatBytes, formatCount, formatDuration } from '../src/base/quantities.ts';
import { startCeremony } from '../src/breakglass/ceremony.ts';
import { searchSecrets } from '../src/breakglass/kit/find-secrets.ts';
import { destinationKitFiles } from '../src/breakglass/kit/kit-files.ts';
import { openKit } from '../src/breakglass/kit/open-kit.ts';
import { listKits } from '../src/breakglass/kit/store-kit.ts';
import { addDestination } from '../src/destinations/destination.ts';
import { findJob, saveJob } from '../src/jobs/job.ts';
import { runJob } from '../src/jobs/runner.ts';
import { masterPasswords } from '../test/support/kits.ts';
import { someSecrets } from '../test/support/many-secrets.ts';

// As bin/orbit starts node, with compiled code from the run before: run it twice, or two threads compile theirs within the time.
const asOrbit = ['--max-semi-space-size=8', '--preserve-symlinks', '--preserve-symlinks-main'];
const compiledCode = process.env['NODE_COMPILE_CACHE'] ?? join(homedir(), '.cache/orbit/node');
const parts = ['prepare', 'run', 'again', 'open'];
const [part = '', countText = '', folder = ''] = parts.includes(process.argv[2] ?? '')
  ? process.argv.slice(2)
  : ['', process.argv[2] ?? '100000'];
const destination = join(folder, 'destination');
const [masterPassword] = masterPasswords;
if (masterPassword === undefined) throw new Error('there is no master password to open with');

async function time<Result>(what: string, work: () => Promise<Result> | Result): Promise<Result> {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await work();
  const waited = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  const peak = formatBytes(process.resourceUsage().maxRSS * 1024);
  const used = `${((user + system) / 1e6).toFixed(2)} s of processor`;
  console.log(`${what.padEnd(44)}${formatDuration(waited).padStart(9)} ${used.padStart(22)}   peak so far ${peak}`);
  return result;
}

if (part === 'prepare') {
  const app = openApp(join(folder, 'home'));
  await time('import into the vault', () => app.vault.importAll(someSecrets(Number(countText))));
  await mkdir(destination);
  await startCeremony(app, { masterPassword });
  addDestination(app.store, app.instanceKey, { name: 'here', kind: 'folder', config: { path: destination } });
  saveJob(app.store, { ...findJob(app.store, 'secrets'), destinations: ['here'] });
  app.close();
} else if (part === 'run' || part === 'again') {
  const app = openApp(join(folder, 'home'));
  const what = part === 'run' ? 'run: read, seal, store, read back, compare' : 'run again, nothing changed';
  const run = await time(what, () => runJob(app, findJob(app.store, 'secrets'), { startedBy: 'person' }));
  const result = run.results[0];
  if (run.outcome !== 'succeeded') throw new Error(`the run ${run.outcome}: ${result?.failure?.message}`);
  if (part === 'run') console.log(`the kit is ${formatBytes(result?.summary?.newBytes ?? 0)}`);
  app.close();
} else if (part === 'open') {
  const backend = await openFolderBackend(destination);
  const [newest = ''] = (await listKits(backend)).finished;
  const kit = await time('open with the master password', () =>
    openKit(destinationKitFiles(backend, newest), { masterPassword }),
  );
  if (kit.secrets.length < Number(countText)) throw new Error(`the kit has ${kit.secrets.length} secrets`);
  await time('first search', () => searchSecrets(kit.secrets, 'host77777 regiao'));
  await time('next search', () => searchSecrets(kit.secrets, 'host6666 regiao'));
} else {
  const work = await mkdtemp(join(tmpdir(), 'orbit-bench-'));
  try {
    console.log(`${formatCount(Number(countText))} secrets with history`);
    for (const one of parts) {
      const { status } = spawnSync(
        process.execPath,
        [...asOrbit, fileURLToPath(import.meta.url), one, countText, work],
        {
          stdio: 'inherit',
          env: { ...process.env, NODE_COMPILE_CACHE: compiledCode },
        },
      );
      if (status !== 0) throw new Error(`${one} failed`);
    }
  } finally {
    await rm(work, { recursive: true });
  }
}
