import assert from 'node:assert/strict';
import { test } from 'node:test';
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
