// How much work a password is for a guesser. It is an estimate, made low on purpose: the cheapest way to write the password as
// words, runs, repeats, dates and single characters. A backup judges every password of a vault, so it is quick too.
import { commonWords } from './common-passwords.ts';
import { Heads } from './word-heads.ts';

// A letter of running text: between English measured (about 1.3 bits) and a random letter (4.7).
const textLetterBits = 2.4;
const digitBits = Math.log2(10);
const letterBits = Math.log2(26) + 0.3;
const rankOf = new Map(commonWords.map((word, rank) => [word, rank]));
const wordHeads = new Set(commonWords.map((word) => word.slice(0, 3)));
const wordLengthMax = Math.max(...commonWords.map((word) => word.length));
const dateLengthMax = 8;
const keyRows = ['qwertyuiop', 'asdfghjklç', 'zxcvbnm', '1234567890', 'abcdefghijklmnopqrstuvwxyz'];
const rows = keyRows.flatMap((row) => [row, [...row].reverse().join('')]);
const runHeads = new Set(rows.flatMap((row) => [...row].slice(2).map((_, at) => row.slice(at, at + 3))));
const leet: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};
const heads = new Heads(wordHeads, runHeads, leet);

/**
 * The fewest bits that describe the text. It stops where there is no way on below `enough`, and then gives any number from
 * `enough` up: a strong password is told by its beginning.
 */
export function guessingBits(text: string, enough = Number.POSITIVE_INFINITY): number {
  const password = new Password(text);
  const { length } = password;
  // best[n]: the fewest bits that describe the first n characters.
  const best = new Float64Array(length + 1).fill(Number.POSITIVE_INFINITY, 1);
  let furthest = 0;
  const describe = (end: number, bits: number): void => {
    if (bits < (best[end] as number)) best[end] = bits;
    furthest = Math.max(furthest, end);
  };
  for (let start = 0; start < length; start += 1) {
    // Whatever describes all of it comes by one of these places.
    const least = leastWithin(best, start, furthest);
    if (least >= enough) return least;
    const before = best[start] as number;
    describe(start + 1, before + password.characterBits(start));
    if (!password.mayBegin(start)) continue;
    // What is no run, or was not seen before, is none with more characters either; most pieces begin as no word does.
    let [mayRun, mayRepeat] = [true, true];
    let mayBeWord = password.mayBeWord(start);
    let mayBeDate = isDigit(password.character(start));
    for (let end = start + 3; end <= length && (mayRun || mayRepeat || mayBeWord || mayBeDate); end += 1) {
      const piece = password.lower(start, end);
      mayRun &&= isRun(piece);
      mayRepeat &&= password.hasBefore(piece, start);
      mayBeWord &&= end - start <= wordLengthMax;
      mayBeDate &&= end - start <= dateLengthMax;
      const word = mayBeWord ? password.wordBits(start, end) : undefined;
      const short = 2 + Math.log2(end - start);
      const bits = word ?? (mayRun ? short + 2 : mayRepeat ? short : mayBeDate ? dateBits(piece) : undefined);
      if (bits !== undefined) describe(end, before + bits);
    }
  }
  return best[length] as number;
}

/** A text by its characters, in the spellings that a guesser tries. */
class Password {
  readonly #characters: string | string[];
  readonly #given: Spelling;
  readonly #lower: Spelling;
  /** Without look-alike figures; most passwords are never asked for it. */
  #plain: Spelling | undefined;
  /** In small letters, where all of it is ASCII. */
  readonly #ascii: string | undefined;
  // The letters in a row that were looked at last: where they end, and whether they could be said aloud.
  #lettersEnd = 0;
  #isText = false;

  constructor(text: string) {
    const isAscii = /^[\0-\x7f]*$/.test(text);
    this.#characters = isAscii ? text : [...text];
    // Letter by letter: how a letter is made small may depend on its place in a text.
    const small = isAscii ? text.toLowerCase() : [...text].map((character) => character.toLowerCase());
    this.#given = new Spelling(this.#characters);
    this.#lower = new Spelling(small);
    this.#ascii = typeof small === 'string' ? small : undefined;
  }

  /** False where nothing but the character itself begins at that place. */
  mayBegin(start: number): boolean {
    const text = this.#ascii;
    if (text === undefined || heads.mayBegin(text, start)) return true;
    for (let at = 0; at + 3 <= start; at += 1) if (sameThree(text, at, start)) return true;
    return false;
  }

  #withoutFigures(): Spelling {
    this.#plain ??= this.#lower.changed((all) => all.replace(/[013457@$!]/g, (figure) => leet[figure] as string));
    return this.#plain;
  }

  get length(): number {
    return this.#characters.length;
  }

  character(at: number): string {
    return this.#characters[at] as string;
  }

  lower(start: number, end: number): string {
    return this.#lower.piece(start, end);
  }

  /** Whether the piece, which is in small letters, stands somewhere before that place. */
  hasBefore(piece: string, place: number): boolean {
    return this.#lower.endOf(piece) <= this.#lower.at(place);
  }

  mayBeWord(start: number): boolean {
    return wordHeads.has(this.#lower.head(start)) || wordHeads.has(this.#withoutFigures().head(start));
  }

  wordBits(start: number, end: number): number | undefined {
    const piece = this.#lower.piece(start, end);
    const rank = rankOf.get(piece) ?? rankOf.get(this.#withoutFigures().piece(start, end));
    if (rank === undefined) return undefined;
    // Capitals and look-alike figures are tried with each word.
    return Math.log2(rank + 4) + 1 + (piece === this.#given.piece(start, end) ? 0 : 1.5);
  }

  /** What one character costs. To be asked from the first to the last. */
  characterBits(at: number): number {
    const character = this.character(at);
    if (isLetter(character)) {
      if (this.#isInText(at)) return textLetterBits;
      return character < '\x80' ? letterBits : 5;
    }
    if (isDigit(character)) return digitBits;
    // The same separator again and again is one decision.
    if (this.#characters.indexOf(character) < at && !/\p{N}/u.test(character)) return 1;
    return 5;
  }

  // Letters that belong to something that could be said aloud, rather than to a random string.
  #isInText(at: number): boolean {
    if (at < this.#lettersEnd) return this.#isText;
    let end = at + 1;
    while (end < this.length && isLetter(this.character(end))) end += 1;
    this.#lettersEnd = end;
    this.#isText = end - at >= 3 && isSayable(this.#given.piece(at, end));
    return this.#isText;
  }
}

/** Characters as one text, and where in it each begins; where all are of one unit, nowhere else than where one thinks. */
class Spelling {
  readonly #text: string;
  readonly #at: number[] | undefined;

  constructor(characters: string | string[], at?: number[]) {
    if (typeof characters === 'string') {
      this.#text = characters;
      this.#at = at;
      return;
    }
    this.#text = characters.join('');
    this.#at = [0];
    for (const character of characters) this.#at.push((this.#at.at(-1) ?? 0) + character.length);
  }

  /** The same with other characters of the same lengths. */
  changed(change: (text: string) => string): Spelling {
    return new Spelling(change(this.#text), this.#at);
  }

  at(index: number): number {
    return this.#at === undefined ? index : (this.#at[index] as number);
  }

  piece(start: number, end: number): string {
    return this.#text.slice(this.at(start), this.at(end));
  }

  head(start: number): string {
    return this.#text.slice(this.at(start), this.at(start) + 3);
  }

  /** Where the piece, which is in it, ends for the first time. */
  endOf(piece: string): number {
    return this.#text.indexOf(piece) + piece.length;
  }
}

function sameThree(text: string, one: number, other: number): boolean {
  for (let at = 0; at < 3; at += 1) if (text.charCodeAt(one + at) !== text.charCodeAt(other + at)) return false;
  return true;
}

function leastWithin(best: Float64Array, start: number, end: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = start; at <= end; at += 1) least = Math.min(least, best[at] as number);
  return least;
}

function isLetter(character: string): boolean {
  const code = character.charCodeAt(0);
  if (code >= 0x80) return /\p{L}/u.test(character);
  const small = code | 0x20;
  return small >= 0x61 && small <= 0x7a;
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9' && character.length === 1;
}

function dateBits(text: string): number | undefined {
  if (/^(19|20)\d\d$/.test(text)) return 7;
  return /^(\d{6}|\d{8})$/.test(text) && isDate(text) ? 15 : undefined;
}

// One character over and over, or neighbours in the alphabet, the figures or a row of keys, either way.
function isRun(text: string): boolean {
  const first = String.fromCodePoint(text.codePointAt(0) as number);
  if (text.endsWith(first) && text === first.repeat(text.length / first.length)) return true;
  return text.length === 3 ? runHeads.has(text) : rows.some((row) => row.includes(text));
}

function isDate(digits: string): boolean {
  const numbers = digits.match(/../g)?.map(Number) ?? [];
  const day = (value: number | undefined): boolean => value !== undefined && value >= 1 && value <= 31;
  return (day(numbers[0]) && day(numbers[1])) || (day(numbers.at(-1)) && day(numbers.at(-2)));
}

function isSayable(letters: string): boolean {
  const word = withoutMarks(letters.toLowerCase());
  let [vowels, silent] = [0, 0];
  for (let at = 0; at < word.length; at += 1) {
    const isVowel = 'aeiouy'.includes(word[at] as string);
    silent = isVowel ? 0 : silent + 1;
    if (silent === 5) return false;
    if (isVowel) vowels += 1;
  }
  const share = vowels / Math.max(word.length, 1);
  if (share < 0.2 || share > 0.75) return false;
  // Capitals in the midst of a word are decisions of their own.
  return /^.?\p{Ll}*$/u.test(letters) || letters === letters.toUpperCase();
}

function withoutMarks(text: string): string {
  return /^[\0-\x7f]*$/.test(text) ? text : text.normalize('NFD').replace(/\p{M}/gu, '');
}
