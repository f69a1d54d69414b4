// A real smbd on a high port of loopback, with its own state and its own user, for one file of tests. Root only.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../src/base/program.ts';
import { freePort, waitForPort, waitUntil } from './ports.ts';

/** A running server. */
export interface SmbServer {
  host: string;
  port: number;
  user: string;
  password: string;
  /** The folder behind the share of that name, owned by the user. */
  folderOf(share: string): string;
  /** Another password for the user. */
  setPassword(password: string): Promise<void>;
  /** Shares beside `backup`, by name, with lines of smb.conf. The server reads them for new connections. */
  setShares(shares: Record<string, string[]>): Promise<void>;
  /** Gives a folder to the user. */
  own(folder: string): Promise<void>;
  kill(): void;
  freeze(): void;
  thaw(): void;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** How a server is started. */
export interface SmbServerOptions {
  /** Default `required`. */
  encryption?: 'required' | 'off';
  /** Default 127.0.0.1. */
  host?: string;
  port?: number;
}

const user = 'orbit-test-smb';

/** Starts smbd. Whoever starts it stops it, in `after`. */
export async function startSmbServer(options: SmbServerOptions = {}): Promise<SmbServer> {
  const folder = await mkdtemp(join(tmpdir(), 'orbit-smbd-'));
  await chmod(folder, 0o755);
  const isThere = async (): Promise<boolean> => (await runProgram('id', ['-u', user])).exitCode === 0;
  if (!(await isThere())) {
    // Refused where another test is adding it just now.
    await runProgram('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', user]);
    await waitUntil(async () => (await isThere()) || undefined, `the user ${user}`);
  }
  const idOf = async (flag: string): Promise<number> =>
    Number((await runProgram('id', [flag, user])).stdout.toString());
  const [uid, gid] = [await idOf('-u'), await idOf('-g')];
  for (const name of ['private', 'lock', 'state', 'cache', 'pid', 'ncalrpc']) await mkdir(join(folder, name));
  const host = options.host ?? '127.0.0.1';
  const port = options.port ?? (await freePort());
  const config = join(folder, 'smb.conf');
  const folderOf = (share: string): string => join(folder, `share-${share}`);
  const own = (path: string): Promise<void> => chown(path, uid, gid);

  async function setShares(shares: Record<string, string[]>): Promise<void> {
    const lines = [
      '[global]',
      'server role = standalone server',
      `smb ports = ${port}`,
      'bind interfaces only = yes',
      `interfaces = lo ${host}`,
      'disable netbios = yes',
      ...['private dir', 'lock directory', 'state directory', 'cache directory', 'pid directory', 'ncalrpc dir'].map(
        (name) => `${name} = ${join(folder, name.split(' ')[0] ?? '')}`,
      ),
      `passdb backend = tdbsam:${folder}/private/passdb.tdb`,
      'server min protocol = SMB3_00',
      `server smb encrypt = ${options.encryption ?? 'required'}`,
      'map to guest = never',
      'load printers = no',
      'printcap name = /dev/null',
      'disable spoolss = yes',
    ];
    for (const [share, more] of Object.entries({ backup: [], ...shares })) {
      const path = folderOf(share);
      await mkdir(path, { recursive: true });
      await own(path);
      lines.push(`[${share}]`, `path = ${path}`, 'read only = no', `valid users = ${user}`, ...more);
    }
    await writeFile(config, `${lines.join('\n')}\n`);
  }

  async function setPassword(password: string): Promise<void> {
    server.password = password;
    const set = ['-c', config, '-s', '-a', user];
    const { exitCode, stderr } = await runProgram('smbpasswd', set, { input: `${password}\n${password}\n` });
    if (exitCode !== 0) throw new Error(`smbpasswd: ${stderr}`);
  }

  async function start(): Promise<ChildProcess> {
    // A session of its own: when it ends, smbd ends its whole process group.
    const child = spawn('setsid', ['smbd', '--foreground', '--no-process-group', '-s', config, '--debug-stdout'], {
      stdio: 'ignore',
    });
    await waitForPort(port);
    return child;
  }

  let running: ChildProcess | undefined;
  const signal = (name: NodeJS.Signals): void => {
    const main = running?.pid;
    if (main === undefined) return;
    for (const pid of [main, ...descendants(main)]) {
      try {
        process.kill(pid, name);
      } catch {
        // It ended meanwhile.
      }
    }
  };
  const kill = (): void => signal('SIGKILL');
  const server: SmbServer = {
    host,
    port,
    user,
    password: '',
    folderOf,
    setPassword,
    setShares,
    own,
    kill,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async restart() {
      const ended = running?.exitCode === null && running.signalCode === null ? once(running, 'exit') : undefined;
      kill();
      await ended;
      // A child of the old one may hold the port a moment longer.
      await waitUntil(async () => ((await isListening(port)) ? undefined : true), 'the end of the old server');
      running = await start();
    },
    async stop() {
      kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  await setShares({});
  await setPassword('correct horse');
  running = await start();
  await stat(folderOf('backup'));
  return server;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const is = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return is;
}

function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (parent: number): number[] => (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}
