// Searching an opened kit on a terminal: type to find, a number to look, a letter to reveal one value.
import { createInterface } from 'node:readline';
import { searchSecrets, secretPath } from '../breakglass/kit/find-secrets.ts';
import type { KitSecret, OpenKit } from '../breakglass/kit/open-kit.ts';
import { formatCount } from '../base/quantities.ts';
import { isFailure } from '../base/failure.ts';
import type { CliContext } from './context.ts';
import type { OpeningLog } from './opening-log.ts';
import { printLine, table } from './output.ts';
import { printable } from './printable.ts';
import { standardInput } from './prompt.ts';
import { describeSecret, revealField } from './secret-view.ts';

const shownMax = 20;
const help =
  'Type a word to search, a number to look at a secret, p its password, t its code, r NAME a field, q to leave.';

/** Lets a person search and look until they leave with `q` or the end of input. */
export async function browseKit(context: CliContext, kit: OpenKit, log?: Pick<OpeningLog, 'seen'>): Promise<void> {
  const { signal, stderr } = context;
  const lines = createInterface({ input: standardInput(context), output: stderr, prompt: 'search> ', signal });
  const browser = new Browser(context, kit, log);
  printLine(context, help);
  try {
    lines.prompt();
    for await (const line of lines) {
      if (line.trim() === 'q') break;
      await browser.answer(line.trim());
      lines.prompt();
    }
    signal.throwIfAborted();
  } finally {
    lines.close();
  }
}

// What was found last, and which of it is looked at.
class Browser {
  readonly #context: CliContext;
  readonly #kit: OpenKit;
  readonly #log: Pick<OpeningLog, 'seen'> | undefined;
  #found: KitSecret[] = [];
  #current: KitSecret | undefined;

  constructor(context: CliContext, kit: OpenKit, log: Pick<OpeningLog, 'seen'> | undefined) {
    this.#log = log;
    this.#context = context;
    this.#kit = kit;
  }

  async answer(line: string): Promise<void> {
    const chosen = /^\d+$/.test(line) ? this.#found[Number(line) - 1] : undefined;
    if (chosen !== undefined) {
      this.#current = chosen;
      for (const row of describeSecret(chosen)) printLine(this.#context, row);
      return;
    }
    const field = line === 'p' ? 'password' : line === 't' ? 'totp' : /^r (.+)$/.exec(line)?.[1];
    if (field !== undefined && this.#current !== undefined) {
      // Noted before it is shown: what was shown is never missing from the record.
      await this.#log?.seen(this.#current, seenName(field), 'shown');
      return reveal(this.#context, this.#current, field);
    }
    this.#found = searchSecrets(this.#kit.secrets, line);
    this.#current = this.#found.length === 1 ? this.#found[0] : undefined;
    list(this.#context, this.#found);
  }
}

/** What an opening record calls a field. */
export function seenName(field: string): string {
  return { password: 'Password', username: 'UserName', notes: 'Notes', url: 'URL' }[field] ?? field;
}

function list(context: CliContext, found: KitSecret[]): void {
  const rows = found
    .slice(0, shownMax)
    .map((secret, index) => [String(index + 1), printable(secretPath(secret)), printable(secret.record.username)]);
  if (rows.length > 0) for (const line of table(['', 'NAME', 'USER'], rows)) printLine(context, line);
  const rest = found.length - rows.length;
  printLine(context, rest > 0 ? `and ${formatCount(rest)} more: add a word` : `${formatCount(found.length)} found`);
}

function reveal(context: CliContext, secret: KitSecret, field: string): void {
  try {
    printLine(context, revealField(secret, field, new Date()));
  } catch (error) {
    if (!isFailure(error)) throw error;
    printLine(context, printable(`${error.message}. ${error.hint ?? ''}`));
  }
}
