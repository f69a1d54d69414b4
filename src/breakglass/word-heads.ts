// Whether a word, a run or a date may begin at a place of a text in ASCII, told by its first three characters without making a text of
// them: a backup judges every password of a vault, and most places of a good one begin as nothing does.

// Letters in small and figures; 0 is all else.
const symbols = 'abcdefghijklmnopqrstuvwxyz0123456789';
const base = symbols.length + 1;
const firstFigure = symbols.indexOf('0') + 1;
const symbolOf = new Uint8Array(128);
for (let at = 0; at < symbols.length; at += 1) symbolOf[symbols.charCodeAt(at)] = at + 1;

/** A set of such beginnings, each of three characters; those that are not in ASCII are left out. */
export class Heads {
  readonly #plainOf = symbolOf.slice();
  readonly #words = new Uint8Array(base ** 3);
  readonly #runs = new Uint8Array(base ** 3);

  /** `leet` says for which letter a character also stands, in words. */
  constructor(words: Iterable<string>, runs: Iterable<string>, leet: Readonly<Record<string, string>>) {
    for (const [figure, letter] of Object.entries(leet))
      this.#plainOf[figure.charCodeAt(0)] = symbolOf[letter.charCodeAt(0)] as number;
    for (const [heads, given] of [
      [this.#words, words],
      [this.#runs, runs],
    ] as const)
      for (const head of given) if (isKnown(head)) heads[headAt(symbolOf, head, 0)] = 1;
  }

  /** Whether one of them stands at that place of a text in small ASCII letters, or one character three times, or four figures. */
  mayBegin(text: string, at: number): boolean {
    const first = text.charCodeAt(at);
    if (first === text.charCodeAt(at + 1) && first === text.charCodeAt(at + 2)) return true;
    const head = headAt(symbolOf, text, at);
    return (
      this.#words[head] === 1 ||
      this.#runs[head] === 1 ||
      this.#words[headAt(this.#plainOf, text, at)] === 1 ||
      (isFigure(text, at) && isFigure(text, at + 1) && isFigure(text, at + 2) && isFigure(text, at + 3))
    );
  }
}

function headAt(table: Uint8Array, text: string, at: number): number {
  const symbol = (place: number): number => table[text.charCodeAt(place)] as number;
  return (symbol(at) * base + symbol(at + 1)) * base + symbol(at + 2);
}

function isKnown(head: string): boolean {
  return head.length === 3 && [...head].every((character) => symbols.includes(character));
}

function isFigure(text: string, at: number): boolean {
  return at < text.length && (symbolOf[text.charCodeAt(at)] as number) >= firstFigure;
}
