// A program's standard output as a stream that fails when the program fails: half a dump must never look like one.
import { spawn } from 'node:child_process';
import { Failure, systemErrorCode } from '../../base/failure.ts';
import { programEnvironment } from '../../base/program.ts';
import type { CommandFile } from './source-plan.ts';

const maxTailBytes = 4096;

/**
 * Runs the program, no shell, and gives its output as it comes.
 * @throws Failure `backup.command-failed` with the exit code and the end of its standard error, after the last byte
 */
export async function* commandOutput(file: CommandFile, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const child = spawn(file.command, file.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: programEnvironment(file.env),
    ...file.account,
  });
  let tail = Buffer.alloc(0);
  child.stderr.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-maxTailBytes);
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(systemErrorCode(error) === 'ENOENT' ? 'it is not installed' : error.message));
    child.on('close', (code, ended) =>
      resolve(code === 0 ? undefined : `it ended with ${ended ?? `exit code ${code}`}`),
    );
  });
  const stop = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const problem = await ended;
    signal?.throwIfAborted();
    if (problem !== undefined) throw commandFailed(file, problem, tail.toString('utf8').trim());
  } finally {
    signal?.removeEventListener('abort', stop);
    if (child.exitCode === null && child.signalCode === null) stop();
  }
}

function commandFailed(file: CommandFile, problem: string, tail: string): Failure {
  return new Failure('backup.command-failed', {
    message: `the command '${file.command}' for ${file.path} failed: ${problem}${tail === '' ? '' : `\n${tail}`}`,
    hint: 'No snapshot was made. Run the command by hand as the same user, and start the backup again when it works.',
    facts: { command: file.command, path: file.path },
  });
}
