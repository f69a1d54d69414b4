// One SFTP session: a helper `ssh -s target sftp`, requests written to it, answers matched by number, many under way at once.
import { spawn } from 'node:child_process';
import { Failure } from '../../base/failure.ts';
import { programEnvironment } from '../../base/program.ts';
import { malformed, timedOut, unreachable } from '../failures.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { socketPair } from '../ssh/socket-pair.ts';
import { lastWords, sshFailure } from '../ssh/ssh-failures.ts';
import { SshReader, sshString, uint32 } from '../ssh/wire.ts';
import { messageReader } from './message-reader.ts';
import { SftpStatusError, message, status, unexpectedAnswer } from './sftp-messages.ts';

/** An answer of the type that was asked for. */
export interface SftpAnswer {
  type: number;
  body: SshReader;
}

/** An open session. */
export interface SftpSession {
  readonly extensions: ReadonlySet<string>;
  readonly isOpen: boolean;
  /**
   * Sends a request and gives its answer. `wants` is the type of a good one; a status "ok" fits `message.status`.
   * With `into` the bytes of a `message.data` go straight there, as many as came.
   * @throws SftpStatusError for the server's "no", Failure `backend.unreachable|timeout|protocol` when the session ends.
   */
  request(type: number, parts: Buffer[], wants: number, into?: Buffer): Promise<SftpAnswer>;
  close(): void;
}

interface Pending {
  wants: number;
  into?: Buffer | undefined;
  resolve: (answer: SftpAnswer) => void;
  reject: (error: Error) => void;
}

// OpenSSH sends at most 256 KiB and a bit; nothing larger is believed.
const maxMessageBytes = 512 * 1024;
const version = 3;
const receivedAtOnceBytes = 512 * 1024;
// From this size on, copying costs more than a write of its own.
const largeBytes = 4096;

/** Opens a session over a connection. `timeoutSeconds` of silence while something was asked end it. */
export async function openSftpSession(
  connection: SshConnection,
  location: string,
  timeoutSeconds: number,
  signal?: AbortSignal,
): Promise<SftpSession> {
  await connection.connect(signal === undefined ? {} : { signal });
  const pending = new Map<number, Pending>();
  const extensions = new Set<string>();
  let nextId = 0;
  let ended: Error | undefined;
  let stderr = '';
  const received = messageReader(maxMessageBytes, (id) => pending.get(id)?.into);
  let silence: NodeJS.Timeout | undefined;
  let greet: Pending | undefined;

  const { near, far } = await socketPair(connection.folder, receivedAtOnceBytes, receive);
  const child = spawn('ssh', ['-F', 'config', '-s', 'target', 'sftp'], {
    cwd: connection.folder,
    env: programEnvironment(),
    stdio: [far, far, 'pipe'],
  });
  far.destroy(); // The program has its own hold on it.

  function end(error: Error): void {
    if (ended !== undefined) return;
    ended = error;
    clearTimeout(silence);
    child.kill('SIGKILL');
    near.destroy();
    greet?.reject(error);
    for (const request of pending.values()) request.reject(error);
    pending.clear();
  }

  // Runs only while an answer is owed.
  function listen(): void {
    if (pending.size === 0 && greet === undefined) {
      clearTimeout(silence);
      silence = undefined;
    } else if (silence !== undefined) silence.refresh();
    else silence = setTimeout(() => end(timedOut(location, timeoutSeconds)), timeoutSeconds * 1000);
  }

  // Requests of one turn leave together, and the content of large ones is not copied on its way.
  function send(message: Buffer[]): void {
    if (near.writableCorked === 0) {
      near.cork();
      process.nextTick(() => near.uncork());
    }
    const last = message.at(-1);
    if (last === undefined || last.length < largeBytes) near.write(Buffer.concat(message));
    else {
      near.write(Buffer.concat(message.slice(0, -1)));
      near.write(last);
    }
  }

  function take(body: Buffer): void {
    const reader = new SshReader(body);
    const type = reader.byte();
    if (type === message.version) {
      if (reader.uint32() !== version) throw malformed('another version of SFTP');
      while (!reader.isAtEnd) {
        extensions.add(reader.string().toString('latin1'));
        reader.string();
      }
      greet?.resolve({ type, body: reader });
      greet = undefined;
      return;
    }
    const id = reader.uint32();
    const request = pending.get(id);
    if (request === undefined) throw unexpectedAnswer(type);
    pending.delete(id);
    if (type === message.status) {
      const code = reader.uint32();
      const words = reader.isAtEnd ? '' : reader.string().toString('utf8').slice(0, 200);
      if (code === status.ok && request.wants === message.status) request.resolve({ type, body: reader });
      else request.reject(new SftpStatusError(code, words));
    } else if (type === request.wants) request.resolve({ type, body: reader });
    else request.reject(unexpectedAnswer(type));
  }

  function receive(chunk: Buffer): void {
    try {
      for (const body of received(chunk)) take(body);
      listen();
    } catch (error) {
      end(error as Error);
    }
  }

  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString('utf8')).slice(-8192);
  });
  near.on('error', () => {}); // The end of the program tells why.
  child.on('error', (error) => end(error));
  child.on('close', () => end(endFailure(location, stderr)));

  await new Promise<SftpAnswer>((resolve, reject) => {
    greet = { wants: message.version, resolve, reject };
    listen();
    near.write(sshString(Buffer.concat([Buffer.of(message.init), uint32(version)])));
  });
  return {
    extensions,
    get isOpen() {
      return ended === undefined;
    },
    request(type, parts, wants, into) {
      if (ended !== undefined) return Promise.reject(ended);
      nextId = (nextId + 1) >>> 0;
      const id = nextId;
      return new Promise((resolve, reject) => {
        pending.set(id, { wants, into, resolve, reject });
        if (pending.size === 1) listen();
        const length = parts.reduce((sum, part) => sum + part.length, 5);
        send([uint32(length), Buffer.of(type), uint32(id), ...parts]);
      });
    },
    close: () => end(unreachable(location, new Error('the session was closed'))),
  };
}

function endFailure(location: string, stderr: string): Failure {
  if (/subsystem request failed/.test(stderr)) {
    return new Failure('backend.far-program-missing', {
      message: `there is no SFTP at ${location}`,
      hint: 'Switch it on in sshd_config of that host: Subsystem sftp internal-sftp',
      cause: new Error(lastWords(stderr)),
    });
  }
  return sshFailure(location, stderr) ?? unreachable(location, new Error(lastWords(stderr)));
}
