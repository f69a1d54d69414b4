// The machine that is being rebuilt: a folder that is, or becomes, its root. Its programs run inside it.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../base/failure.ts';
import { feedProgram, programEnvironment, runProgram, startFailure } from '../base/program.ts';
import type { Account } from '../sources/trees/account.ts';
import { accountNamed } from '../sources/trees/account.ts';

/** How a program of the target is run. */
export interface InsideOptions {
  /** By name, as the target knows it; else root (or whoever we are). */
  account?: string;
  env?: Record<string, string>;
  /** Written to standard input, which is then closed. */
  input?: AsyncIterable<Uint8Array> | string;
  /** Takes standard output, all of it; it is ended. */
  output?: NodeJS.WritableStream;
  signal?: AbortSignal;
}

/** What a program left behind. Output beyond 1 MiB is cut off, its end is kept. */
export interface InsideResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

const outputBytesMax = 1024 * 1024;
// As many as a kernel follows.
const linksMax = 40;

/** A root. */
export class TargetRoot {
  readonly path: string;
  readonly #env: Readonly<Record<string, string>>;

  /** `env`: variables that each program inside has. */
  constructor(path: string, env: Readonly<Record<string, string>> = {}) {
    this.path = path;
    this.#env = env;
  }

  /** True when it is the machine we run on. */
  get isHere(): boolean {
    return this.path === '/';
  }

  /** A path of the target as we see it: links above it lead where they lead inside, never out. One that it ends with is not followed. */
  at(path: string): string {
    return this.isHere ? join('/', path) : join(this.path, this.inside(dirname(path)), basename(path));
  }

  /** The same, with the link that it ends with followed too: what is made or replaced there lies where the target expects it. */
  real(path: string): string {
    return join(this.path, this.inside(path));
  }

  has(path: string): boolean {
    return existsSync(this.real(path));
  }

  /** A path as the target knows it, all links on its way followed. What is not there yet is taken for no link. */
  inside(path: string): string {
    let done = '';
    const left = path.split('/');
    for (let links = 0; left.length > 0; ) {
      const name = left.shift() ?? '';
      if (name === '..') done = dirname(`/${done}`).slice(1);
      if (name === '' || name === '.' || name === '..') continue;
      const here = join(done, name);
      const link = links < linksMax ? linkAt(join(this.path, here)) : undefined;
      if (link === undefined) done = here;
      else {
        links += 1;
        if (link.startsWith('/')) done = '';
        left.unshift(...link.split('/'));
      }
    }
    return `/${done}`;
  }

  /** @throws Failure `profiles.no-account` */
  account(name: string): Account {
    return accountNamed(name, this.path);
  }

  /** Runs a program inside to its end. @throws Failure `program.not-found`, and what `input` throws */
  async run(command: string, args: readonly string[], options: InsideOptions = {}): Promise<InsideResult> {
    const child = this.#spawn(command, args, options, 'pipe');
    const [stdout, stderr] = [new Tail(), new Tail()];
    const written = options.output === undefined ? undefined : pipeline(child.stdio[1] as Readable, options.output);
    if (written === undefined) child.stdio[1]?.on('data', (chunk: Buffer) => stdout.add(chunk));
    else written.catch(() => child.kill('SIGKILL'));
    child.stdio[2]?.on('data', (chunk: Buffer) => stderr.add(chunk));
    const ended = new Promise<number>((resolve, reject) => {
      child.on('error', (error) => reject(startFailure(command, error)));
      child.on('close', (code) => resolve(code ?? -1));
    });
    // Whoever feeds it may still wait for a piece of its input when it ends: nobody listens until then.
    ended.catch(() => {});
    const stdin = child.stdio[0] as NonNullable<typeof child.stdin>;
    const fed =
      options.input === undefined || typeof options.input === 'string' ? undefined : pour(options.input, stdin);
    if (fed === undefined) feedProgram(stdin, options.input as string | undefined);
    try {
      await fed;
    } catch (error) {
      // Half a dump must not be taken for a whole one.
      child.kill('SIGKILL');
      await ended.catch(() => {});
      throw error;
    }
    const exitCode = await ended;
    await written;
    return { exitCode, stdout: stdout.text, stderr: stderr.text };
  }

  /** Starts a program that stays; `end` asks it to stop and waits. */
  start(
    command: string,
    args: readonly string[],
    options: InsideOptions = {},
  ): { end(): Promise<void>; hasEnded(): boolean } {
    const child = this.#spawn(command, args, options, 'ignore');
    let hasEnded = false;
    const ended = new Promise<void>((resolve) => {
      const end = (): void => {
        hasEnded = true;
        resolve();
      };
      // One that could not be started has neither a code nor a signal.
      child.on('error', end);
      child.on('close', end);
    });
    return {
      hasEnded: () => hasEnded,
      async end() {
        child.kill('SIGTERM');
        await ended;
      },
    };
  }

  #spawn(command: string, args: readonly string[], { account, env, signal }: InsideOptions, pipes: 'pipe' | 'ignore') {
    const who = account === undefined || process.getuid?.() !== 0 ? undefined : this.account(account);
    const program = this.isHere
      ? [command, ...args]
      : ['chroot', ...(who === undefined ? [] : [`--userspec=${who.uid}:${who.gid}`]), this.path, command, ...args];
    return spawn(program[0] ?? '', program.slice(1), {
      cwd: '/',
      stdio: [pipes, pipes, pipes],
      env: programEnvironment({
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        ...this.#env,
        ...env,
      }),
      ...(this.isHere ? who : {}),
      ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' as const }),
    });
  }

  /** Gives programs inside what they need of a kernel, does the work, and takes it away again. `before` hears of each mount. */
  async withKernel<Result>(work: () => Promise<Result>, before: (point: string) => void = () => {}): Promise<Result> {
    if (this.isHere) return await work();
    const mounted: string[] = [];
    const mount = async (type: string, inside: string): Promise<void> => {
      const point = this.at(inside);
      mkdirSync(point, { recursive: true });
      before(inside);
      await must('mount', ['-t', type, ...(type === 'tmpfs' ? ['-o', 'mode=755'] : []), type, point]);
      mounted.push(point);
    };
    try {
      for (const folder of ['/tmp', '/var/tmp']) {
        mkdirSync(this.real(folder), { recursive: true });
        chmodSync(this.real(folder), 0o1777);
      }
      mkdirSync(this.real('/run'), { recursive: true });
      if (!this.has('/proc/self')) await mount('proc', '/proc');
      if (!this.has('/dev/urandom')) {
        // Made anew, in memory: the devices of the machine at hand must never be reachable below a root somebody removes.
        await mount('tmpfs', '/dev');
        for (const [name, minor] of devices)
          await must('mknod', ['-m', '666', this.at(`/dev/${name}`), 'c', '1', String(minor)]);
        mkdirSync(this.at('/dev/shm'));
        chmodSync(this.at('/dev/shm'), 0o1777);
        symlinkSync('/proc/self/fd', this.at('/dev/fd'));
      }
      return await work();
    } finally {
      for (const point of mounted.reverse()) await runProgram('umount', [point]);
    }
  }
}

// Undefined where there is no link, or nothing.
function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

const devices = [
  ['null', 3],
  ['zero', 5],
  ['full', 7],
  ['random', 8],
  ['urandom', 9],
] as const;

async function must(command: string, args: string[]): Promise<void> {
  const { exitCode, stderr } = await runProgram(command, args);
  if (exitCode === 0) return;
  throw new Failure('recovery.not-mounted', {
    message: `${command} failed for ${args.at(-1)}: ${stderr.trim()}`,
    hint: 'Filling databases inside another root needs root and the right to mount. Run this as root.',
  });
}

class Tail {
  #bytes = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]).subarray(-outputBytesMax);
  }

  get text(): string {
    return this.#bytes.toString('utf8');
  }
}

// A program that ends early closes its input; then its exit code tells, and nothing more is fetched.
async function pour(source: AsyncIterable<Uint8Array>, stdin: NodeJS.WritableStream): Promise<void> {
  let isClosed = false;
  let wake = (): void => {};
  const closed = (): void => {
    isClosed = true;
    wake();
  };
  stdin
    .on('error', closed)
    .on('close', closed)
    .on('drain', () => wake());
  for await (const piece of source) {
    if (isClosed) return;
    if (!stdin.write(piece)) await new Promise<void>((resolve) => (isClosed ? resolve() : (wake = resolve)));
  }
  stdin.end();
}
