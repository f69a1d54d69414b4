// Runs a command line in this process and keeps what it printed.
import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { runCli } from '../../src/cli/run.ts';

/** What a command left behind. */
export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** How a command is run. `onOutput` hears standard output as it comes. */
export interface CliOptions {
  home?: string;
  signal?: AbortSignal;
  env?: NodeJS.ProcessEnv;
  input?: string | Buffer;
  onOutput?: (text: string) => void;
  /** Hears standard error as it comes. */
  onError?: (text: string) => void;
}

/** Runs `orbit ARGS` with the data folder `home`, as a program would: no terminal, `input` (or nothing) on standard input. */
export async function cli(args: string[], options: CliOptions = {}): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  const collect = (into: string[], heard?: (text: string) => void): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        into.push(chunk.toString('utf8'));
        heard?.(chunk.toString('utf8'));
        done();
      },
    });
  const exitCode = await runCli(args, {
    stdout: collect(out, options.onOutput),
    stderr: collect(err, options.onError),
    stdin: Readable.from(options.input === undefined ? [] : [Buffer.from(options.input)]),
    isTerminal: false,
    home: options.home ?? '/nonexistent/orbit-home',
    env: options.env ?? {},
    signal: options.signal ?? new AbortController().signal,
  });
  return { exitCode, stdout: out.join(''), stderr: err.join('') };
}

/** Runs `orbit ARGS` like `cli`, has it succeed, and gives what it printed. */
export function succeeding(options: CliOptions): (...args: string[]) => Promise<string> {
  return async (...args) => {
    const { exitCode, stdout, stderr } = await cli(args, options);
    assert.equal(exitCode, 0, `${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
}
