// A damaged repository, from `check` to a clean bill by stock restic, with the commands that `check` names.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findEntry } from '../src/engine/browse/entries.ts';
import { packKey } from '../src/engine/format/layout.ts';
import { cli, type CliResult } from './support/cli.ts';
import { randomBytesOf } from './support/random-bytes.ts';
import { testRepository } from './support/repository.ts';
import { needs } from './support/tools.ts';

test('what check advises heals what the source still has, and saves the rest', needs('restic'), async (context) => {
  const repository = await testRepository(context);
  const source = join(repository.folder, 'source');
  mkdirSync(source);
  for (const name of ['gone', 'here', 'other']) writeFileSync(join(source, name), randomBytesOf(name, 5000));
  await repository.backup([source]);
  const repo = (command: string, ...args: string[]): Promise<CliResult> =>
    cli(['repo', ...command.split(' '), '-r', repository.path, '-p', repository.passwordFile, ...args]);
  const damagedPack = await repository.open(async (indexed) => {
    const [snapshot] = await indexed.repository.listSnapshots();
    const packs = new Set<string>();
    for (const name of ['gone', 'here']) {
      const { node } = (await findEntry(indexed, snapshot ?? assert.fail(), join(source, name))) ?? assert.fail();
      const place = indexed.locateBlob('data', node.content?.[0] ?? assert.fail()) ?? assert.fail();
      const path = join(repository.path, packKey(place.packId));
      const bytes = readFileSync(path);
      bytes[place.offset + 100] = (bytes[place.offset + 100] ?? 0) ^ 1;
      rmSync(path);
      writeFileSync(path, bytes);
      packs.add(place.packId);
    }
    return [...packs];
  });
  rmSync(join(source, 'gone'));

  const found = await repo('check', '--read-data');
  assert.equal(found.exitCode, 1);
  assert.match(found.stdout, /What is lost: 2 file/);
  assert.match(found.stdout, new RegExp(`orbit repo repair packs .*${damagedPack[0]}`));
  const keepIn = join(repository.folder, 'kept');
  const packs = await repo('repair packs', ...damagedPack, '--keep-in', keepIn);
  assert.equal(packs.exitCode, 3, packs.stderr);
  assert.equal(readdirSync(keepIn).length, damagedPack.length);
  assert.equal((await repo('backup', '--force', '--host', 'test', source)).exitCode, 0);

  const planned = await repo('repair snapshots', '--dry-run');
  assert.equal(planned.exitCode, 3);
  assert.match(planned.stdout, /^lost: file .*\/source\/gone \(snapshot/m);
  assert.doesNotMatch(planned.stdout, /source\/here/, 'the new backup has healed it');
  const repaired = await repo('repair snapshots', '--forget');
  assert.match(repaired.stdout, /removed the damaged snapshot/);
  const checked = await repo('check', '--read-data');
  assert.equal(checked.exitCode, 0, checked.stdout);
  assert.doesNotMatch(checked.stdout, /What to do/);
  await repository.restic('check', '--read-data');
  const target = join(repository.folder, 'out');
  const [first] = await repository.snapshots();
  assert.deepEqual(first?.tags, ['repaired']);
  await repository.restic('restore', first?.id ?? '', '--target', target);
  assert.deepEqual(readdirSync(join(target, source)), ['here', 'other']);
  assert.ok(readFileSync(join(target, source, 'here')).equals(randomBytesOf('here', 5000)));
});
