// Stock restic, the judge of every repository.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram, type ProgramResult } from '../../src/base/program.ts';
import { testPassword } from './repositories.ts';

/** Runs stock restic on a repository in a folder, without its cache. */
export interface Restic {
  /** Runs it to its end, whatever its exit code. */
  run(...args: string[]): Promise<ProgramResult>;
  /** Runs it and fails the test unless it exits with 0. Gives its output. */
  ok(...args: string[]): Promise<string>;
  /** A file with the password. */
  passwordFile: string;
  /** Starts it and leaves it running; the caller stops it by its id. */
  start(...args: string[]): ReturnType<typeof spawn>;
}

/** restic for `repository`; `folder` gets the password file. `more` is for places that want credentials. */
export async function resticFor(
  repository: string,
  folder: string,
  more: Record<string, string> = {},
): Promise<Restic> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${testPassword.reveal()}\n`);
  const fixed = ['-r', repository, '--password-file', passwordFile, '--no-cache'];
  const run = (...args: string[]): Promise<ProgramResult> =>
    runProgram('restic', [...fixed, ...args], { env: { HOME: folder, TZ: 'UTC', ...more } });
  return {
    run,
    async ok(...args) {
      const { exitCode, stdout, stderr } = await run(...args);
      if (exitCode !== 0) throw new Error(`restic ${args.join(' ')} exits with ${exitCode}: ${stderr}`);
      return stdout.toString('utf8');
    },
    passwordFile,
    start: (...args) =>
      spawn('restic', [...fixed, ...args], {
        stdio: ['pipe', 'ignore', 'ignore'],
        env: { ...process.env, HOME: folder, ...more },
      }),
  };
}
