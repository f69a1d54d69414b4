// The mount lab: a User Mode Linux guest mounts CIFS and NFS from real servers in a network of their own. Root only.
// Run by scripts/test-lab.ts, and by test/mount-lab.test.ts. Everything lies below one temporary folder.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../src/base/program.ts';
import { hasProgram } from '../../scripts/install-test-tools.ts';
import { resticFor } from '../support/restic.ts';
import { quotaDisk, btrfsSkip } from '../support/small-disk.ts';
import { startNfsServer } from './nfs-server.ts';
import { startSmbServer } from '../support/smb-server.ts';

const programs = ['linux', 'modprobe', 'ip', 'nft', 'smbd', 'mount.cifs', 'mount.nfs', 'ganesha.nfsd', 'restic'];

// Intel's AMX: User Mode Linux does not know its registers, see wide-registers.c.
function hasTiles(): boolean {
  return / amx_tile /.test(readFileSync('/proc/cpuinfo', 'utf8'));
}

/** Why the lab cannot run here, or false. */
export function labSkip(): string | false {
  const missing = [...programs, ...(hasTiles() ? ['cc'] : [])].filter((program) => !hasProgram(program));
  if (missing.length > 0) return `needs ${missing.join(', ')}`;
  if (!existsSync('/usr/lib/ganesha/libfsalvfs.so') && !existsSync('/usr/lib/x86_64-linux-gnu/ganesha/libfsalvfs.so')) {
    return 'needs nfs-ganesha-vfs';
  }
  if (!existsSync('/dev/net/tun')) return 'needs /dev/net/tun';
  return process.getuid?.() === 0 ? false : 'only root may make a network';
}

/** What a run of the guest left behind. */
export interface LabResult {
  exitCode: number;
  report: string;
}

/** Runs a suite (a file of this folder, without `.ts`) in the guest. Call it in a network namespace of its own. */
export async function runInGuest(suite: string, timeoutSeconds: number): Promise<LabResult> {
  const lab = await mkdtemp(join(tmpdir(), 'orbit-lab-'));
  await chmod(lab, 0o755);
  const stop = new AbortController();
  const ends: (() => Promise<void>)[] = [() => rm(lab, { recursive: true, force: true, maxRetries: 3 })];
  try {
    await ok('ip', ['link', 'set', 'lo', 'up']);
    await ok('ip', ['tuntap', 'add', 'dev', 'tap0', 'mode', 'tap']);
    await ok('ip', ['addr', 'add', '10.96.0.1/24', 'dev', 'tap0']);
    await ok('ip', ['link', 'set', 'tap0', 'up']);
    const smb = await startSmbServer({ host: '10.96.0.1', port: 445 });
    ends.unshift(() => smb.stop());
    // Disks that a test may fill; the second share of each server lies on one.
    const disks = { smb: join(lab, 'smb-disk'), nfs: join(lab, 'nfs-disk') };
    for (const disk of Object.values(disks)) {
      await mkdir(disk);
      await ok('mount', ['-t', 'tmpfs', '-o', 'size=96m,mode=0755', 'lab', disk]);
      ends.unshift(() => ok('umount', ['-l', disk]));
    }
    // One with a quota for each, where this machine can make such a thing.
    const limit = async (): Promise<string> =>
      btrfsSkip === false ? (await quotaDisk({ after: (end) => void ends.unshift(end) })).path : '';
    const limited = { smb: await limit(), nfs: await limit() };
    await smb.own(disks.smb);
    const shares = { ...smallShare(disks.smb), ...(limited.smb === '' ? {} : { limited: [`path = ${limited.smb}`] }) };
    await smb.setShares(shares);
    await smb.restart();
    const nfs = await startNfsServer(
      lab,
      [disks.nfs, limited.nfs].filter((disk) => disk !== ''),
    );
    ends.unshift(() => nfs.stop());
    const facts = {
      smbUser: smb.user,
      smbPassword: smb.password,
      smbFolder: smb.folderOf('backup'),
      nfsFolder: nfs.folder,
      smbDisk: disks.smb,
      nfsDisk: disks.nfs,
      smbLimited: limited.smb,
      nfsLimited: limited.nfs,
      // What whoever started the lab wants of the suite.
      settings: process.env['LAB_SETTINGS'] ?? '{}',
    };
    await writeFile(join(lab, 'facts.json'), JSON.stringify(facts));
    await mkdir(join(lab, 'requests'));
    const serving = serveRequests(lab, { smb, nfs, shares }, stop.signal);
    await bootGuest(lab, suite, timeoutSeconds);
    stop.abort();
    await serving;
    const read = (name: string): Promise<string> => readFile(join(lab, name), 'utf8').catch(() => '');
    const result = (await read('result')).trim();
    const report = `${await read('report')}${result === '' ? await read('console') : ''}`;
    return { exitCode: result === '' ? 1 : Number(result), report };
  } finally {
    stop.abort();
    for (const end of ends) await end();
  }
}

async function bootGuest(lab: string, suite: string, timeoutSeconds: number): Promise<void> {
  const version = (await runProgram('linux', ['--version'])).stdout.toString().trim();
  await mkdir(join(lab, 'mod/lib/modules'), { recursive: true });
  await symlink(`/usr/lib/uml/modules/${version}`, join(lab, 'mod/lib/modules', version));
  await writeFile(join(lab, 'modprobe'), `#!/bin/sh\nexec /usr/sbin/modprobe -d ${lab}/mod "$@"\n`, { mode: 0o755 });
  const repo = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
  const console = await import('node:fs').then(({ openSync }) => openSync(join(lab, 'console'), 'w'));
  const guest = spawn(
    'linux',
    [
      'mem=1024M',
      `LAB=${lab}`,
      `REPO=${repo}`,
      `SUITE=${suite}`,
      'root=/dev/root',
      'rootfstype=hostfs',
      'hostfs=/',
      'rw',
      `init=${repo}/test/lab/guest-init.sh`,
      'vec0:transport=tap,ifname=tap0,depth=128,gro=1',
      'con=null',
      'con0=null,fd:1',
      'ssl=null',
      'quiet',
    ],
    {
      stdio: ['ignore', console, console],
      env: { ...process.env, TMPDIR: '/dev/shm', ...(await preloaded(lab, repo)) },
      detached: true,
    },
  );
  // The guest is several processes, all in one group.
  const end = (): void => {
    try {
      if (guest.pid !== undefined) process.kill(-guest.pid, 'SIGKILL');
    } catch {
      // All of it ended.
    }
  };
  const deadline = setTimeout(end, timeoutSeconds * 1000);
  await new Promise((resolve) => guest.once('exit', resolve).once('error', resolve));
  clearTimeout(deadline);
  end();
}

async function preloaded(lab: string, repo: string): Promise<{ LD_PRELOAD?: string }> {
  if (!hasTiles()) return {};
  const library = join(lab, 'wide-registers.so');
  await ok('cc', ['-O2', '-shared', '-fPIC', '-o', library, join(repo, 'test/lab/wide-registers.c'), '-ldl']);
  return { LD_PRELOAD: library };
}

/** What the guest asks of its host: a file `N.json` in `requests/`; the answer is `N.done`. */
export interface LabRequest {
  /** `drop` and `pass` are about all packets; `check` runs restic on a folder; `run` runs any program. */
  do: 'kill' | 'stop' | 'continue' | 'restart' | 'drop' | 'pass' | 'unshare' | 'share' | 'check' | 'run';
  path?: string;
  command?: string[];
}

const smallShare = (disk: string): Record<string, string[]> => ({ small: [`path = ${disk}`] });

interface Servers {
  smb: Awaited<ReturnType<typeof startSmbServer>>;
  nfs: Awaited<ReturnType<typeof startNfsServer>>;
  /** Beside the share that is never taken away. */
  shares: Record<string, string[]>;
}

async function serveRequests(lab: string, servers: Servers, signal: AbortSignal): Promise<void> {
  const folder = join(lab, 'requests');
  while (!signal.aborted) {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
    for (const name of names.sort()) {
      const request = JSON.parse(await readFile(join(folder, name), 'utf8')) as LabRequest;
      const answer = await perform(request, servers, lab).catch((error: unknown) => `failed: ${String(error)}`);
      await unlink(join(folder, name));
      await writeFile(join(folder, name.replace('.json', '.done')), answer);
    }
    await pause(50);
  }
}

async function perform(request: LabRequest, { smb, nfs, shares }: Servers, lab: string): Promise<string> {
  switch (request.do) {
    case 'kill':
      smb.kill();
      nfs.kill();
      return 'killed';
    case 'stop':
      smb.freeze();
      nfs.freeze();
      return 'stopped';
    case 'continue':
      smb.thaw();
      nfs.thaw();
      return 'going on';
    case 'restart':
      await Promise.all([smb.restart(), nfs.restart()]);
      return 'restarted';
    case 'drop':
      await ok('nft', [
        'add table inet lab; add chain inet lab in { type filter hook input priority 0; }; add rule inet lab in iifname tap0 drop',
      ]);
      return 'dropped';
    case 'pass':
      await ok('nft', ['delete table inet lab']);
      return 'passed';
    case 'unshare':
    case 'share':
      await smb.setShares(request.do === 'share' ? shares : {});
      await smb.restart();
      return request.do;
    case 'run': {
      const [program = '', ...args] = request.command ?? [];
      await ok(program, args);
      return 'ran';
    }
    case 'check': {
      const restic = await resticFor(request.path ?? '', lab);
      const checked = await restic.run('check', '--read-data');
      const snapshots = await restic.run('snapshots', '--json');
      const ids = (JSON.parse(snapshots.stdout.toString()) as { id: string }[]).map(({ id }) => id);
      return JSON.stringify({
        exitCode: checked.exitCode,
        ids,
        text: `${checked.stdout.toString()}${checked.stderr}`,
      });
    }
  }
}

async function ok(program: string, args: string[]): Promise<void> {
  const { exitCode, stderr } = await runProgram(program, args);
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}
