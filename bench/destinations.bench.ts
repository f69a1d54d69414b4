// How fast does each kind of destination take and give packs and small objects, beside what a user would do by hand?
// All over loopback, in turn, same files, same page cache; each way ends with the files flushed where it can do that.
//   node bench/destinations.bench.ts [--rounds 3] [--packs 8] [--small 10000] [--only folder,mount,rsync,sftp,smb,s3,cifs,nfs]
// cifs and nfs are mounted by the kernel of the guest lab: root, and what `npm run test:lab` needs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { folderContender, s3Contender, smbContender, sshContenders } from './support/contenders.ts';
import { type Contender, loadsOf, race } from './support/destination-race.ts';
import { processorClock } from './support/processor-time.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    packs: { type: 'string', default: '8' },
    small: { type: 'string', default: '10000' },
    only: { type: 'string', default: 'folder,mount,rsync,sftp,smb,s3,cifs,nfs' },
  },
});
const only = new Set(values.only.split(','));
const mounted = ['cifs', 'nfs'].filter((kind) => only.has(kind));
const folder = mkdtempSync(join(tmpdir(), 'orbit-bench-'));
const clock = processorClock();
const contenders: Contender[] = [];
try {
  console.log(
    `${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}, ${values.rounds} rounds, load ${loadavg()[0]?.toFixed(1)}; ` +
      `processor time of ${clock.of}; ratio by hand / orbit`,
  );
  for (const kind of ['folder', 'mount'] as const)
    if (only.has(kind)) contenders.push(await folderContender(folder, kind));
  if (only.has('rsync') || only.has('sftp')) contenders.push(...(await sshContenders(folder)));
  if (only.has('smb')) contenders.push(await smbContender(folder));
  if (only.has('s3')) contenders.push(await s3Contender());
  const loads = loadsOf({ packs: Number(values.packs), small: Number(values.small) });
  for (const contender of contenders) {
    if (only.has(contender.kind)) await race(contender, { rounds: Number(values.rounds), loads, folder, clock });
  }
} finally {
  for (const contender of contenders) await contender.stop();
  clock.stop();
  rmSync(folder, { recursive: true, force: true });
}
if (mounted.length > 0) {
  const lab = fileURLToPath(new URL('../scripts/test-lab.ts', import.meta.url));
  const env = { ...process.env, LAB_SETTINGS: JSON.stringify({ ...values, only: mounted.join() }) };
  process.exitCode = spawnSync(process.execPath, [lab, 'throughput'], { stdio: 'inherit', env }).status ?? 1;
}
