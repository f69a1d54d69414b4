// Fetches objects into memory by talking to the rsync over there directly. The rsync program on this side would compare every name
// with every other, and put each object into a file that is read and removed again.
import { spawn } from 'node:child_process';
import { programEnvironment, startFailure } from '../../base/program.ts';
import { timedOut } from '../failures.ts';
import type { SshConnection } from '../ssh/connection.ts';
import { type RsyncLimits, limitOptions } from './rsync-program.ts';
import {
  NotUnderstood,
  type Reading,
  feedReading,
  numberWriter,
  readFileList,
  readFiles,
  sendsWhole,
} from './sender-words.ts';

/** What is fetched, from where. */
export interface StreamedFetch {
  /** The folder there, with `/.` at its end, or `.`. */
  path: string;
  names: readonly string[];
  /** Of an object: a larger one does not come. Default: any. */
  maxBytesOf?(name: string): number;
  signal: AbortSignal;
}

/**
 * What came: all that is there (`whole`); a part, because the other side ended (`cut`); nothing of use, because it is more than
 * memory should hold, or another language.
 */
export interface Streamed {
  outcome: 'whole' | 'cut' | 'too-much' | 'not-understood';
  found: Map<string, Buffer>;
  /** Sizes of those that did not come because they are larger than they may be. */
  tooLarge: Map<string, number>;
  exitCode: number;
  /** What the other side said, in words. */
  text: string;
}

const protocol = 31;
// What comes lies in memory.
const bytesAtMost = 256 * 2 ** 20;
const frameBytes = 32 * 1024;
const textBytesAtMost = 64 * 1024;
// Tags of what one line carries together (rsync, io.c): 7 is data, the next eight are words.
const dataTag = 7;
const lastWordsTag = 15;

/** Whether a shell over there can be told this path: line breaks cannot be quoted for every shell. */
export function canBeTold(path: string): boolean {
  return !/[\p{Cc}]/u.test(path) && !path.startsWith('-');
}

/**
 * Fetches what there is of `names`. It never hangs: it ends after `timeoutSeconds` of silence.
 * @throws Failure `backend.timeout|unreachable|auth` …, and the signal's reason
 */
export async function fetchStreamed(
  connection: SshConnection,
  location: string,
  limits: RsyncLimits,
  { path, names, maxBytesOf = () => Infinity, signal }: StreamedFetch,
): Promise<Streamed> {
  await connection.connect({ signal });
  const options = ['-WRe.LsfxCI', ...limitOptions(limits), '--ignore-missing-args', '--no-implied-dirs'];
  const command = ['rsync', '--server', '--sender', ...options, '--files-from=-', '--from0', '.', quoted(path)].join(
    ' ',
  );
  const child = spawn('ssh', ['-F', 'config', 'target', command], {
    cwd: connection.folder,
    env: programEnvironment(),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const streamed: Streamed = { outcome: 'cut', found: new Map(), tooLarge: new Map(), exitCode: -1, text: '' };
  let failed: Error | undefined;
  const stop = (reason: Error): void => {
    failed ??= reason;
    child.kill('SIGKILL');
    // The shared connection has its own hold of these pipes, and would keep the far side waiting.
    for (const stream of child.stdio) stream?.destroy();
  };
  const silence = setTimeout(() => stop(timedOut(location, limits.timeoutSeconds)), limits.timeoutSeconds * 1000);
  const abort = (): void => stop(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  const say = (chunk: Buffer): void => {
    if (streamed.text.length < textBytesAtMost) streamed.text += chunk.toString('utf8');
  };
  const send = (bytes: Uint8Array): void => void child.stdin.write(bytes);
  const receive = feedReading(conversation({ names, maxBytesOf }, streamed, { send, say }));
  child.stdin.on('error', () => {}); // Its end tells why.
  child.stdout.on('data', (chunk: Buffer) => {
    silence.refresh();
    if (failed !== undefined) return;
    try {
      receive(chunk);
    } catch (error) {
      stop(error as Error);
    }
  });
  child.stderr.on('data', say);
  try {
    streamed.exitCode = await new Promise<number>((resolve, reject) => {
      child.on('error', (error) => reject(startFailure('ssh', error)));
      child.on('close', (code) => resolve(code ?? -1));
    });
    signal.throwIfAborted();
    if (failed instanceof TooMuch) streamed.outcome = 'too-much';
    else if (failed instanceof NotUnderstood) streamed.outcome = 'not-understood';
    else if (failed !== undefined) throw failed;
    return streamed;
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', abort);
  }
}

class TooMuch extends NotUnderstood {}

type Wanted = Pick<Required<StreamedFetch>, 'names' | 'maxBytesOf'>;

interface OtherSide {
  send(bytes: Uint8Array): void;
  say(words: Buffer): void;
}

// Both sides tell their version; then data and words come in frames.
function* conversation(wanted: Wanted, streamed: Streamed, { send, say }: OtherSide): Reading<void> {
  send(int32(protocol));
  const version = (yield 4).readInt32LE();
  if (version < protocol || version > 100) throw new NotUnderstood('another protocol');
  const abilities = (yield 1).readUInt8();
  if ((abilities & 1) !== 0) throw new NotUnderstood('a list of files in parts');
  yield 4; // The seed of checksums; those of whole files have none.
  send(framed(int32(0))); // No rules of what to leave out.
  send(framed(Buffer.from([...wanted.names, '', ''].join('\0'))));
  const receive = feedReading(transfer(wanted, streamed, send));
  for (;;) {
    const head = (yield 4).readUInt32LE();
    const [tag, length] = [head >>> 24, head & 0xff_ffff];
    const content = length === 0 ? Buffer.alloc(0) : yield length;
    if (tag === dataTag) receive(content);
    else if (tag > dataTag && tag <= lastWordsTag) say(content);
  }
}

function* transfer({ names, maxBytesOf }: Wanted, streamed: Streamed, send: OtherSide['send']): Reading<void> {
  // Names that are folders may bring others along; there are no more than that.
  const files = yield* readFileList(2 * names.length + 16);
  const wanted = new Set(names);
  const there = [...files.entries()].filter(([, { name, isFile }]) => isFile && wanted.has(name));
  for (const [, { name, size }] of there) if (size > maxBytesOf(name)) streamed.tooLarge.set(name, size);
  const asked = new Map(there.filter(([, { name }]) => !streamed.tooLarge.has(name)));
  if ([...asked.values()].reduce((sum, { size }) => sum + size, 0) > bytesAtMost)
    throw new TooMuch('more than memory should hold');
  const writeNumber = numberWriter();
  const requests = [...asked.keys()].flatMap((fileNumber) => [writeNumber(fileNumber), sendThisWhole]);
  // Each file asked for; then the ends of three rounds and two farewells, so that it can go when it has sent them.
  if (files.length > 0) send(framed(Buffer.concat([...requests, Buffer.alloc(5)])));
  if (files.length > 0) yield* readFiles(asked, ({ name }, bytes) => streamed.found.set(name, bytes));
  streamed.outcome = 'whole';
}

// How it is to be sent, and what this side has of it: nothing, in no blocks.
const sendThisWhole = Buffer.concat([Buffer.of(0, sendsWhole >> 8), Buffer.alloc(16)]);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function framed(bytes: Buffer): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += frameBytes) {
    const content = bytes.subarray(at, at + frameBytes);
    frames.push(int32((dataTag << 24) | content.length), content);
  }
  return Buffer.concat(frames);
}

// Every character that might mean something to a shell, for any shell.
const quoted = (path: string): string =>
  path.replace(/[\x20-\x7e]/g, (one) => (/[\w./@%+=:,-]/.test(one) ? one : `\\${one}`));
