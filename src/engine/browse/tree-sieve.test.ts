import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeNames } from '../format/tree.ts';
import { siftTree } from './tree-sieve.ts';

interface Attribute {
  name: string;
  value: string;
}

// Names are written as Go quotes them, inside of JSON.
const entry = (name: string, more: object = {}): object => ({ name: quoted(name), type: 'file', size: 1, ...more });
const quoted = (name: string): string => name.replaceAll(/["\\]/g, '\\$&');
const treeOf = (entries: readonly object[]): Buffer => Buffer.from(`${JSON.stringify({ nodes: entries })}\n`);
const attribute = (name: string): Attribute => ({ name, value: 'eA==' });
const namesIn = (text: Buffer): string[] => decodeNames(text).map(({ name }) => name.toString());

test('of random trees every entry with a needle in its text stays, and nothing else comes in', () => {
  const words = ['a', 'name', 'type', 'b.conf', '},{', 'nodes', 'x"y', 'back\\slash', 'ü', ']}'];
  let seed = 20261128;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  let sifted = 0;
  for (let round = 0; round < 3000; round += 1) {
    const names = new Set(Array.from({ length: random(12) }, () => `${words[random(words.length)]}${random(30)}`));
    const entries = [...names]
      .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
      .map((name) => {
        const more =
          random(40) === 0 ? { extended_attributes: [1, 2, 3].map((each) => attribute(`user.${each}`)) } : {};
        return entry(name, more);
      });
    const text = treeOf(entries);
    const needles = [words[random(words.length)] ?? '', 'user.2'].map((word) => JSON.stringify(word).slice(1, -1));
    const wanted = entries.filter((each) => needles.some((needle) => JSON.stringify(each).includes(needle)));
    const left = siftTree(
      text,
      needles.map((needle) => Buffer.from(needle)),
    );
    const found = left === undefined ? [] : namesIn(left);
    const all = namesIn(text);
    for (const { name } of wanted as { name: string }[])
      assert.ok(found.map(quoted).includes(name), `${name} in ${text}`);
    assert.ok(found.every((name) => all.includes(name)));
    if (found.length < all.length) sifted += 1;
  }
  assert.ok(sifted > 1000, `${sifted} trees were made smaller`);
});

test('what could be taken for an entry and is none keeps a tree whole', () => {
  const attributes = treeOf([entry('a', { extended_attributes: ['user.a', 'user.b', 'user.c'].map(attribute) })]);
  assert.equal(siftTree(attributes, [Buffer.from('user.b')]), attributes);
  const unknown = treeOf([
    entry('a', { something: ['x', 'wanted', 'y'].map((name) => ({ name, value: 1 })) }),
    entry('b'),
  ]);
  assert.equal(siftTree(unknown, [Buffer.from('wanted')]), unknown);
  const otherOrder = Buffer.from('{"more":1,"nodes":[{"type":"file","name":"a"},{"type":"file","name":"b"}]}');
  assert.equal(siftTree(otherOrder, [Buffer.from('b')]), otherOrder);
  assert.equal(siftTree(treeOf([entry('a')]), [Buffer.from('b')]), undefined);
});
