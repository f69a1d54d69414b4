// Programs that run before and after a backup: to pause an application, to tell somebody. Their output is kept.
import { type Note, note } from '../base/note.ts';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, isFailure } from '../base/failure.ts';
import { runProgram } from '../base/program.ts';
import type { Hook } from './hook-fields.ts';

const outputBytesMax = 1024 * 1024;

/** Where the output of the newest run's hooks lies. */
export function hookLog(home: string, job: string): string {
  return join(home, 'hooks', `${job.replaceAll('/', '%2F')}.log`);
}

/** Begins the log anew. */
export function beginHookLog(home: string, job: string): void {
  mkdirSync(join(home, 'hooks'), { recursive: true, mode: 0o700 });
  writeFileSync(hookLog(home, job), '', { mode: 0o600 });
}

/**
 * Runs one hook and keeps what it printed. Gives a note for the run's history.
 * @throws Failure `jobs.hook-failed` when it cannot be started, takes too long, or ends with anything but 0
 */
export async function runHook(
  { command, args, timeoutSeconds }: Hook,
  when: 'before' | 'after',
  log: string,
  signal?: AbortSignal,
): Promise<Note> {
  const started = performance.now();
  const name = [command, ...args].join(' ');
  try {
    const { exitCode, stdout, stderr } = await runProgram(command, args, {
      cwd: '/',
      timeoutMs: timeoutSeconds * 1000,
      maxOutputBytes: outputBytesMax,
      stopsAll: true,
      ...(signal === undefined ? {} : { signal }),
    });
    const output = `${stdout.toString('utf8')}${stderr}`.trim();
    appendFileSync(log, `# ${when}: ${name}: exit code ${exitCode}\n${output}\n`);
    if (exitCode !== 0) throw hookFailed(name, when, `it ended with ${exitCode}: ${output.slice(-500)}`);
    const facts = { when, program: name, tookMs: Math.round(performance.now() - started) };
    return output === ''
      ? note('backup.hook-ran', facts)
      : note('backup.hook-said', { ...facts, output: output.slice(-200) });
  } catch (error) {
    signal?.throwIfAborted();
    if (isFailure(error, 'jobs.hook-failed')) throw error;
    appendFileSync(log, `# ${when}: ${name}: ${String(error)}\n`);
    throw hookFailed(name, when, error instanceof Error ? error.message : String(error), error);
  }
}

function hookFailed(name: string, when: 'before' | 'after', why: string, cause?: unknown): Failure {
  return new Failure('jobs.hook-failed', {
    message: `the program to run ${when} the backup failed: ${name}: ${why}`,
    hint:
      when === 'before'
        ? 'Nothing was backed up. Mend the program, or remove it: orbit job hook clear.'
        : 'What was backed up stays. Look whether everything it stopped before runs again.',
    ...(cause === undefined ? {} : { cause }),
  });
}
