// How long does a kit of 100,000 secrets take to seal, store and prove, how long to open, and with how much memory?
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFolderBackend } from '../src/backends/folder.ts';
import { formatBytes, formatCount, formatDuration } from '../src/base/quantities.ts';
import { destinationKitFiles } from '../src/breakglass/kit/kit-files.ts';
import { openKit } from '../src/breakglass/kit/open-kit.ts';
import { searchSecrets } from '../src/breakglass/kit/find-secrets.ts';
import { kitSite, masterPasswords } from '../test/support/kits.ts';
import { someSecrets } from '../test/support/many-secrets.ts';

const count = Number(process.argv[2] ?? 100_000);
const folder = await mkdtemp(join(tmpdir(), 'orbit-bench-'));
try {
  const backend = await openFolderBackend(folder);
  const site = await kitSite();
  const sources = [{ id: 's1', title: 'Vault', read: () => someSecrets(count) }];
  const time = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
    const start = performance.now();
    const result = await work();
    const peak = process.resourceUsage().maxRSS * 1024;
    console.log(
      `${what.padEnd(44)}${formatDuration(performance.now() - start).padStart(10)}   peak so far ${formatBytes(peak)}`,
    );
    return result;
  };
  console.log(`${formatCount(count)} secrets with history`);
  const { proof } = await time('seal, store, read back, open, compare', () => site.backUp(backend, [], { sources }));
  await time('again, nothing changed', () => site.backUp(backend, [], { sources }));
  console.log(`the kit is ${formatBytes(proof.bytes)}`);
  const [masterPassword] = masterPasswords;
  if (masterPassword !== undefined) {
    const files = destinationKitFiles(backend, proof.kit);
    const kit = await time('open with the master password', () => openKit(files, { masterPassword }));
    await time('first search', async () => searchSecrets(kit.secrets, 'host77777 regiao'));
    await time('next search', async () => searchSecrets(kit.secrets, 'host6666 regiao'));
  }
} finally {
  await rm(folder, { recursive: true });
}
