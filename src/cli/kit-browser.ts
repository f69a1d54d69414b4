// Searching an opened kit on a terminal: type to find, a number to look, a letter to reveal one value.
import { createInterface } from 'node:readline/promises';
import { findSecret, searchSecrets, secretPath } from '../breakglass/kit/find-secrets.ts';
import type { KitSecret, OpenKit } from '../breakglass/kit/open-kit.ts';
import { formatCount } from '../base/quantities.ts';
import { isFailure } from '../base/failure.ts';
import type { CliContext } from './context.ts';
import { printLine, table } from './output.ts';
import { standardInput } from './prompt.ts';
import { describeSecret, revealField } from './secret-view.ts';

const shownMax = 20;
const help =
  'Type a word to search, a number to look at a secret, p its password, t its code, r NAME a field, q to leave.';

/** Lets a person search and look until they leave with `q` or the end of input. */
export async function browseKit(context: CliContext, kit: OpenKit): Promise<void> {
  const lines = createInterface({ input: standardInput(context), output: context.stderr, terminal: true });
  let found: KitSecret[] = [];
  let current: KitSecret | undefined;
  printLine(context, help);
  try {
    for (;;) {
      const answer = (await ask(context, lines)).trim();
      if (answer === 'q') return;
      const number = /^\d+$/.test(answer) ? Number(answer) : undefined;
      if (number !== undefined && found[number - 1] !== undefined) {
        current = found[number - 1];
        if (current !== undefined) for (const line of describeSecret(current)) printLine(context, line);
        continue;
      }
      const field = answer === 'p' ? 'password' : answer === 't' ? 'totp' : /^r (.+)$/.exec(answer)?.[1];
      if (field !== undefined && current !== undefined) {
        reveal(context, current, field);
        continue;
      }
      found = searchSecrets(kit.secrets, answer);
      current = found.length === 1 ? findSecret(found, found[0]?.record.id ?? '') : undefined;
      list(context, found);
    }
  } catch (error) {
    // The end of input ends the search; so does Ctrl-C, which the frame turns into its exit code.
    if (context.signal.aborted || !(error instanceof Error) || error.name !== 'AbortError') throw error;
  } finally {
    lines.close();
  }
}

async function ask(context: CliContext, lines: ReturnType<typeof createInterface>): Promise<string> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  lines.once('close', end);
  try {
    return await lines.question('search> ', { signal: AbortSignal.any([context.signal, ended.signal]) });
  } finally {
    lines.off('close', end);
  }
}

function list(context: CliContext, found: KitSecret[]): void {
  const rows = found
    .slice(0, shownMax)
    .map((secret, index) => [String(index + 1), secretPath(secret), secret.record.username]);
  if (rows.length > 0) for (const line of table(['', 'NAME', 'USER'], rows)) printLine(context, line);
  const rest = found.length - rows.length;
  printLine(context, rest > 0 ? `and ${formatCount(rest)} more: add a word` : `${formatCount(found.length)} found`);
}

function reveal(context: CliContext, secret: KitSecret, field: string): void {
  try {
    printLine(context, revealField(secret, field, new Date()));
  } catch (error) {
    if (!isFailure(error)) throw error;
    printLine(context, `${error.message}. ${error.hint ?? ''}`);
  }
}
