// What was shown and typed in a terminal recording, line by line with its time: the base of search, jumps and plain text.
import type { TerminalEvent } from '../formats/terminal-event.ts';
import { ScreenLines } from './screen-lines.ts';

/** A line of a session. `command` is a line that a person gave to a shell, by its prompt or because typing was recorded. */
export interface TranscriptLine {
  atMs: number;
  kind: 'shown' | 'typed' | 'marker' | 'command';
  text: string;
}

/** Folds events into lines. */
export class Transcript {
  readonly #screen = new ScreenLines();
  #typed = '';
  #typedAny = false;
  #lastMs = 0;

  /** Lines that this event completes. */
  take({ atMs, type, text }: TerminalEvent): TranscriptLine[] {
    this.#lastMs = atMs;
    if (type === 'output') return this.#screen.take(text).flatMap((line) => this.#shown(atMs, line));
    if (type === 'input') return this.#type(atMs, text);
    return type === 'marker' && text !== '' ? [{ atMs, kind: 'marker', text }] : [];
  }

  /** What is left at the end. */
  end(): TranscriptLine[] {
    return this.#screen.flush().flatMap((line) => this.#shown(this.#lastMs, line));
  }

  #shown(atMs: number, text: string): TranscriptLine[] {
    const command = this.#typedAny ? undefined : commandAfterPrompt(text);
    const shown: TranscriptLine = { atMs, kind: 'shown', text };
    return command === undefined ? [shown] : [shown, { atMs, kind: 'command', text: command }];
  }

  #type(atMs: number, text: string): TranscriptLine[] {
    const lines: TranscriptLine[] = [];
    this.#typedAny = true;
    for (const key of text.replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?/g, '')) {
      if (key === '\r' || key === '\n') {
        if (this.#typed !== '') lines.push(...this.#entered(atMs, this.#typed));
        this.#typed = '';
      } else if (key === '\u007f' || key === '\b') this.#typed = [...this.#typed].slice(0, -1).join('');
      else if (key === '\u0003' || key === '\u0015') this.#typed = '';
      else if (key >= ' ' && this.#typed.length < 10_000) this.#typed += key;
    }
    return lines;
  }

  // What answers the question for a password is one: it is neither shown nor found.
  #entered(atMs: number, text: string): TranscriptLine[] {
    if (asksForSecret.test(this.#screen.current)) return [{ atMs, kind: 'typed', text: hiddenText }];
    return [
      { atMs, kind: 'typed', text },
      { atMs, kind: 'command', text },
    ];
  }
}

/** What stands for a typed password. */
export const hiddenText = '••••••••';

const asksForSecret =
  /\b(password|passphrase|passcode|senha|contraseña|passwort|mot de passe|pin|token)\b[^:]{0,80}:?\s*$/i;

// `ana@db01:~$ ls`, `[root@db01 ~]# ls`, `C:\> dir`, `$ ls`. A lone `#` begins comments more often than commands.
const prompt =
  /^(?:\([^)\s]{1,40}\) ?)?(?:\[[^\]\n]{1,80}\]|[\w.-]+@[\w.-]+[^#$%>❯]{0,120}?|[A-Z]:\\[^>]{0,120}|[A-Za-z][\w.()-]{0,40}(?=[>#])|~[\w./-]{0,80}|)\s?(?:[$%>❯]|(?<=\S\s?)#)\s?(?=\S)(.{1,4000})$/u;

/** The command on a line that looks like a shell's prompt, or undefined. */
export function commandAfterPrompt(line: string): string | undefined {
  const command = prompt.exec(line)?.[1]?.trim();
  return command === '' ? undefined : command;
}

/** Every line of a recording. */
export async function* transcriptOf(events: AsyncIterable<TerminalEvent>): AsyncGenerator<TranscriptLine> {
  const transcript = new Transcript();
  for await (const event of events) yield* transcript.take(event);
  yield* transcript.end();
}
