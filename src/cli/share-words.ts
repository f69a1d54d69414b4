// Reads the words of shares: from files, or typed. Never from arguments, which other users of the machine can see.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Failure, isFailure } from '../base/failure.ts';
import { refuseUnfit } from '../breakglass/shares/combine-shares.ts';
import { parseShare, typedWords } from '../breakglass/shares/parse-share.ts';
import { type Share, wordsOfRecoveryShare } from '../breakglass/shares/share.ts';
import { canAsk } from './ask.ts';
import type { CliContext } from './context.ts';
import { clearScreen, readToEnd, standardInput } from './prompt.ts';

const fileBytesMax = 64 * 1024;

/**
 * Reads one share from a file.
 * @throws Failure `breakglass.share-…` with the file's name, `cli.unreadable-secret` when it cannot be read.
 */
export async function readShareFile(file: string): Promise<Share> {
  let text: string;
  try {
    text = (await readFile(file)).subarray(0, fileBytesMax).toString('utf8');
  } catch (error) {
    throw new Failure('cli.unreadable-secret', {
      message: `no share could be read from ${file}`,
      hint: 'The file holds the words of one share and nothing else.',
      cause: error,
    });
  }
  return parseShare(text, `the share in ${file}`);
}

/**
 * Asks for one share on the terminal, line by line until it is whole or an empty line ends it; what was typed is then
 * cleared from the screen. Without a terminal, all of standard input is the share.
 */
export async function readTypedShare(context: CliContext, question: string, name = 'the share'): Promise<Share> {
  const input = standardInput(context);
  if (input.isTTY !== true) return parseShare((await readToEnd(input)).toString('utf8'), name);
  context.stderr.write(
    `${question}\nThe ${wordsOfRecoveryShare} words, as many a line as you like; an empty line ends.\n`,
  );
  const words: string[] = [];
  const lines = createInterface({ input, output: context.stderr, terminal: true, historySize: 0 });
  const stop = (): void => lines.close();
  context.signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const line of lines) {
      if (line.trim() === '') break;
      words.push(...typedWords(line));
      if (words.length >= wordsOfRecoveryShare) break;
    }
  } finally {
    context.signal.removeEventListener('abort', stop);
    lines.close();
    // The words must not stay on the screen, nor in what can be scrolled back to.
    context.stderr.write(clearScreen);
  }
  context.signal.throwIfAborted();
  return parseShare(words, name);
}

/**
 * Asks for one share after the other; the first says how many there must be. Each is put into `shares`, the caller's to wipe.
 * A share that is mistyped, was typed before, or is of another set is said to be so, and asked for again.
 */
export async function askForShares(context: CliContext, shares: Share[] = []): Promise<Share[]> {
  for (let wanted = 1; shares.length < wanted; wanted = shares[0]?.threshold ?? 1) {
    const number = shares.length + 1;
    const question = `Share ${number}${number === 1 ? '' : ` of ${wanted}`}`;
    try {
      const share = await readTypedShare(context, question, `share ${number}`);
      refuseUnfit([...shares, share]);
      shares.push(share);
    } catch (error) {
      if (!canAsk(context) || !isFailure(error) || !isSlip(error)) throw error;
      context.stderr.write(`${error.message}\n${error.hint ?? ''}\n`);
    }
  }
  return shares;
}

// What a person at the terminal can mend by typing again.
function isSlip({ code }: Failure): boolean {
  return (
    code.startsWith('breakglass.share-') || ['breakglass.mixed-shares', 'breakglass.repeated-share'].includes(code)
  );
}
