// A real NFS server (nfs-ganesha, NFS 4 only) for the mount lab. It serves all addresses: call it in a network of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitForPort } from '../support/ports.ts';

/** A running server. It exports `folder` under its own path. */
export interface NfsServer {
  folder: string;
  kill(): void;
  freeze(): void;
  thaw(): void;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts ganesha.nfsd with its state below `parent`. `disks` are exported too, each under its own path. */
export async function startNfsServer(parent: string, disks: readonly string[]): Promise<NfsServer> {
  const folder = join(parent, 'nfs-export');
  const state = join(parent, 'nfs-state');
  await mkdir(folder);
  await mkdir(state);
  const config = join(parent, 'ganesha.conf');
  await writeFile(
    config,
    `NFS_CORE_PARAM { NFS_Port = 2049; Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; mount_path_pseudo = true; }
NFSv4 { Graceless = true; Lease_Lifetime = 10; RecoveryRoot = ${state}; }
${[folder, ...disks].map((path, at) => exportOf(at + 1, path)).join('\n')}
`,
  );
  const start = async (): Promise<ChildProcess> => {
    const log = join(parent, 'ganesha.log');
    const args = ['ganesha.nfsd', '-F', '-f', config, '-L', log, '-p', join(parent, 'ganesha.pid'), '-N', 'WARN'];
    const child = spawn('setsid', args, { stdio: 'ignore' });
    await waitForPort(2049);
    return child;
  };
  let running = await start();
  return {
    folder,
    kill: () => void running.kill('SIGKILL'),
    freeze: () => void running.kill('SIGSTOP'),
    thaw: () => void running.kill('SIGCONT'),
    async restart() {
      const isRunning = running.exitCode === null && running.signalCode === null;
      const ended = isRunning ? once(running, 'exit') : undefined;
      running.kill('SIGKILL');
      await ended;
      running = await start();
    },
    async stop() {
      running.kill('SIGKILL');
    },
  };
}

function exportOf(id: number, path: string): string {
  return `EXPORT { Export_Id = ${id}; Path = ${path}; Pseudo = ${path}; Access_Type = RW; Squash = No_Root_Squash;
  SecType = sys; Protocols = 4; Transports = TCP; FSAL { Name = VFS; } }`;
}
