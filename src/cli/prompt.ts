// Asks a person for a secret: nothing of it is echoed, nothing of it is ever an argument.
import { readFileSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { Failure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import type { CliContext, InputStream } from './context.ts';

/** Clears a terminal, what can be scrolled back to as well. */
export const clearScreen = '\u001b[H\u001b[2J\u001b[3J';

const secretBytesMax = 1024 * 1024;

/** Where a command's secret comes from besides a question: `file` is a path, or `-` for standard input. */
export interface SecretInput {
  file?: string | undefined;
  /** Ask twice and compare; for secrets that are new. */
  confirm?: boolean;
}

/**
 * Asks on the terminal without echo; the question goes to standard error. Backspace and Ctrl-U edit, Ctrl-C stops.
 * @throws Failure `cli.no-terminal` when standard input is no terminal; the context's signal reason when stopped.
 */
export async function promptSecret(context: CliContext, question: string): Promise<SecretString> {
  const input = standardInput(context);
  if (!isTerminal(input)) {
    throw new Failure('cli.no-terminal', {
      message: `there is no terminal to ask for: ${question.replace(/[:?]?\s*$/, '')}`,
      hint: 'Run this on a terminal, or hand the value over in a file (see --help).',
    });
  }
  context.signal.throwIfAborted();
  // No echo before the question: whoever types at once must not see it.
  input.setRawMode(true);
  try {
    context.stderr.write(question);
    return new SecretString(await readHiddenLine(input, context.signal));
  } finally {
    input.setRawMode(false);
    input.pause();
    context.stderr.write('\n');
  }
}

/**
 * Takes a secret from `input.file` (one trailing line break is not part of it), else from a question on the terminal,
 * else from standard input to its end.
 * @throws Failure `cli.unreadable-secret` when the file cannot be read or is empty, `cli.secrets-differ` when the
 *   second entry is another one.
 */
export async function readSecret(
  context: CliContext,
  question: string,
  input: SecretInput = {},
): Promise<SecretString> {
  if (input.file !== undefined && input.file !== '-') return firstOf(readSecretFile(input.file), input.file);
  const stdin = standardInput(context);
  if (input.file === '-' || !isTerminal(stdin)) return firstOf(await readToEnd(stdin), 'standard input');
  const secret = await promptSecret(context, question);
  if (input.confirm && !secret.equals(await promptSecret(context, 'Once more: '))) {
    throw new Failure('cli.secrets-differ', {
      message: 'the two entries are not the same',
      hint: 'Run the command again; nothing was changed.',
    });
  }
  return secret;
}

/** All of standard input, for values that are several lines or bytes. @throws Failure `cli.unreadable-secret` past 1 MiB. */
export async function readToEnd(input: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of input) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > secretBytesMax) throw unreadable('standard input', `it is longer than ${secretBytesMax} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** The context's standard input, or the process's. */
export function standardInput(context: CliContext): InputStream {
  return context.stdin ?? process.stdin;
}

type Terminal = InputStream & { setRawMode(isRaw: boolean): unknown };

function isTerminal(input: InputStream): input is Terminal {
  return input.isTTY === true && input.setRawMode !== undefined;
}

function readSecretFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, 'it cannot be read', error);
  }
}

function firstOf(bytes: Buffer, from: string): SecretString {
  if (bytes.length > secretBytesMax) throw unreadable(from, `it is longer than ${secretBytesMax} bytes`);
  const text = new TextDecoder('utf-8', { ignoreBOM: false }).decode(bytes).replace(/\r?\n$/, '');
  bytes.fill(0);
  if (text.length === 0) throw unreadable(from, 'it is empty');
  return new SecretString(text);
}

function unreadable(from: string, why: string, cause?: unknown): Failure {
  return new Failure('cli.unreadable-secret', {
    message: `no secret could be taken from ${from}: ${why}`,
    hint: 'The file holds the secret and nothing else; one line break at its end is left out.',
    cause,
  });
}

// In raw mode the terminal does nothing for us: it does not echo, and it does not turn Ctrl-C into a signal.
function readHiddenLine(input: Terminal, signal: AbortSignal): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let typed: string[] = [];
  let inEscape = false;
  return new Promise((resolve, reject) => {
    const done = (finish: () => void): void => {
      input.off('data', onData);
      input.off('end', onEnd);
      signal.removeEventListener('abort', onAbort);
      finish();
    };
    const onAbort = (): void => done(() => reject(signal.reason as Error));
    const onEnd = (): void => done(() => resolve(typed.join('')));
    const onData = (chunk: Buffer | string): void => {
      for (const character of typeof chunk === 'string' ? chunk : decoder.write(chunk)) {
        if (inEscape) inEscape = !/[A-Za-z~]/.test(character);
        else if (character === '\r' || character === '\n' || character === '\u0004') return onEnd();
        else if (character === '\u0003') process.kill(process.pid, 'SIGINT');
        else if (character === '\u007f' || character === '\b') typed.pop();
        else if (character === '\u0015') typed = [];
        else if (character === '\u001b') inEscape = true;
        else typed.push(character);
      }
    };
    signal.addEventListener('abort', onAbort, { once: true });
    input.on('data', onData);
    input.on('end', onEnd);
    input.resume();
  });
}
