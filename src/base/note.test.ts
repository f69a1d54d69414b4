// Notes: every code says the same facts in both languages, and old ones are told as they were kept.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { note, tellNote } from './note.ts';

test('a note reads in both languages, with numbers as their readers write them', () => {
  const kept = note('retention.snapshots', { count: 12_345, bytes: 1536 });
  assert.equal(tellNote(kept, 'en'), 'retention: 12,345 snapshots let go, 1.50 KiB freed');
  assert.equal(tellNote(kept, 'pt'), 'retenção: 12.345 instantâneos descartados, 1,50 KiB liberados');
  const hook = note('backup.hook-ran', { when: 'before', program: '/bin/x', tookMs: 1500 });
  assert.equal(tellNote(hook, 'pt'), 'antes do backup rodou /bin/x (1,50 s)');
});

test('what an earlier version kept as text, and what a later one keeps under another code, is told too', () => {
  assert.equal(tellNote('as it was', 'pt'), 'as it was');
  assert.equal(tellNote({ code: 'later.thing', facts: {} }, 'pt'), 'later.thing');
});

test('both languages of a note name the same facts, and whoever writes one gives them', () => {
  const source = readFileSync(new URL('note.ts', import.meta.url), 'utf8');
  const facts = (text: string): string =>
    [...text.matchAll(/\{(\w+)\}/g)]
      .map(([, name]) => name ?? '')
      .toSorted()
      .join();
  const texts = new Map<string, string>();
  for (const [, code = '', body = ''] of source.matchAll(/^ {2}'([a-z-]+\.[a-z-]+)': \{([^]*?)\},\n/gm)) {
    const [english = '', portuguese = ''] = body.split(/\bpt: /);
    assert.equal(facts(english), facts(portuguese), code);
    texts.set(code, facts(english));
  }
  assert.ok(texts.size > 20);
  const written = globSync('src/**/*.ts', { exclude: ['src/base/note*.ts'] })
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  for (const code of texts.keys()) assert.ok(written.includes(`'${code}'`), `${code} is never written`);
});
