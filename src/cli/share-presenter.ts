// Hands shares to their custodians: on this terminal, one person after the other, or as sheets in a folder to be printed.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Failure, systemErrorCode } from '../base/failure.ts';
import type { HolderMark } from '../breakglass/custodians.ts';
import { sheetFileName, sheetOf } from '../breakglass/hand-out.ts';
import type { SharePresentation } from '../breakglass/split-among.ts';
import type { CliContext } from './context.ts';
import { standardInput } from './prompt.ts';

/** Where shares go. Without a folder they are shown on the terminal. */
export interface PresentOptions {
  /** A sheet a custodian is written here, readable by its owner only. A folder in memory (/dev/shm) leaves no trace. */
  sheets?: string | undefined;
  /** Lines on every sheet: whom to call. */
  contacts?: readonly string[];
  organisation?: string | undefined;
  now: Date;
}

/**
 * Shows every share on this terminal, or writes its sheet; says which of both.
 * @throws Failure `breakglass.no-way-to-show` when there is neither a folder nor a terminal, `breakglass.sheet-exists`.
 */
export async function presentShares(
  context: CliContext,
  shares: readonly SharePresentation[],
  options: PresentOptions,
): Promise<HolderMark> {
  if (options.sheets === undefined) {
    await showOnTerminal(context, shares);
    return 'viewed';
  }
  await makeSheetFolder(options.sheets);
  for (const presentation of shares) {
    const file = join(options.sheets, sheetFileName(presentation.set, presentation.share.index + 1));
    const bytes = Buffer.from(sheetOf(presentation, options));
    try {
      await refuseExistingSheet(file, () => writeFile(file, bytes, { flag: 'wx', mode: 0o600 }));
    } finally {
      bytes.fill(0);
    }
  }
  return 'printed';
}

/** Makes the folder of the sheets, readable by its owner only, and gives its name. */
export async function makeSheetFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Writes a sheet; one that is there already is never overwritten. @throws Failure `breakglass.sheet-exists`. */
export async function refuseExistingSheet(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    throw new Failure('breakglass.sheet-exists', {
      message: `${file} is there already`,
      hint: 'Give an empty folder: a sheet is never overwritten.',
      cause: error,
    });
  }
}

async function showOnTerminal(context: CliContext, shares: readonly SharePresentation[]): Promise<void> {
  const input = standardInput(context);
  if (input.isTTY !== true || !context.isTerminal) {
    throw new Failure('breakglass.no-way-to-show', {
      message: 'there is no terminal to show the shares on',
      hint: 'Run this on a terminal, or write the sheets into a folder with --sheets.',
    });
  }
  const lines = createInterface({ input, output: context.stderr, terminal: true, historySize: 0 });
  const ask = (question: string): Promise<string> => lines.question(question, { signal: context.signal });
  try {
    for (const { share, custodian, set, count } of shares) {
      clearScreen(context);
      await ask(`${custodian.name}, alone at this screen? Press Enter to see your share. `);
      context.stderr.write(
        `\nShare ${share.index + 1} of ${count}, set '${set}'. Write down every word:\n\n${wordTable(share.words)}\n\n`,
      );
      await ask('Written down and compared? Press Enter to clear the screen. ');
    }
  } finally {
    lines.close();
    clearScreen(context);
  }
}

function wordTable(words: readonly string[]): string {
  const rows = Math.ceil(words.length / 3);
  const cell = (place: number): string => `${String(place + 1).padStart(4)}. ${(words[place] ?? '').padEnd(12)}`;
  return Array.from({ length: rows }, (_, row) => [row, row + rows, row + 2 * rows].map(cell).join('')).join('\n');
}

// Also what can be scrolled back to.
function clearScreen(context: CliContext): void {
  context.stderr.write('\u001b[H\u001b[2J\u001b[3J');
}
