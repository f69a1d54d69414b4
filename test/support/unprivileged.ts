// Servers that refuse to run as root: their folder, their account, and how to start and to end them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../../scripts/install-test-tools.ts';
import { nobody } from './nobody.ts';

const isRoot = process.getuid?.() === 0;

/** The account such a server runs as: nobody's for root, one's own otherwise. */
export const unprivileged: { uid?: number; gid?: number } = isRoot ? { uid: nobody, gid: nobody } : {};

/** A folder of that account's, which others may pass through to reach a socket. The name is short: a socket's path has a limit. */
export async function unprivilegedFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  await chmod(folder, 0o755);
  if (isRoot) await chown(folder, nobody, nobody);
  return folder;
}

/** Runs a program of a server to its end, as its account. */
export function runUnprivileged(program: string, args: string[], cwd: string): void {
  execFileSync(programPath(program) ?? program, args, { ...unprivileged, cwd, stdio: 'pipe', env: environment(cwd) });
}

/** A server as its account, ended with the whole test process at the latest. */
export interface UnprivilegedServer {
  /** False once it ended by itself. */
  isRunning(): boolean;
  /** Ends it and waits; `SIGKILL` is a power cut. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a server; what it says goes to `log` in its folder. */
export function startUnprivileged(program: string, args: string[], folder: string): UnprivilegedServer {
  const child: ChildProcess = spawn(programPath(program) ?? program, args, {
    ...unprivileged,
    cwd: folder,
    stdio: 'ignore',
    env: environment(folder),
  });
  const stopWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', stopWithUs);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    isRunning,
    async end(signal) {
      process.removeListener('exit', stopWithUs);
      if (!isRunning()) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}

/** Removes the folder of a server. */
export async function removeServerFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: folder, LC_ALL: 'C.UTF-8' };
}
