import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { changelog } from '../scripts/changelog.ts';
import { cliDocument } from '../scripts/cli-doc.ts';

test('docs/cli.md is what the commands say of themselves', async () => {
  assert.equal(readFileSync('docs/cli.md', 'utf8'), await cliDocument(), 'run node scripts/cli-doc.ts');
});

test('the changelog has every change', () => {
  assert.equal(readFileSync('CHANGELOG.md', 'utf8'), changelog(), 'run node scripts/changelog.ts');
});

test('every link of the documents leads to a file', () => {
  for (const file of [...globSync('*.md'), ...globSync('docs/**/*.md')]) {
    for (const match of readFileSync(file, 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      const target = join(dirname(file), match[1] ?? '');
      assert.ok(existsSync(target), `${file} links to ${target}`);
    }
  }
});

test('every document can be found from the README', () => {
  const seen = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const match of readFileSync(file, 'utf8').matchAll(/\]\(([^)#:]+\.md)(?:#[^)]*)?\)/g))
      follow(join(dirname(file), match[1] ?? ''));
  };
  follow('README.md');
  const lost = globSync('docs/**/*.md').filter((file) => !seen.has(file) && !file.startsWith('docs/decisions/'));
  assert.deepEqual(lost, []);
});

test('the README shows the two commands', () => {
  const readme = readFileSync('README.md', 'utf8');
  assert.match(readme, /npm ci && npm start/);
  assert.match(readme, /npm ci && npm test/);
});
