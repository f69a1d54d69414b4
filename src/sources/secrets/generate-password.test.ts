import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { characterClasses, generatePassword, passwordBits } from './generate-password.ts';

test('a generated password has the length asked for and every class asked for', () => {
  for (let round = 0; round < 200; round += 1) {
    const password = generatePassword({ length: 8, classes: characterClasses }).reveal();
    assert.equal(password.length, 8);
    assert.match(password, /[a-z]/);
    assert.match(password, /[A-Z]/);
    assert.match(password, /[0-9]/);
    assert.match(password, /[^a-zA-Z0-9]/);
  }
});

test('a readable password has no characters that look alike', () => {
  const many = Array.from({ length: 50 }, () =>
    generatePassword({ length: 64, classes: characterClasses, isReadable: true }).reveal(),
  ).join('');
  assert.doesNotMatch(many, /[0O1lI|`'"]/);
});

test('passwords differ, and every character of the alphabet turns up', () => {
  const many = Array.from({ length: 300 }, () => generatePassword().reveal());
  assert.equal(new Set(many).size, 300);
  assert.equal(new Set(many.join('')).size, 62);
});

test('a recipe that cannot be met is refused', () => {
  assert.throws(() => generatePassword({ length: 7 }), failure('secrets.bad-recipe', /8 to 1024/));
  assert.throws(() => generatePassword({ length: 12.5 }), failure('secrets.bad-recipe'));
  assert.throws(() => generatePassword({ classes: [] }), failure('secrets.bad-recipe'));
});

test('the usual recipe is worth more than 128 bits', () => {
  assert.ok(passwordBits() > 128);
});
