import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { testRepository } from '../../../test/support/repository.ts';
import { PathPatterns, pathParts } from '../path-patterns.ts';
import { ls } from './entries.ts';
import { Finder } from './find.ts';

// Names that JSON and Go write in their own ways, each alone in its folder so that nothing else makes that folder worth decoding.
const names = [
  'a.conf',
  'A.CONF',
  'a<b&c>.conf',
  'back\\slash.conf',
  'quote".conf',
  'ünï.conf',
  'tab\t.conf',
  'plain',
  '[x].conf',
  'a b-c_1',
];
const patterns = [
  ['*.conf'],
  ['a*'],
  ['*b*c*'],
  ['a<b*'],
  ['back\\\\slash*'],
  ['?nï.conf'],
  ['[[]x].conf'],
  ['[a-c].conf'],
  ['[a-z]*[0-9]'],
  ['tab?.conf'],
  ['pl*n', 'a.conf'],
  ['**'],
  ['*'],
  ['*.conf', '!a.*'],
  ['7/pl?in'],
  ['nothing like it'],
  ['\\a.conf'],
];

test('folders that are passed over undecoded hold nothing that is looked for, whatever their names are', async (t) => {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  for (const [number, name] of names.entries()) {
    mkdirSync(join(source, `${number}`), { recursive: true });
    writeFileSync(join(source, `${number}`, name), '');
    mkdirSync(join(source, `raw${number}`));
    writeFileSync(
      Buffer.concat([Buffer.from(join(source, `raw${number}/`)), Buffer.from([0xff]), Buffer.from(name)]),
      '',
    );
  }
  await repository.backup([source]);
  const [snapshot] = await repository.snapshots();
  assert.ok(snapshot !== undefined);
  await repository.open(async (indexed) => {
    const everything: string[] = [];
    for await (const { path } of ls(indexed, snapshot, '/', { recursive: true })) everything.push(path.toString());
    assert.ok(everything.length > 40);
    for (const wanted of patterns)
      for (const ignoreCase of [false, true]) {
        const found: string[] = [];
        for await (const { path } of new Finder(indexed, wanted, { ignoreCase }).in(snapshot))
          found.push(path.toString());
        const match = new PathPatterns(wanted, { ignoreCase });
        const expected = everything.filter((path) => match.meansItself(pathParts(path)));
        assert.deepEqual(found, expected, `${wanted.join()} ${ignoreCase}`);
      }
  });
});

test('a folder without what is looked for is not decoded', async (t) => {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  mkdirSync(source);
  for (let number = 0; number < 5; number += 1) writeFileSync(join(source, `file ${number}`), '');
  await repository.backup([source]);
  const [snapshot] = await repository.snapshots();
  assert.ok(snapshot !== undefined);
  const parsed = t.mock.method(JSON, 'parse');
  await repository.open(async (indexed) => {
    const countFor = async (pattern: string): Promise<number> => {
      parsed.mock.resetCalls();
      for await (const _ of new Finder(indexed, [pattern]).in(snapshot));
      return parsed.mock.callCount();
    };
    const depth = pathParts(source).length;
    assert.equal(await countFor('nothing like it'), depth - 1);
    assert.equal(await countFor('fil*3'), depth);
  });
});
