// New passwords from the system's random source.
import { randomInt } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import { SecretString } from '../../base/secret-string.ts';

const classes = {
  lower: 'abcdefghijklmnopqrstuvwxyz',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digits: '0123456789',
  symbols: '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
} as const;
const lookAlikes = new Set('0O1lI|`\'"');

/** A set of characters a password may be made of. */
export type CharacterClass = keyof typeof classes;

/** The names of the character classes. */
export const characterClasses = Object.keys(classes) as CharacterClass[];

// Letters of every alphabet count where people choose passwords; what we make is plain ASCII.
const members: Record<CharacterClass, RegExp> = {
  lower: /\p{Ll}/u,
  upper: /\p{Lu}/u,
  digits: /\p{Nd}/u,
  symbols: /[^\p{L}\p{N}]/u,
};

/** True when the text has a character of that class. */
export function hasClass(text: string, wanted: CharacterClass): boolean {
  return members[wanted].test(text);
}

/** How a password is made. */
export interface PasswordRecipe {
  /** 8 to 1024 characters; 24 unless told. */
  length?: number;
  /** At least one character of each is in the password; letters and digits unless told. */
  classes?: CharacterClass[];
  /** Leave out characters that are hard to tell apart on paper (`0O1lI|` and quotes). */
  isReadable?: boolean;
}

/**
 * A random password. Every password that has each wanted class in it is equally likely.
 * @throws Failure `secrets.bad-recipe` when the length or the classes make no sense.
 */
export function generatePassword(recipe: PasswordRecipe = {}): SecretString {
  const length = recipe.length ?? 24;
  const wanted = [...new Set<CharacterClass>(recipe.classes ?? ['lower', 'upper', 'digits'])];
  if (!Number.isInteger(length) || length < 8 || length > 1024 || wanted.length === 0) {
    throw new Failure('secrets.bad-recipe', {
      message: `a password of ${length} characters from ${wanted.length} classes cannot be made`,
      hint: `Ask for 8 to 1024 characters of ${characterClasses.join(', ')}.`,
    });
  }
  const sets = wanted.map((name) => [...classes[name]].filter((c) => !recipe.isReadable || !lookAlikes.has(c)));
  const alphabet = sets.flat();
  // Drawing again until every class is there keeps the result uniform, which putting one of each in does not.
  for (;;) {
    const drawn = Array.from({ length }, () => alphabet[randomInt(alphabet.length)] ?? '');
    if (sets.every((set) => drawn.some((character) => set.includes(character)))) {
      return new SecretString(drawn.join(''));
    }
  }
}

/** How hard a password of this recipe is to guess, in bits: those that must hold every class are hardly fewer. */
export function passwordBits(recipe: PasswordRecipe = {}): number {
  const wanted = [...new Set<CharacterClass>(recipe.classes ?? ['lower', 'upper', 'digits'])];
  const size = wanted.flatMap((name) =>
    [...classes[name]].filter((c) => !recipe.isReadable || !lookAlikes.has(c)),
  ).length;
  return Math.floor((recipe.length ?? 24) * Math.log2(size));
}
