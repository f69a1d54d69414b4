// Notes: every code says the same facts in both languages, and old ones are told as they were kept.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Failure } from './failure.ts';
import { note, reasonOf, tellNote } from './note.ts';

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

test('a reason is told in the reader’s language: a note as its words, a failure with its names behind, words of programs as they are', () => {
  const inner = note('profiles.read-twice', { profile: 'pg' });
  const differ = note('profiles.moments-differ', { profiles: 'pg, my', reason: inner, spanMs: 3 });
  assert.match(tellNote(differ, 'en'), /: the source was read a second time, and pg was dumped anew;/);
  assert.match(tellNote(differ, 'pt'), /: a fonte foi lida uma segunda vez, e o dump de pg foi feito de novo;/);
  const failure = new Failure('backend.unreachable', { message: 'nas:22 does not answer', hint: 'Look at it.' });
  const failed = note('retention.failed', { reason: reasonOf(failure) });
  assert.equal(tellNote(failed, 'en'), 'retention could not be applied: nas:22 does not answer (Look at it.)');
  assert.equal(
    tellNote(failed, 'pt', { 'backend.unreachable': { detail: 'Não responde.', hint: 'Olhe.' } }),
    'a retenção não pôde ser aplicada: Não responde. Olhe. (nas:22 does not answer)',
  );
  assert.equal(reasonOf(new Error('EIO: i/o error')), 'EIO: i/o error');
});

test('both languages of a note name the same facts, and whoever writes one gives them', () => {
  const source = readFileSync(new URL('note-texts.ts', import.meta.url), 'utf8');
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
