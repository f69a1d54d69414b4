import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { bareNode } from '../backup/entry-node.ts';
import { decodeTree, encodeTree, type TreeNode } from './tree.ts';
import { decodeTreeInParts } from './tree-parts.ts';
import { localTime } from './node-time.ts';

const names = Array.from({ length: 60 }, (_, n) => `${String(n).padStart(3, '0')} "},{[]}\\ ü ${'x'.repeat(n % 7)}`);
const nodes: TreeNode[] = names.map((name, n) => ({
  ...bareNode(Buffer.from(name), localTime(1_700_000_000_000_000_000n)),
  type: 'file',
  mode: 0o644,
  extendedAttributes: n % 3 === 0 ? [{ name: Buffer.from('user.a'), value: Buffer.from(']}') }] : [],
}));
const whole = encodeTree(nodes);
/** Decoded in parts of a size, out of one piece and out of many that take each other's place in one buffer. */
function parts(bytes: Buffer, size: number, pieceBytes = 37): TreeNode[] {
  const room = Buffer.alloc(pieceBytes);
  function* pieces(): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += pieceBytes)
      yield room.subarray(0, bytes.copy(room, 0, at, at + pieceBytes));
  }
  const whole = [...decodeTreeInParts([bytes], size)];
  assert.deepEqual([...decodeTreeInParts(pieces(), size)], whole);
  return whole;
}
const textOf = (list: readonly TreeNode[]): string => encodeTree([...list]).toString();

test('parts of any size are together the same as the whole', () => {
  for (const size of [1, 10, 100, 333, 1000, 5000, whole.length, whole.length + 1])
    assert.equal(textOf(parts(whole, size)), whole.toString(), `${size}`);
  assert.deepEqual(parts(encodeTree([]), 1), []);
  // Keys that nobody knows, and spaces where programs may leave them.
  const odd = Buffer.from(
    whole
      .toString()
      .replace('},{', '} , {')
      .replace(/\]\}\s*$/, '] , "more":[{"a":[1]}] }\n'),
  );
  assert.equal(textOf(parts(odd, 50)), textOf(decodeTree(odd)));
});

test('one that is cut anywhere is refused, as the whole is', () => {
  for (let end = 10; end < whole.toString().trimEnd().length; end += 7)
    assert.throws(() => parts(whole.subarray(0, end), 100), failure('tree.damaged'), `cut at ${end}`);
});

test('order and names count across parts, and nothing may be hidden between them or behind', () => {
  const text = whole.toString();
  const between = (more: string): Buffer =>
    Buffer.from(text.replace(/\}\s*,\s*\{"name":"030/, `},${more}{"name":"030`));
  const twice = Buffer.from(textOf(nodes.slice(0, 1)).replace(/\]\}\s*$/, `,${text.slice(10)}`));
  assert.throws(() => parts(twice, 1), failure('tree.hostile-name'));
  const descending = Buffer.from(textOf(nodes.slice(1, 2)).replace(/\]\}\s*$/, `,${text.slice(10)}`));
  assert.throws(() => parts(descending, 1), failure('tree.damaged'));
  for (const more of [',', '1,', '[],', 'null,'])
    assert.throws(() => parts(between(more), 1), failure('tree.damaged'), more);
  for (const rest of [',]}', ']}]}', '],"nodes":[{}]}', `],"nodes":[${text.slice(10)}`, ']'])
    assert.throws(() => parts(Buffer.from(text.replace(/\]\}\s*$/, rest)), 1), { code: /^tree\./ }, rest);
});
