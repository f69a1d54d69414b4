// One smbclient that stays: commands go in by standard input, one a line, objects through unnamed files it inherits.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { Failure, systemErrorCode } from '../../base/failure.ts';
import { programEnvironment } from '../../base/program.ts';
import { failureOfSystemError, timedOut, unreachable } from '../failures.ts';
import { brokenStatuses, failureOfStatus, notEncrypted, statusIn } from './smb-failures.ts';
import { type SmbSettings, shareAndFolder } from './smb-settings.ts';

/** An open session. Commands are run one after the other, in the order in which they were given. */
export interface SmbSession {
  readonly isOpen: boolean;
  /** What is sent and what is fetched goes through these files; smbclient knows them by `localName`. */
  readonly files: readonly FileHandle[];
  /**
   * Runs one command and gives what it printed. `bytes` that travel stretch the deadline.
   * @throws SmbStatusError for the server's "no"; Failure `backend.*` when the session ends.
   */
  run(command: string, options?: { bytes?: number; signal?: AbortSignal | undefined }): Promise<string>;
  close(): Promise<void>;
}

interface Pending {
  marker: string;
  resolve: (text: string) => void;
  reject: (error: unknown) => void;
}

// A stopped server was noticed by smbclient itself after up to four of its time-outs; past that it is ended from outside.
const timeoutsOfPatience = 4;
const slowestBytesPerSecond = 32 * 1024;
const maxReplyBytes = 256 * 1024 * 1024;

/** As many objects as one session can have in its files. */
export const filesOfSession = 16;

/** What smbclient calls the file of that index. */
export const localName = (index: number): string => `/dev/fd/${3 + index}`;

/** Connects. @throws Failure `backend.auth`, `backend.unreachable`, `backend.place-missing`, `backend.not-encrypted` … */
export async function openSmbSession(settings: SmbSettings, signal?: AbortSignal): Promise<SmbSession> {
  const { location, timeoutSeconds } = settings;
  signal?.throwIfAborted();
  const files = await unnamedFiles(settings.spoolFolder);
  const child = start(settings, files);
  // An idle session keeps nobody from ending; while a command runs its watchdog does.
  child.unref();
  for (const stream of child.stdio) (stream as Socket | null)?.unref();
  const pending: Pending[] = [];
  // No server can know what ends an answer.
  const nameOfSession = `orbit-${randomBytes(6).toString('hex')}`;
  let asked = 0;
  let isClosed = false;
  let ended: Error | undefined;
  let received: Buffer[] = [];
  let receivedBytes = 0;
  let stderr = '';

  function end(error: Error): void {
    if (ended !== undefined) return;
    ended = error;
    child.kill('SIGKILL');
    for (const { reject } of pending.splice(0)) reject(error);
  }

  function takeAnswers(): void {
    const all = Buffer.concat(received);
    let from = 0;
    for (const { marker, resolve } of [...pending]) {
      const finish = `${marker}: command not found\n`;
      const at = all.indexOf(finish, from);
      if (at < 0) break;
      pending.shift();
      resolve(all.toString('utf8', from, at));
      from = at + finish.length;
    }
    received = [all.subarray(from)];
    receivedBytes = all.length - from;
  }

  // smbclient answers an unknown command with its name: that is how the end of an answer is known.
  (child.stdout as Readable).on('data', (chunk: Buffer) => {
    received.push(chunk);
    receivedBytes += chunk.length;
    if (receivedBytes > maxReplyBytes) return end(unreachable(location, new Error('an endless answer')));
    const [first] = pending;
    if (first === undefined || !chunk.includes('\n')) return;
    if (Buffer.concat(received.slice(-2)).includes(first.marker)) takeAnswers();
  });
  (child.stderr as Readable).on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-4096);
  });
  const stdin = child.stdin as Writable;
  stdin.on('error', () => {}); // Its end tells why.
  child.on('error', (error) => end(systemErrorCode(error) === 'ENOENT' ? programMissing(error) : error));
  child.on('close', () => end(endFailure(settings, `${Buffer.concat(received).toString('utf8')}\n${stderr}`)));

  async function ask(command: string, bytes: number, signal: AbortSignal | undefined): Promise<string> {
    signal?.throwIfAborted();
    if (ended !== undefined) throw ended;
    asked += 1;
    const marker = `${nameOfSession}-${asked}`;
    const seconds = timeoutSeconds * timeoutsOfPatience + bytes / slowestBytesPerSecond;
    const watchdog = setTimeout(() => end(timedOut(location, Math.round(seconds))), seconds * 1000);
    const abort = (): void => end(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise<string>((resolve, reject) => {
        pending.push({ marker, resolve, reject });
        // Commands that are given together are written together.
        stdin.cork();
        stdin.write(`${command === '' ? '' : `${command}\n`}${marker}\n`);
        process.nextTick(() => stdin.uncork());
      });
    } finally {
      clearTimeout(watchdog);
      signal?.removeEventListener('abort', abort);
    }
  }

  const session: SmbSession = {
    get isOpen() {
      return ended === undefined;
    },
    files,
    async run(command, options = {}) {
      const text = await ask(command, options.bytes ?? 0, options.signal);
      const status = statusIn(text);
      if (status === undefined) return text;
      if (brokenStatuses.has(status.status))
        end(failureOfStatus(status, location, command.split(' ')[0] ?? '', timeoutSeconds));
      throw status;
    },
    async close() {
      end(unreachable(location, new Error('the session was closed')));
      if (isClosed) return;
      isClosed = true;
      for (const file of files) await file.close();
    },
  };
  try {
    await ask('', 0, signal);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

function start(settings: SmbSettings, files: FileHandle[]): ChildProcess {
  const { share } = shareAndFolder(settings.location, settings.path);
  const args = [
    // Unbuffered: it would otherwise overlook the second of two lines until a third comes, and keep its answers to itself.
    '-i0',
    '-oL',
    'smbclient',
    `//${settings.host}/${share}`,
    '-s',
    '/dev/null',
    '--option=client min protocol=SMB3_00',
    '--option=unix charset=UTF-8',
    `--client-protection=${settings.encrypt ? 'encrypt' : 'sign'}`,
    '--use-kerberos=off',
    '--debug-stdout',
    '-d',
    '1',
    '-p',
    String(settings.port),
    '-t',
    String(settings.timeoutSeconds),
    `--user=${settings.user}`,
    ...(settings.domain === undefined || settings.domain === '' ? [] : [`--workgroup=${settings.domain}`]),
  ];
  const child = spawn('stdbuf', args, {
    stdio: ['pipe', 'pipe', 'pipe', ...files.map(({ fd }) => fd), 'pipe'],
    env: programEnvironment({ PASSWD_FD: String(3 + files.length), TZ: 'UTC' }),
  });
  const password = child.stdio[3 + files.length] as Writable;
  password.on('error', () => {});
  password.end(settings.password.reveal());
  return child;
}

// A file without a name is gone with the last process that has it open, however that one ends.
async function unnamedFiles(folder: string): Promise<FileHandle[]> {
  const files: FileHandle[] = [];
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (let count = 0; count < filesOfSession; count += 1) {
      const name = join(folder, `smb-${process.pid}-${randomBytes(6).toString('hex')}`);
      files.push(await open(name, 'wx+', 0o600));
      await unlink(name);
    }
    return files;
  } catch (error) {
    for (const file of files) await file.close();
    throw failureOfSystemError(error, folder, 'make the spool for SMB');
  }
}

function programMissing(cause: unknown): Failure {
  return new Failure('program.not-found', {
    message: "the program 'stdbuf' is not installed",
    hint: 'Install coreutils (stdbuf) and smbclient.',
    cause,
  });
}

function endFailure(settings: SmbSettings, text: string): Failure {
  const { location } = settings;
  if (/failed to run command 'smbclient'|smbclient.{0,3}: No such file/.test(text)) {
    return new Failure('program.not-found', {
      message: "the program 'smbclient' is not installed",
      hint: 'Install the package that brings it: apt-get install smbclient',
    });
  }
  const status = statusIn(text);
  const cause = new Error(text.trim().split('\n').slice(-3).join(' ').slice(0, 300));
  const isForeign = status?.status === 'INVALID_NETWORK_RESPONSE' || status?.status === 'NOT_SUPPORTED';
  if (/Encryption required/.test(text) || (/negotiation failed/.test(text) && isForeign))
    return notEncrypted(location, cause);
  if (status !== undefined) return failureOfStatus(status, location, 'connect', settings.timeoutSeconds);
  return unreachable(location, cause);
}
