import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fc } from '../../../test/support/seeded.ts';
import { failure } from '../../../test/support/failures.ts';
import type { BlobId } from '../ids.ts';
import type { NodeType } from './file-mode.ts';
import { quote, unquote } from './go-text.ts';
import { formatNodeTime, localTime, parseNodeTime } from './node-time.ts';
import { compareNames, decodeNames, decodeTree, encodeNode, encodeTree, type TreeNode } from './tree.ts';

const types: NodeType[] = ['file', 'dir', 'symlink', 'dev', 'chardev', 'fifo', 'socket', 'irregular'];
const bytes = (constraints: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength: 40, ...constraints }).map((array) => Buffer.from(array));
const u64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const u32 = fc.nat({ max: 0xffff_ffff });
const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array).toString('hex') as BlobId);
const time = fc.record(
  {
    ns: fc.bigInt({ min: -62_000_000_000_000_000_000n, max: 253_000_000_000_000_000_000n }),
    offsetMinutes: fc.integer({ min: -14 * 60, max: 14 * 60 }),
  },
  { noNullPrototype: true },
);
const safeName = bytes({ minLength: 1 }).filter(
  (name) => !name.includes(0) && !name.includes(0x2f) && !['.', '..'].includes(name.toString('latin1')),
);
const text = fc.string({ minLength: 1, unit: 'grapheme' });

const node: fc.Arbitrary<TreeNode> = fc.record(
  {
    name: safeName,
    type: fc.constantFrom(...types),
    mode: u32,
    mtime: time,
    atime: time,
    ctime: time,
    uid: u32,
    gid: u32,
    inode: u64,
    deviceId: u64,
    size: u64,
    links: u64,
    device: u64,
    extendedAttributes: fc.array(
      fc.record({ name: text.map((name) => Buffer.from(name, 'utf8')), value: bytes() }, { noNullPrototype: true }),
      {
        maxLength: 3,
      },
    ),
    content: fc.option(fc.array(id, { maxLength: 3 })),
    user: text,
    group: text,
    linkTarget: bytes({ minLength: 1 }),
    genericAttributes: fc.dictionary(text, fc.json({ maxDepth: 2 }), { minKeys: 1, maxKeys: 2 }),
    subtree: id,
    error: text,
  },
  {
    noNullPrototype: true,
    requiredKeys: [
      'name',
      'type',
      'mode',
      'mtime',
      'atime',
      'ctime',
      'uid',
      'gid',
      'inode',
      'deviceId',
      'size',
      'links',
      'device',
      'extendedAttributes',
      'content',
    ],
  },
);
const tree = fc
  .uniqueArray(node, { maxLength: 6, selector: ({ name }) => name.toString('hex') })
  .map((nodes) => nodes.sort(compareNames));

test('decoding a tree undoes encoding it', () => {
  fc.assert(
    fc.property(tree, (nodes) => {
      const plain = nodes.filter((node) => node.genericAttributes === undefined);
      assert.deepEqual(decodeTree(encodeTree(plain)), plain);
    }),
  );
});

test('nodes that were encoded elsewhere stand in a tree as if they were encoded with it', () => {
  fc.assert(
    fc.property(tree, fc.array(fc.boolean()), (nodes, elsewhere) => {
      const encoded = Buffer.from(nodes.map((each) => `${encodeNode(each)},`).join(''));
      let to = 0;
      const mixed = nodes.map((each, at) => {
        const from = to;
        to += Buffer.byteLength(encodeNode(each)) + 1;
        return elsewhere[at] === true ? { encoded, from, to } : each;
      });
      assert.equal(encodeTree(mixed).toString(), encodeTree(nodes).toString());
    }),
  );
});

test('a decoded tree encodes to the same bytes again, generic attributes and 64-bit numbers included', () => {
  fc.assert(
    fc.property(tree, (nodes) => {
      const once = encodeTree(decodeTree(encodeTree(nodes)));
      assert.equal(encodeTree(decodeTree(once)).toString(), once.toString());
    }),
  );
});

test('whoever looks at names first sees the same entries', () => {
  fc.assert(
    fc.property(tree, (nodes) => {
      const encoded = encodeTree(nodes);
      const named = decodeNames(encoded);
      assert.deepEqual(
        named.map((each) => each.node()),
        decodeTree(encoded),
      );
      assert.deepEqual(
        named.map(({ name, subtree }) => [name, subtree]),
        nodes.map(({ name, subtree }) => [name, subtree]),
      );
    }),
  );
});

test('a look at names judges names and subtrees, and the rest of an entry when it is asked for', () => {
  const entries = (...list: object[]): Buffer => Buffer.from(JSON.stringify({ nodes: list }));
  const [odd] = decodeNames(entries({ name: 'odd', type: 'file', size: -1 }));
  assert.equal(odd?.name.toString(), 'odd');
  assert.throws(() => odd?.node(), failure('tree.damaged', /'size' of 'odd'/));
  assert.throws(() => decodeNames(entries({ name: '..' })), failure('tree.hostile-name'));
  assert.throws(() => decodeNames(entries({ name: 'b' }, { name: 'a' })), failure('tree.damaged'));
  assert.throws(() => decodeNames(entries({ name: 'a', subtree: 'no id' })), failure('tree.damaged', /'subtree'/));
});

test('every number comes out exact, however it is written, or is refused', () => {
  const keys = ['inode', 'device_id', 'size', 'links', 'device'] as const;
  const read = (key: string, literal: string): TreeNode | undefined =>
    decodeTree(
      Buffer.from(`{"nodes":[{"name":"before","type":"file"},{"name":"n","type":"file","${key}": ${literal}}]}`),
    )[1];
  for (const key of keys) {
    const exact = (literal: string): unknown => read(key, literal)?.[key === 'device_id' ? 'deviceId' : key];
    for (const literal of ['0', '9007199254740991', '9007199254740993', '18446744073709551615'])
      assert.equal(exact(literal), BigInt(literal), `${key} ${literal}`);
    assert.equal(exact('1e3'), 1000n);
    for (const literal of ['18446744073709551616', '-1', '-9007199254740993', '1.5', '1e400', '1e30', '"1"'])
      assert.throws(() => read(key, literal), failure('tree.damaged'), `${key} ${literal}`);
  }
  for (const key of ['mode', 'uid', 'gid'] as const) {
    assert.equal(read(key, '4294967295')?.[key], 4_294_967_295);
    for (const literal of ['4294967296', '9007199254740993', '0.5', '-1'])
      assert.throws(() => read(key, literal), failure('tree.damaged'), `${key} ${literal}`);
  }
});

test('whatever the bytes, decoding gives clean nodes or a failure with a code, never a crash', () => {
  const mutated = fc.tuple(tree, fc.nat(), bytes({ maxLength: 6 })).map(([nodes, at, garbage]) => {
    const whole = encodeTree(nodes);
    garbage.copy(whole, at % whole.length);
    return whole;
  });
  fc.assert(
    fc.property(fc.oneof(mutated, bytes({ maxLength: 200 })), (input) => {
      try {
        for (const each of decodeNames(input)) {
          assert.ok(each.name.length > 0 && !each.name.includes(0x2f) && !each.name.includes(0));
          each.node();
        }
        for (const { name } of decodeTree(input))
          assert.ok(name.length > 0 && !name.includes(0x2f) && !name.includes(0));
      } catch (error) {
        assert.match((error as { code?: string }).code ?? String(error), /^tree\.(damaged|hostile-name)$/);
      }
    }),
    { numRuns: 2000 },
  );
});

test('an empty folder has the tree id that restic gives it', () => {
  const digest = createHash('sha256').update(encodeTree([])).digest('hex');
  assert.equal(digest, 'ac08ce34ba4f8123618661bef2425f7028ffb9ac740578a3ee88684d2523fee8');
});

const entry = (name: string, more = ''): string =>
  `{"name":${JSON.stringify(name)},"type":"file","uid":0,"gid":0${more},"content":[]}`;
const treeOf = (...entries: string[]): Buffer => Buffer.from(`{"nodes":[${entries.join(',')}]}\n`);

test('a name that could lead out of its folder is refused, however it is spelled', () => {
  for (const name of ['', '.', '..', 'a/b', '/etc', 'a\\x00b', '\\x2fetc', '\\u002e\\u002e', '\\056\\056'])
    assert.throws(() => decodeTree(treeOf(entry(name))), failure('tree.hostile-name'), name);
  assert.throws(() => decodeTree(treeOf(entry('a'), entry('\\x61'))), failure('tree.hostile-name', /twice/));
});

test('a tree out of order, of unknown types, or with broken names, times, ids and numbers is damaged', () => {
  const broken = [
    treeOf(entry('b'), entry('a')),
    treeOf(entry('a\\q')),
    treeOf(entry('a\\ud800')),
    treeOf(entry('a', ',"mtime":"yesterday"')),
    treeOf(entry('a', ',"mtime":"2024-02-30T00:00:00Z"')),
    treeOf(entry('a', ',"inode":18446744073709551616')),
    treeOf(entry('a', ',"size":-1')),
    treeOf(entry('a', ',"size":1.5')),
    treeOf(entry('a', ',"mode":4294967296')),
    treeOf(entry('a', ',"subtree":"abc"')),
    treeOf('{"name":"a","type":"door","content":null}'),
    treeOf('{"name":"a","type":"file","content":["00"]}'),
    treeOf('7'),
    Buffer.from('{"nodes":{}}'),
    Buffer.from('[]'),
    Buffer.from('{"nodes":['),
    Buffer.from(`{"nodes":${'['.repeat(100_000)}`),
  ];
  for (const bytes of broken)
    assert.throws(() => decodeTree(bytes), failure('tree.damaged'), bytes.toString().slice(0, 99));
});

test('numbers of 64 bits keep every digit', () => {
  const [read] = decodeTree(treeOf(entry('a', ',"inode":9223372036854775815,"device_id":18446744073709551615')));
  assert.equal(read?.inode, 9223372036854775815n);
  assert.equal(read?.deviceId, 18446744073709551615n);
});

test('unknown keys and a null list are passed over, as other programs write them', () => {
  assert.deepEqual(decodeTree(Buffer.from('{"nodes":null}')), []);
  assert.equal(decodeTree(treeOf(entry('a', ',"future":[1,{"x":"}"}]'))).length, 1);
});

test('names are quoted as Go quotes them, and come back', () => {
  const cases: [Buffer | string, string][] = [
    ['plain name', 'plain name'],
    ['say "hi" \\', 'say \\"hi\\" \\\\'],
    ['\x07\b\f\n\r\t\v\x01\x7f', '\\a\\b\\f\\n\\r\\t\\v\\x01\\x7f'],
    [Buffer.from([0x66, 0xff, 0xe9, 0x80]), 'f\\xff\\xe9\\x80'],
    [Buffer.from([0xed, 0xa0, 0x80]), '\\xed\\xa0\\x80'],
    ['\u00ad\u00a0\u2028\ue000\ufeff', '\\u00ad\\u00a0\\u2028\\ue000\\ufeff'],
    ['\u{1f600}\uffee\ufffdé', '\u{1f600}\uffee\ufffdé'],
    ['\u{e0001}', '\\U000e0001'],
  ];
  for (const [name, quoted] of cases) {
    const raw = Buffer.from(name as string);
    assert.equal(quote(raw), quoted);
    assert.deepEqual(unquote(quoted), raw);
  }
  fc.assert(fc.property(bytes(), (raw) => assert.deepEqual(unquote(quote(raw)), raw)));
});

test('times are written as Go writes them', () => {
  const at = (text: string): string => formatNodeTime(parseNodeTime(text) ?? assert.fail(text));
  for (const same of [
    '1970-01-01T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999+14:00',
    '1901-12-13T20:45:51.1-03:06',
  ])
    assert.equal(at(same), same);
  assert.equal(at('2024-02-29T12:00:00.120000000+00:00'), '2024-02-29T12:00:00.12Z');
  assert.equal(formatNodeTime({ ns: -1n, offsetMinutes: 0 }), '1969-12-31T23:59:59.999999999Z');
});

test('a year that RFC 3339 does not have moves to the nearest one it has', () => {
  const second = 1_000_000_000n;
  assert.match(formatNodeTime(localTime(-90_000_000_000n * second)), /^0000-/);
  assert.match(formatNodeTime(localTime(300_000_000_000n * second + 5n)), /^9999-.*\.000000005Z$/);
  assert.match(formatNodeTime(localTime(9_000_000_000_000_000_000n * second)), /^9999-12-31/);
  assert.match(formatNodeTime(localTime(-9_000_000_000_000_000_000n * second)), /^0000-01-01/);
  fc.assert(
    fc.property(fc.bigInt({ min: -(1n << 90n), max: 1n << 90n }), (ns) => {
      const time = localTime(ns);
      assert.deepEqual(parseNodeTime(formatNodeTime(time)), time);
    }),
  );
});
