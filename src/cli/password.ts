// Where a command's password comes from: a file, a file named by the environment, or the terminal. Never an argument.
import { readFile } from 'node:fs/promises';
import { Failure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import type { CliContext } from './context.ts';
import { readSecret, standardInput } from './prompt.ts';

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
 * @throws Failure `cli.no-password`, `cli.secrets-differ`
 */
export async function readPassword(context: CliContext, request: PasswordRequest): Promise<SecretString> {
  const variable = request.variables.find((name) => context.env[name]);
  const file = request.file ?? (variable === undefined ? undefined : context.env[variable]);
  if (file !== undefined) return readPasswordFile(file);
  if (!context.isTerminal || standardInput(context).isTTY !== true) {
    throw noPassword('no password was given', `Name a file that holds it with ${request.flag}.`);
  }
  return readSecret(context, `${request.prompt}: `, { confirm: request.repeat === true });
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

function noPassword(message: string, hint: string, cause?: unknown): Failure {
  return new Failure('cli.no-password', { message, hint, ...(cause === undefined ? {} : { cause }) });
}
