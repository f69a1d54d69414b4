// A session of a database server's own client that stays open: what it holds, or lets others join, lives as long as it does.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Failure, systemErrorCode } from '../../../base/failure.ts';
import { programEnvironment } from '../../../base/program.ts';
import type { Account } from '../account.ts';

/** How a client reaches its server. The password travels in the environment, which only its own account and root can read. */
export interface SqlClient {
  program: string;
  /** Rows alone, columns divided by tabs; the first error ends it. */
  args: readonly string[];
  env: Record<string, string>;
  account?: Account;
  /** What makes it print the word. */
  echo(word: string): string;
  /** What it is connected with, for messages. */
  title: string;
  /** A client that has not answered for so long is ended; two minutes unless told. */
  answerMsMax?: number;
}

/** An open session. */
export interface SqlSession {
  /** Runs statements and gives their rows, columns divided by tabs. @throws Failure `profiles.database-refused` */
  query(sql: string): Promise<string[]>;
  close(): Promise<void>;
}

const answerBytesMax = 16 * 1024 * 1024;

/** Starts a session. The first query shows whether the server can be reached. */
export function openSqlSession(client: SqlClient, signal?: AbortSignal): SqlSession {
  const child = spawn(client.program, client.args, {
    cwd: '/',
    env: programEnvironment(client.env),
    ...client.account,
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
    problem ??= new Error(errors.trim() || `${client.program} ended`);
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
      child.stdin.write(`${sql};\n${client.echo(mark)}\n`);
      // Only while an answer is awaited: an idle session keeps what it holds for as long as the dumps take.
      const deadline = setTimeout(() => child.kill('SIGKILL'), client.answerMsMax ?? 120_000);
      try {
        while (!output.includes(mark)) {
          signal?.throwIfAborted();
          if (problem !== undefined) throw refused(client, problem);
          await new Promise<void>((resolve) => (heard = resolve));
        }
      } finally {
        clearTimeout(deadline);
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

function refused({ program, title }: SqlClient, cause: unknown): Failure {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Failure('profiles.database-refused', {
    message: `${title} did not answer as it should: ${systemErrorCode(cause) === 'ENOENT' ? `${program} is not installed` : why}`,
    hint: 'Check that the server runs, and that the account or password of the profile may read every database.',
  });
}
