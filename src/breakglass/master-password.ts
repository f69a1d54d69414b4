// Decides whether a master password withstands guessing by someone who has the kit and time. It is an estimate, made
// low on purpose: the cheapest way to write the password as words, runs, repeats, dates and single characters.
import { Failure } from '../base/failure.ts';
import type { SecretString } from '../base/secret-string.ts';
import { commonWords } from './common-passwords.ts';

/** Shortest master password, in characters. */
export const masterPasswordLengthMin = 12;
/** A million guesses a second against scrypt 2^18 would need two thousand years for this many bits. */
export const masterPasswordBitsMin = 56;

/** What the estimator found. `reason` is empty when the password will do. */
export interface PasswordStrength {
  bits: number;
  reason: string;
}

// A letter of running text: between English measured (about 1.3 bits) and a random letter (4.7).
const textLetterBits = 2.4;
const rankOf = new Map(commonWords.map((word, rank) => [word, rank]));
const wordHeads = new Set(commonWords.map((word) => word.slice(0, 3)));
const wordLengthMax = Math.max(...commonWords.map((word) => word.length));
const keyRows = ['qwertyuiop', 'asdfghjklç', 'zxcvbnm', '1234567890', 'abcdefghijklmnopqrstuvwxyz'];
const rows = keyRows.flatMap((row) => [row, [...row].reverse().join('')]);
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

/** How many bits a guesser has to go through, and what is wrong with the password, if anything. */
export function passwordStrength(password: SecretString): PasswordStrength {
  const characters = [...password.reveal()];
  const bits = Math.floor(cheapest(characters, Number.POSITIVE_INFINITY));
  if (characters.length < masterPasswordLengthMin) {
    return { bits, reason: `it has ${characters.length} characters; ${masterPasswordLengthMin} are the least` };
  }
  if (bits < masterPasswordBitsMin) {
    return { bits, reason: `it is worth about ${bits} bits of chance; ${masterPasswordBitsMin} are the least` };
  }
  return { bits, reason: '' };
}

/** Whether a guesser has to go through so many bits at least; a strong password is told by its beginning. */
export function hasBits(password: SecretString, bits: number): boolean {
  return Math.floor(cheapest([...password.reveal()], bits)) >= bits;
}

/** @throws Failure `breakglass.weak-password` with the reason. */
export function refuseWeakPassword(password: SecretString): void {
  const { bits, reason } = passwordStrength(password);
  if (reason === '') return;
  throw new Failure('breakglass.weak-password', {
    message: `the master password is too weak: ${reason}`,
    hint: 'Take six unrelated words, or let Orbit generate one (--generate). Common words, names, dates, rows of keys and repeats hardly count.',
    facts: { bits },
  });
}

// best[n]: the fewest bits that describe the first n characters. It ends early when there is no way on below `enough`.
function cheapest(characters: string[], enough: number): number {
  const lowerCase = characters.map((character) => character.toLowerCase());
  const spellings: Spellings = {
    given: spelled(characters),
    lower: spelled(lowerCase),
    plain: spelled(lowerCase.map((character) => leet[character] ?? character)),
  };
  const isText = textLetters(characters);
  const best = [0, ...characters.map(() => Number.POSITIVE_INFINITY)];
  const describe = (end: number, bits: number): void => void (best[end] = Math.min(best[end] ?? 0, bits));
  for (const start of characters.keys()) {
    // Whatever describes all of it comes by one of these places.
    const least = Math.min(...best.slice(start));
    if (least >= enough) return least;
    const before = best[start] ?? 0;
    describe(start + 1, before + characterBits(characters, isText, start));
    const seen = piece(spellings.lower, 0, start);
    // What is no run, or was not seen before, is none with more characters either; most pieces begin as no word does.
    let [mayRun, mayRepeat] = [true, true];
    const mayBeWord = wordHeads.has(headAt(spellings.lower, start)) || wordHeads.has(headAt(spellings.plain, start));
    const mayBeDate = /\d/.test(characters[start] ?? '');
    for (let end = start + 3; end <= characters.length && (mayRun || mayRepeat || mayBeWord || mayBeDate); end += 1) {
      const text = piece(spellings.lower, start, end);
      mayRun &&= isRun(text);
      mayRepeat &&= seen.includes(text);
      const word = mayBeWord ? wordBits(spellings, start, end) : undefined;
      const short = 2 + Math.log2(end - start);
      const bits = word ?? (mayRun ? short + 2 : mayRepeat ? short : mayBeDate ? dateBits(text) : undefined);
      if (bits !== undefined) describe(end, before + bits);
    }
  }
  return best[characters.length] ?? 0;
}

/** A text, and where each of its characters begins, the end included. */
interface Spelling {
  text: string;
  at: number[];
}

type Spellings = Record<'given' | 'lower' | 'plain', Spelling>;

function spelled(characters: string[]): Spelling {
  const at = [0];
  for (const character of characters) at.push((at.at(-1) ?? 0) + character.length);
  return { text: characters.join(''), at };
}

function piece({ text, at }: Spelling, start: number, end: number): string {
  return text.slice(at[start], at[end]);
}

function characterBits(characters: string[], isText: boolean[], at: number): number {
  const character = characters[at] ?? '';
  // The same separator again and again is one decision.
  if (!/[\p{L}\p{N}]/u.test(character) && characters.indexOf(character) < at) return 1;
  if (isText[at]) return textLetterBits;
  if (/[0-9]/.test(character)) return Math.log2(10);
  if (/[a-zA-Z]/.test(character)) return Math.log2(26) + 0.3;
  return 5;
}

function headAt({ text, at }: Spelling, start: number): string {
  return text.slice(at[start], (at[start] ?? 0) + 3);
}

function wordBits({ given, lower, plain }: Spellings, start: number, end: number): number | undefined {
  if (end - start > wordLengthMax) return undefined;
  const text = piece(lower, start, end);
  const rank = rankOf.get(text) ?? rankOf.get(piece(plain, start, end));
  if (rank === undefined) return undefined;
  // Capitals and look-alike figures are tried with each word.
  return Math.log2(rank + 4) + 1 + (text === piece(given, start, end) ? 0 : 1.5);
}

function dateBits(text: string): number | undefined {
  if (/^(19|20)\d\d$/.test(text)) return 7;
  return /^(\d{6}|\d{8})$/.test(text) && isDate(text) ? 15 : undefined;
}

// One character over and over, or neighbours in the alphabet, the figures or a row of keys, either way.
function isRun(text: string): boolean {
  const [first = ''] = text;
  if (text === first.repeat(text.length / first.length)) return true;
  return rows.some((row) => row.includes(text));
}

function isDate(digits: string): boolean {
  const numbers = digits.match(/../g)?.map(Number) ?? [];
  const day = (value: number | undefined): boolean => value !== undefined && value >= 1 && value <= 31;
  return (day(numbers[0]) && day(numbers[1])) || (day(numbers.at(-1)) && day(numbers.at(-2)));
}

// Letters that belong to something that could be said aloud, rather than to a random string.
function textLetters(characters: string[]): boolean[] {
  const result = characters.map(() => false);
  for (let start = 0; start < characters.length; ) {
    let end = start;
    while (end < characters.length && /\p{L}/u.test(characters[end] ?? '')) end += 1;
    const letters = characters.slice(start, end).join('');
    const word = letters.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
    const vowels = word.replace(/[^aeiouy]/g, '').length / Math.max(word.length, 1);
    const isSayable = end - start >= 3 && vowels >= 0.2 && vowels <= 0.75 && !/[^aeiouy]{5}/.test(word);
    // Capitals in the midst of a word are decisions of their own.
    const isOneCase = /^.?\p{Ll}*$/u.test(letters) || letters === letters.toUpperCase();
    if (isSayable && isOneCase) result.fill(true, start, end);
    start = Math.max(end, start + 1);
  }
  return result;
}
