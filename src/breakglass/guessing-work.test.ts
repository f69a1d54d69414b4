import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonWords } from './common-passwords.ts';
import { guessingBits } from './guessing-work.ts';

test('words, runs, repeats and dates cost a guesser less than as many random characters', () => {
  const random = guessingBits('hR7vqT2x');
  for (const weak of [
    'password',
    'p@$$w0rd',
    'qwertyui',
    '87654321',
    'ççççcccc',
    '20121224',
    'hR7vhR7v',
    '😀😀😀😀😀😀😀😀',
  ])
    assert.ok(guessingBits(weak) < random / 1.5, weak);
});

test('a text that could be said aloud costs less a letter than a random one, in any alphabet', () => {
  for (const [said, random] of [
    ['velocirap', 'vlcrptbcd'],
    ['coração bo', 'crçgtfxçbk'],
  ] as const)
    assert.ok(guessingBits(said) < guessingBits(random), said);
});

test('asked for so many bits, it gives fewer only where the whole text has fewer', () => {
  const texts = [
    '',
    'a',
    'senha2024',
    'correct horse battery',
    'x9$Kq',
    'İstanbul İstanbul',
    '密码123456',
    'T7#bq!zR8&mW2^yL',
  ];
  for (const text of texts) {
    const whole = guessingBits(text);
    for (let enough = 0; enough < 100; enough += 3) {
      const found = guessingBits(text, enough);
      assert.equal(found >= enough, whole >= enough, `${text} ${enough}`);
      if (found < enough) assert.equal(found, whole, `${text} ${enough}`);
    }
  }
});

test('a word, a run, a date or what was there before costs no more than that, wherever it stands', () => {
  // Figures of a word are not looked for beside figures that stand for letters.
  const leet = (word: string): string =>
    /\d/.test(word) ? word : word.replaceAll('a', '@').replaceAll('o', '0').replaceAll('e', '3');
  const words = commonWords.flatMap((word, rank) =>
    [word, word.toUpperCase(), leet(word)].map((text) => [text, Math.log2(rank + 4) + 2.5] as const),
  );
  const runs = ['abcdef', 'lkjhg', '98765', 'mmmm', '$$$$$', 'qwe'].map(
    (text) => [text, 4 + Math.log2(text.length)] as const,
  );
  const known = [...words, ...runs, ['1998', 7], ['241298', 15], ['31122024', 15]] as const;
  const befores = ['', 'x9%Kq#', 'ção 密#'];
  const add = (before: string, text: string, most: number): void => {
    const bits = guessingBits(before + text) - guessingBits(before);
    // A word of one or two characters is none.
    assert.ok(text.length < 3 || bits <= most + 1e-9, `${before}${text} ${bits}`);
  };
  for (const [text, most] of known) for (const before of befores) add(before, text, most);
  for (const piece of ['hR7', 'hR7v', 'x9$Kq%']) add(`${piece}#`, piece, 2 + Math.log2(piece.length));
});
