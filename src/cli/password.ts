// Where a command's password comes from: a file, a file named by the environment, or the terminal. Never an argument.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Failure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import type { CliContext } from './context.ts';

/** What a password is for, and where it may come from. */
export interface PasswordRequest {
  /** Given by a flag. */
  file: string | undefined;
  /** Variables that may name a file, the first one set wins. */
  variables: string[];
  /** What the terminal asks, without the colon. */
  prompt: string;
  /** Asks twice on a terminal: for passwords that are being made. */
  repeat?: boolean;
  /** Flag to name in the hint. */
  flag: string;
}

/**
 * Reads a password. White space around a file's content is not part of it, as in restic.
 * @throws Failure `cli.no-password`
 */
export async function readPassword(context: CliContext, request: PasswordRequest): Promise<SecretString> {
  const variable = request.variables.find((name) => context.env[name]);
  const file = request.file ?? (variable === undefined ? undefined : context.env[variable]);
  if (file !== undefined) return readPasswordFile(file);
  if (!context.isTerminal || process.stdin.isTTY !== true) {
    throw noPassword('no password was given', `Name a file that holds it with ${request.flag}.`);
  }
  const password = await ask(context, `${request.prompt}: `);
  if (request.repeat === true && !(await ask(context, `${request.prompt}, again: `)).equals(password))
    throw noPassword('the two passwords differ', 'Start the command again.');
  return password;
}

async function readPasswordFile(file: string): Promise<SecretString> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw noPassword(`the password file ${file} cannot be read`, 'Check its path and its permissions.', error);
  }
  const password = new SecretString(text.trim());
  if (password.length === 0) throw noPassword(`the password file ${file} is empty`, 'Write the password into it.');
  return password;
}

async function ask(context: CliContext, prompt: string): Promise<SecretString> {
  context.stderr.write(prompt);
  // What is typed goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return new SecretString(await terminal.question('', { signal: context.signal }));
  } finally {
    terminal.close();
    context.stderr.write('\n');
  }
}

function noPassword(message: string, hint: string, cause?: unknown): Failure {
  return new Failure('cli.no-password', { message, hint, ...(cause === undefined ? {} : { cause }) });
}
