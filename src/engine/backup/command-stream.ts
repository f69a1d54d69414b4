// A program's standard output as a stream that fails when the program fails: half a dump must never look like one.
import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { Failure, systemErrorCode } from '../../base/failure.ts';
import { programEnvironment } from '../../base/program.ts';
import type { CommandFile } from './source-plan.ts';

const maxTailBytes = 4096;

/** A program that runs already; it waits when nobody reads what it prints. */
export interface StartedCommand {
  /** Resolves once it has said the words on standard error, or has ended. */
  said(words: string): Promise<void>;
  /**
   * Its output as it comes, once.
   * @throws Failure `backup.command-failed` with the exit code and the end of its standard error, after the last byte
   */
  output(signal?: AbortSignal): AsyncGenerator<Uint8Array>;
  /** Ends it, unless it has ended. */
  stop(): void;
}

/** Starts the program, no shell. Lines of its standard error that match `talk` are no errors. */
export function startCommand(file: CommandFile, talk?: RegExp): StartedCommand {
  const child = spawn(file.command, file.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: programEnvironment(file.env),
    ...file.account,
  });
  // What a program that has ended left in its pipe would be thrown away while nobody reads.
  const output = child.stdout.pipe(new PassThrough());
  let errors = '';
  let heard = (): void => {};
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-maxTailBytes);
    heard();
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(systemErrorCode(error) === 'ENOENT' ? 'it is not installed' : error.message));
    child.on('close', (code, ended) =>
      resolve(code === 0 ? undefined : `it ended with ${ended ?? `exit code ${code}`}`),
    );
  });
  const stop = (): void => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  };
  return {
    async said(words) {
      const saying = new Promise<void>((resolve) => {
        heard = () => errors.includes(words) && resolve();
        heard();
      });
      await Promise.race([saying, ended]);
    },
    async *output(signal) {
      signal?.addEventListener('abort', stop, { once: true });
      try {
        yield* output as AsyncIterable<Buffer>;
        const problem = await ended;
        signal?.throwIfAborted();
        const tail = errors.split('\n').filter((line) => talk?.test(line) !== true);
        if (problem !== undefined) throw commandFailed(file, problem, tail.join('\n').trim());
      } finally {
        signal?.removeEventListener('abort', stop);
        stop();
      }
    },
    stop,
  };
}

/** The output of a program that is started when it is read. @throws as `output` of a started one */
export async function* commandOutput(file: CommandFile, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  yield* startCommand(file).output(signal);
}

function commandFailed(file: CommandFile, problem: string, tail: string): Failure {
  return new Failure('backup.command-failed', {
    message: `the command '${file.command}' for ${file.path} failed: ${problem}${tail === '' ? '' : `\n${tail}`}`,
    hint: 'No snapshot was made. Run the command by hand as the same user, and start the backup again when it works.',
    facts: { command: file.command, path: file.path },
  });
}
