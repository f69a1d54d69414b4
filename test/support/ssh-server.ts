// A real sshd on loopback with its own keys and its own authorized_keys, for one test or one file of tests.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type HostKey, hostKeyFrom } from '../../src/backends/ssh/host-key.ts';
import { runProgram } from '../../src/base/program.ts';
import { freePort, waitUntil } from './ports.ts';

/** A running server. */
export interface SshServer {
  host: string;
  port: number;
  user: string;
  /** Everything of the server lies here; tests put their places below it. */
  folder: string;
  hostKey: HostKey;
  process: ChildProcess;
  /** What it let in since it started, or since `forget`: connections, and the commands and subsystems run over them. */
  seen: { connections: number; sessions: number };
  forget(): void;
  /** The lines of authorized_keys, replaced. */
  authorize(...lines: string[]): Promise<void>;
  /** Ends it at once, with every connection it has. */
  kill(): void;
  /** Stands still with all its connections, or goes on. */
  freeze(): void;
  thaw(): void;
  /** Starts it again at the same port, with a new host key when asked. */
  restart(options?: { newHostKey?: boolean }): Promise<void>;
  stop(): Promise<void>;
}

/** Starts sshd as the user who runs the tests. Whoever starts it stops it, in `after`. */
export async function startSshServer(): Promise<SshServer> {
  const folder = await mkdtemp(join(tmpdir(), 'orbit-sshd-'));
  await mkdir(join(folder, 'etc'), { mode: 0o700 });
  await mkdir(join(folder, 'home'), { mode: 0o700 });
  const keys = join(folder, 'etc', 'authorized_keys');
  await writeFile(keys, '', { mode: 0o600 });
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  const file = join(folder, 'etc', 'host_key');
  const newHostKey = async (): Promise<HostKey> => {
    await rm(file, { force: true });
    await runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
    await chmod(file, 0o600);
    return hostKeyFrom(await readFile(`${file}.pub`, 'utf8'));
  };
  const config = join(folder, 'etc', 'sshd_config');
  await writeFile(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${file}`,
      `AuthorizedKeysFile ${keys}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'PermitUserEnvironment no',
      'PrintMotd no',
      'Subsystem sftp internal-sftp',
      'MaxStartups 100',
      // A login shell must not read the start files of whoever runs the tests.
      `SetEnv HOME=${join(folder, 'home')}`,
      // Tells each connection and session, for `seen`.
      'LogLevel VERBOSE',
      '',
    ].join('\n'),
  );
  const seen = { connections: 0, sessions: 0 };
  const start = async (): Promise<ChildProcess> => {
    // Its own process group: killing the group ends every connection with it.
    const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said: string[] = [];
    child.stderr?.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      said.push(text);
      seen.connections += text.match(/Accepted publickey/g)?.length ?? 0;
      seen.sessions += text.match(/Starting session/g)?.length ?? 0;
    });
    await waitUntil(async () => {
      if (child.exitCode !== null) throw new Error(`sshd did not start: ${said.join('')}`);
      return (await answers(port)) || undefined;
    }, 'sshd');
    return child;
  };
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of [...descendants(server.process.pid ?? 0), server.process.pid ?? 0]) {
      try {
        process.kill(pid, name);
      } catch {
        // It ended meanwhile.
      }
    }
  };
  const server: SshServer = {
    host: '127.0.0.1',
    port,
    user: userInfo().username,
    folder,
    hostKey: await newHostKey(),
    process: await start(),
    seen,
    forget: () => Object.assign(seen, { connections: 0, sessions: 0 }),
    authorize: (...lines) => writeFile(keys, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 }),
    kill: () => signal('SIGKILL'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async restart(options = {}) {
      const ended = new Promise((resolve) => server.process.once('exit', resolve));
      const isRunning = server.process.exitCode === null && server.process.signalCode === null;
      signal('SIGKILL');
      if (isRunning) await ended;
      if (options.newHostKey) server.hostKey = await newHostKey();
      server.process = await start();
    },
    async stop() {
      signal('SIGCONT');
      signal('SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return server;
}

async function answers(port: number): Promise<boolean> {
  const { connect } = await import('node:net');
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

// sshd gives each connection a session of its own, so a process group would miss them.
function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      // The program's name, in brackets, may hold anything: count from its last bracket.
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      parents.set(Number(name), Number(parent));
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (parent: number): number[] =>
    [...parents].filter(([, of]) => of === parent).flatMap(([child]) => [...below(child), child]);
  return below(pid);
}
