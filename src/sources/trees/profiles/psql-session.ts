// A session of psql that stays open: what it exports lives as long as its transaction.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Failure, systemErrorCode } from '../../../base/failure.ts';
import { programEnvironment } from '../../../base/program.ts';
import type { Account } from '../account.ts';

/** How psql reaches the server. The password travels in the environment, which only its own account and root can read. */
export interface PsqlTarget {
  program: string;
  env: Record<string, string>;
  account?: Account;
}

/** An open session. */
export interface PsqlSession {
  /** Runs statements and gives their rows, columns divided by tabs. @throws Failure `profiles.database-refused` */
  query(sql: string): Promise<string[]>;
  close(): Promise<void>;
}

const answerBytesMax = 16 * 1024 * 1024;
const answerMsMax = 120_000;

/** Starts a session with one database. The first query shows whether it can be reached. */
export function openPsqlSession(target: PsqlTarget, database: string, signal?: AbortSignal): PsqlSession {
  const args = ['-X', '-A', '-t', '-q', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-w', '-f', '-'];
  const child = spawn(target.program, args, {
    cwd: '/',
    env: programEnvironment({ ...target.env, PGDATABASE: database, PGAPPNAME: 'orbit' }),
    ...target.account,
    ...(signal === undefined ? {} : { signal }),
  });
  let output = '';
  let errors = '';
  let heard = (): void => {};
  let problem: unknown;
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      problem = error;
      resolve();
    });
    child.on('close', () => resolve());
  }).then(() => {
    problem ??= new Error(errors.trim() || 'psql ended');
    heard();
  });
  child.stdin.on('error', () => {});
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.length > answerBytesMax) child.kill('SIGKILL');
    heard();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4096);
  });
  return {
    async query(sql) {
      const mark = `orbit-${randomBytes(8).toString('hex')}`;
      output = '';
      child.stdin.write(`${sql};\n\\echo ${mark}\n`);
      const deadline = AbortSignal.timeout(answerMsMax);
      deadline.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
      while (!output.includes(mark)) {
        signal?.throwIfAborted();
        if (problem !== undefined) throw refused(database, problem);
        await new Promise<void>((resolve) => (heard = resolve));
      }
      return output
        .slice(0, output.indexOf(mark))
        .split('\n')
        .filter((line) => line !== '');
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

function refused(database: string, cause: unknown): Failure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Failure('profiles.database-refused', {
    message: `the database '${database}' did not answer as it should: ${systemErrorCode(cause) === 'ENOENT' ? 'psql is not installed' : why}`,
    hint: 'Check that the server runs, and that the account or password of the profile may read every database.',
  });
}
