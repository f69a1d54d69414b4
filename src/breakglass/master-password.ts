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
const wordLengthMax = Math.max(...commonWords.map((word) => word.length));
const rows = ['qwertyuiop', 'asdfghjklç', 'zxcvbnm', '1234567890', 'abcdefghijklmnopqrstuvwxyz'];
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
  const bits = Math.floor(cheapest(characters));
  if (characters.length < masterPasswordLengthMin) {
    return { bits, reason: `it has ${characters.length} characters; ${masterPasswordLengthMin} are the least` };
  }
  if (bits < masterPasswordBitsMin) {
    return { bits, reason: `it is worth about ${bits} bits of chance; ${masterPasswordBitsMin} are the least` };
  }
  return { bits, reason: '' };
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

// best[n]: the fewest bits that describe the first n characters.
function cheapest(characters: string[]): number {
  const lower = characters.map((character) => character.toLowerCase());
  const plain = lower.map((character) => leet[character] ?? character);
  const isText = textLetters(characters);
  const best: number[] = [0];
  for (let end = 1; end <= characters.length; end += 1) {
    let least = (best[end - 1] ?? 0) + characterBits(characters, isText, end - 1);
    for (let start = 0; start <= end - 3; start += 1) {
      const piece = pieceBits(characters, lower, plain, start, end);
      if (piece !== undefined) least = Math.min(least, (best[start] ?? 0) + piece);
    }
    best.push(least);
  }
  return best[characters.length] ?? 0;
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

function pieceBits(
  characters: string[],
  lower: string[],
  plain: string[],
  start: number,
  end: number,
): number | undefined {
  const length = end - start;
  const text = lower.slice(start, end).join('');
  if (length <= wordLengthMax) {
    const rank = rankOf.get(text) ?? rankOf.get(plain.slice(start, end).join(''));
    // Capitals and look-alike figures are tried with each word.
    if (rank !== undefined) return Math.log2(rank + 4) + 1 + (text === characters.slice(start, end).join('') ? 0 : 1.5);
  }
  if (isRun(text)) return 4 + Math.log2(length);
  if (lower.slice(0, start).join('').includes(text)) return 2 + Math.log2(length);
  if (/^(19|20)\d\d$/.test(text)) return 7;
  if (/^(\d{6}|\d{8})$/.test(text) && isDate(text)) return 15;
  return undefined;
}

// One character over and over, or neighbours in the alphabet, the figures or a row of keys, either way.
function isRun(text: string): boolean {
  if ([...text].every((character) => character === text[0])) return true;
  const backwards = [...text].reverse().join('');
  return rows.some((row) => row.includes(text) || row.includes(backwards));
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
