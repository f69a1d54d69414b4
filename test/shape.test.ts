// Keeps the house in shape: imports point one way, errors are documented, exported things say what they are for.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

// A room may import rooms above it in this list, and its own files. Rooms on one line do not import each other.
const ranks: string[][] = [
  ['base'],
  ['kdbx'],
  ['backends', 'store'],
  ['engine'],
  ['sources'],
  ['destinations'],
  ['breakglass'],
  ['recovery'],
  ['recordings'],
  ['accounts'],
  ['audit'],
  ['jobs'],
  ['notify'],
  ['reports'],
  ['app'],
  ['api'],
  ['cli'],
];
const rankOf = new Map(ranks.flatMap((rooms, rank) => rooms.map((room) => [room, rank] as const)));

const files = globSync('src/**/*.ts').filter((file) => !file.includes('/assembly/'));
const sources = files.filter((file) => !file.endsWith('.test.ts'));
const text = (file: string): string => readFileSync(file, 'utf8');
const roomOf = (file: string): string => (file.split('/')[1] ?? '').replace(/\.ts$/, '');

function importsOf(file: string): string[] {
  const found = text(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g);
  return [...found].map((match) => normalize(join(dirname(file), match[1] ?? '')));
}

test('every folder of src is a room with a rank', () => {
  for (const file of files) assert.ok(rankOf.has(roomOf(file)), `${file}: give its folder a rank`);
});

test('imports point up the list of rooms only', () => {
  for (const file of sources) {
    for (const target of importsOf(file)) {
      if (!target.startsWith('src/') || roomOf(target) === roomOf(file)) continue;
      const own = rankOf.get(roomOf(file)) ?? 0;
      const other = rankOf.get(roomOf(target)) ?? Infinity;
      assert.ok(other < own, `${file} imports ${target}: ${roomOf(file)} may not know ${roomOf(target)}`);
    }
  }
});

test('product code imports nothing from test, scripts or bench', () => {
  for (const file of sources) {
    for (const target of importsOf(file)) assert.ok(target.startsWith('src/'), `${file} imports ${target}`);
  }
});

test('every error code has a paragraph in docs/errors.md, and every paragraph a code', () => {
  const documented = new Set([...text('docs/errors.md').matchAll(/^### `([^`]+)`/gm)].map((match) => match[1] ?? ''));
  const used = new Set<string>();
  for (const file of sources) {
    for (const match of text(file).matchAll(
      /(?:\b(?:new Failure|[a-zA-Z]*[fF]ailure)\(\s*|\bcode: )'([a-z0-9-]+\.[a-z0-9-]+)'/g,
    ))
      used.add(match[1] ?? '');
  }
  assert.deepEqual([...used].filter((code) => !documented.has(code)).sort(), [], 'codes without a paragraph');
  assert.deepEqual([...documented].filter((code) => !used.has(code)).sort(), [], 'paragraphs without a code');
});

test('every exported thing has a doc comment', () => {
  const missing: string[] = [];
  for (const file of sources) {
    const lines = text(file).split('\n');
    lines.forEach((line, index) => {
      if (!/^export (async )?(function|class|const|interface|type|abstract)/.test(line)) return;
      if (!/\*\/\s*$/.test(lines[index - 1] ?? '')) missing.push(`${file}:${index + 1} ${line.slice(0, 60)}`);
    });
  }
  assert.deepEqual(missing, []);
});

test('every file says at its top what it is for', () => {
  for (const file of sources)
    assert.match(text(file), /^(#!.*\n)?\/\//, `${file} starts without a word on what it is for`);
});

test('only base/secret-string.ts may print a secret: no reveal() inside a template, a log or a failure', () => {
  for (const file of sources) {
    for (const line of text(file).split('\n')) {
      assert.doesNotMatch(line, /(log\w*\.|console\.|message:|hint:|facts:).*\.reveal\(\)/, file);
    }
  }
});
