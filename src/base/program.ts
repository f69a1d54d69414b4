// Runs other programs: arguments as a list, never a shell, secrets by standard input or an inherited descriptor.
import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { Failure, systemErrorCode } from './failure.ts';

/** How a program is run. Times are milliseconds. */
export interface ProgramOptions {
  /** Written to standard input, which is then closed. */
  input?: Uint8Array | string;
  /** Written to descriptor 3, 4, ... of the program: the way to hand over a password without a file or an argument. */
  descriptors?: (Uint8Array | string)[];
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** The account that runs it, where that is not ours. */
  account?: { uid: number; gid: number };
  /** What it starts is stopped with it: it runs in a session of its own. */
  stopsAll?: boolean;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Standard output beyond this is cut off and the program is stopped. */
  maxOutputBytes?: number;
}

/** What a program left behind. `exitCode` is -1 when a signal ended it. */
export interface ProgramResult {
  exitCode: number;
  stdout: Buffer;
  stderr: string;
}

const maxErrorBytes = 64 * 1024;
// A killed program that hangs in the kernel (on a dead mount) is left behind after this.
const patienceAfterKillMs = 2000;

/**
 * Runs a program to its end and gives its output, whatever its exit code.
 * The environment is only what `env` says plus PATH, HOME, LANG and LC_ALL=C.UTF-8, so that messages can be read by code.
 * @throws Failure `program.not-found` when there is no such program, `program.timed-out` past `timeoutMs`,
 *   `program.too-much-output` past `maxOutputBytes` (64 MiB unless told).
 */
export async function runProgram(
  command: string,
  args: string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  options.signal?.throwIfAborted();
  const maxOutputBytes = options.maxOutputBytes ?? 64 * 1024 * 1024;
  const extraPipes = (options.descriptors ?? []).map(() => 'pipe' as const);
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe', ...extraPipes],
    env: programEnvironment(options.env),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...options.account,
    detached: options.stopsAll === true,
  });
  const kill = (): void => {
    if (options.stopsAll !== true || child.pid === undefined) child.kill('SIGKILL');
    else killGroup(child.pid);
  };
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let stdoutBytes = 0;
  let stderrBytes = 0;
  let stopped: Failure | undefined;
  let leave = (): void => {};
  const stop = (failure: Failure): void => {
    stopped ??= failure;
    kill();
    leave();
  };
  const deadline =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => stop(timedOut(command, options.timeoutMs ?? 0)), options.timeoutMs);
  const abort = (): void => {
    kill();
    leave();
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  child.stdout.on('data', (chunk: Buffer) => {
    stdoutBytes += chunk.length;
    if (stdoutBytes > maxOutputBytes) {
      stop(new Failure('program.too-much-output', { message: `${command} printed more than ${maxOutputBytes} bytes` }));
    } else stdout.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderrBytes += chunk.length;
    if (stderrBytes <= maxErrorBytes) stderr.push(chunk);
  });
  feedProgram(child.stdin, options.input);
  for (const [index, value] of (options.descriptors ?? []).entries())
    feedProgram(child.stdio[3 + index] as Writable, value);
  let leftBehind: NodeJS.Timeout | undefined;
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.on('error', (error) => reject(startFailure(command, error)));
      child.on('close', (code) => resolve(code ?? -1));
      leave = () => {
        leftBehind ??= setTimeout(() => {
          child.unref();
          for (const stream of child.stdio) stream?.destroy();
          resolve(-1);
        }, patienceAfterKillMs);
      };
    });
    options.signal?.throwIfAborted();
    if (stopped !== undefined) throw stopped;
    return { exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString('utf8') };
  } finally {
    clearTimeout(deadline);
    clearTimeout(leftBehind);
    options.signal?.removeEventListener('abort', abort);
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // All have ended, or none of them may be ended by us: they are left behind, as what hangs in the kernel is.
  }
}

/** Whether a process of this number is there, whoever owns it. */
export function isRunning(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

/** The small, fixed environment that programs get: no variable of ours that might hold a secret is handed on. */
export function programEnvironment(extra: Record<string, string | undefined> = {}): NodeJS.ProcessEnv {
  const base: NodeJS.ProcessEnv = { LC_ALL: 'C.UTF-8' };
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME']) {
    if (process.env[name] !== undefined) base[name] = process.env[name];
  }
  return { ...base, ...extra };
}

/** Writes a value to a pipe of a program and closes it. One that ends without reading it is no failure: its exit code tells. */
export function feedProgram(stream: Writable, value: Uint8Array | string | undefined): void {
  stream.on('error', () => {});
  stream.end(value);
}

/** The error of a program that did not start: one that is missing is Failure `program.not-found`. */
export function startFailure(command: string, error: Error): Error {
  if (systemErrorCode(error) !== 'ENOENT') return error;
  return new Failure('program.not-found', {
    message: `the program '${command}' is not installed`,
    hint: `Install the package that brings '${command}' and try again.`,
    cause: error,
  });
}

function timedOut(command: string, timeoutMs: number): Failure {
  return new Failure('program.timed-out', { message: `${command} did not end within ${timeoutMs / 1000} s` });
}
