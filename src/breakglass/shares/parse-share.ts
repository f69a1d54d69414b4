// Reads a share that a person typed: forgiving about how, exact about what.
import { Failure } from '../../base/failure.ts';
import { customization, findSlip, isIntact, type Slip } from './rs1024.ts';
import { decodeShare, minWords, type Share, wordsOfRecoveryShare } from './share.ts';
import { nearestWords, valueOfWord, wordList } from './word-list.ts';

const maxWords = 64;

/**
 * Reads a share from its words. Case, numbering, blanks and punctuation do not matter; four letters of a word are enough.
 * `name` says whose share it is in messages ("share 2", "Ana's share").
 * @throws Failure `breakglass.share-unknown-word` naming each word that is not in the list and its neighbours there,
 *   `breakglass.share-wrong-length`, `breakglass.share-mistyped` (the checksum fails; says which word where that can be known),
 *   `breakglass.share-malformed` when intact words say something no share says.
 */
export function parseShare(text: string | readonly string[], name = 'the share'): Share {
  const typed = typedWords(text);
  const values = typed.map((word) => valueOfWord(word));
  const unknown = values.flatMap((value, index) => (value === undefined ? [index] : []));
  if (unknown.length > 0) throw unknownWords(typed, unknown, name);
  const known = values.filter((value) => value !== undefined);
  if (known.length < minWords || known.length > maxWords) throw wrongLength(known, name);
  const purpose = purposeOf(known);
  if (!isIntact(known, purpose))
    throw known.length === wordsOfRecoveryShare ? mistyped(known, name) : wrongLength(known, name);
  const decoded = decodeShare(known);
  if (decoded === undefined) {
    throw new Failure('breakglass.share-malformed', {
      message: `${name} is intact but not a share of a kind that exists`,
      hint: 'These words were not made by a ceremony. Look for the sheet the custodian was given.',
    });
  }
  return { ...decoded, words: known.map((value) => wordList[value] ?? '') };
}

/** The words of a text as typed: runs of letters, whatever stands between them. */
export function typedWords(text: string | readonly string[]): string[] {
  const whole = typeof text === 'string' ? text : text.join(' ');
  return (
    whole
      .normalize('NFC')
      .toLowerCase()
      .match(/\p{L}+/gu) ?? []
  );
}

// The flag that chooses the checksum's purpose lies in the fifth bit from the end of the second word.
function purposeOf(values: readonly number[]): string {
  return customization(((values[1] ?? 0) & 16) !== 0);
}

function unknownWords(typed: string[], unknown: number[], name: string): Failure {
  const [first = 0] = unknown;
  const near = nearestWords(typed[first] ?? '');
  const numbers = unknown.map((index) => index + 1).join(', ');
  return new Failure('breakglass.share-unknown-word', {
    message:
      unknown.length === 1
        ? `word ${numbers} of ${name} ('${typed[first]}') is not in the word list`
        : `words ${numbers} of ${name} are not in the word list`,
    hint:
      near.length > 0
        ? `Did the sheet say ${near.map((word) => `'${word}'`).join(' or ')} for word ${first + 1}?`
        : 'Read the word on the sheet again; four letters of it are enough.',
    facts: { word: first + 1 },
  });
}

function wrongLength(values: number[], name: string): Failure {
  const slip = findSlip(values, purposeOf, wordsOfRecoveryShare);
  return new Failure('breakglass.share-wrong-length', {
    message: `${name} has ${values.length} words; a share has ${wordsOfRecoveryShare}`,
    hint: slip === undefined ? 'Type every word of the sheet, in the order of its numbers.' : slipHint(slip),
    facts: { words: values.length, ...slipFacts(slip) },
  });
}

function mistyped(values: number[], name: string): Failure {
  const slip = findSlip(values, purposeOf, wordsOfRecoveryShare);
  const where =
    slip === undefined
      ? 'more than one word is wrong'
      : slip.kind === 'swapped'
        ? `words ${slip.word} and ${slip.with} have changed places`
        : `word ${slip.word} is wrong`;
  return new Failure('breakglass.share-mistyped', {
    message: `${name} was mistyped: its checksum fails; ${where}`,
    hint: slip === undefined ? 'Compare every word with the sheet.' : slipHint(slip),
    facts: slipFacts(slip),
  });
}

function slipHint(slip: Slip): string {
  switch (slip.kind) {
    case 'wrong':
      return `Compare word ${slip.word} with the sheet; the others are right.`;
    case 'missing':
      return `Word ${slip.word} of the sheet seems to have been left out.`;
    case 'extra':
      return `Word ${slip.word} seems to have been typed twice or by mistake.`;
    case 'swapped':
      return `Compare words ${slip.word} and ${slip.with} with the sheet.`;
  }
}

function slipFacts(slip: Slip | undefined): Record<string, number> {
  if (slip === undefined) return {};
  return slip.kind === 'swapped' ? { word: slip.word, otherWord: slip.with } : { word: slip.word };
}
