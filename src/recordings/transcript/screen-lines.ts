// Turns a terminal's output into the lines a person saw, without drawing it: for finding and for plain text. Programs that
// use the whole screen leave the pieces of lines they wrote.

const sequence =
  /\x1b\[([0-?]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]{0,65536}(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]{0,65536}\x1b\\|\x1b[ -/]*[0-~]|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/gy;
// A sequence that has begun and may go on in the next piece of output.
const unfinished = /\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b]{0,4096}\x1b?|[PX^_][^\x1b]{0,4096}\x1b?|[ -/]*)?$/;
const columnsMax = 4096;

/** Collects output; `take` gives each line when it is complete. */
export class ScreenLines {
  #cells: string[] = [];
  #column = 0;
  #pending = '';

  /** The line that is being written. */
  get current(): string {
    return this.#cells
      .map((cell) => cell ?? ' ')
      .join('')
      .trimEnd();
  }

  /** Lines that this output completes. */
  take(output: string): string[] {
    const lines: string[] = [];
    const text = this.#pending + output;
    const cut = unfinished.exec(text);
    this.#pending = cut === null ? '' : text.slice(cut.index);
    const whole = cut === null ? text : text.slice(0, cut.index);
    sequence.lastIndex = 0;
    while (sequence.lastIndex < whole.length) {
      const at = sequence.lastIndex;
      const match = sequence.exec(whole);
      if (match === null) {
        sequence.lastIndex = at + 1;
        continue;
      }
      const [found, parameters, final] = match;
      if (final !== undefined) this.#control(parameters ?? '', final, lines);
      else if (found.charCodeAt(0) >= 0x20 && found.charCodeAt(0) !== 0x7f) this.#write(found);
      else if (found === '\n' || found === '\v' || found === '\f') this.#end(lines);
      else if (found === '\r') this.#column = 0;
      else if (found === '\b') this.#column = Math.max(0, this.#column - 1);
      else if (found === '\t') this.#column = Math.min(columnsMax, (Math.floor(this.#column / 8) + 1) * 8);
    }
    return lines;
  }

  /** What was written last, though its line never ended. */
  flush(): string[] {
    const lines: string[] = [];
    this.#end(lines);
    return lines;
  }

  #write(text: string): void {
    for (const character of text) {
      if (this.#column >= columnsMax) return;
      while (this.#cells.length < this.#column) this.#cells.push(' ');
      this.#cells[this.#column] = character;
      this.#column += 1;
    }
  }

  #end(lines: string[]): void {
    const line = this.current;
    if (line !== '') lines.push(line);
    this.#cells = [];
  }

  #control(parameters: string, final: string, lines: string[]): void {
    const count = Math.min(columnsMax, Math.max(1, Number.parseInt(parameters, 10) || 1));
    if (final === 'C') this.#column = Math.min(columnsMax, this.#column + count);
    else if (final === 'D') this.#column = Math.max(0, this.#column - count);
    else if (final === 'G' || final === '`') this.#column = count - 1;
    else if (final === 'P') this.#cells.splice(this.#column, count);
    else if (final === 'X') this.#cells.fill(' ', this.#column, this.#column + count);
    else if (final === 'K') this.#erase(parameters);
    else if ('ABEFHJdf'.includes(final) || (final === 'h' && parameters === '?1049')) {
      this.#end(lines);
      const [, column] = /^\d*;(\d+)/.exec(parameters) ?? [];
      if ('HfEF'.includes(final)) this.#column = Math.min(columnsMax, Math.max(1, Number(column ?? 1))) - 1;
    }
  }

  #erase(parameters: string): void {
    if (parameters === '1') this.#cells.fill(' ', 0, this.#column + 1);
    else if (parameters === '2') this.#cells = [];
    else this.#cells.length = Math.min(this.#cells.length, this.#column);
  }
}
