// restic is the judge of searches: the same entries in the same snapshots.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Finder, type FindOptions } from '../src/engine/browse/find.ts';
import { testRepository } from './support/repository.ts';
import { needs } from './support/tools.ts';

interface ResticFound {
  snapshot: string;
  matches: { path: string; type: string; size?: number; mtime: string }[];
}

test('a search over snapshots finds what restic finds', needs('restic'), async (t) => {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  mkdirSync(join(source, 'folder', 'deep'), { recursive: true });
  for (const name of ['a.conf', 'B.CONF', 'quote".conf', 'name":"x.conf', 'back\\slash.conf', 'ü.conf', 'a.txt'])
    writeFileSync(join(source, 'folder', name), name);
  writeFileSync(join(source, 'folder', 'deep', 'a.conf'), 'deep');
  symlinkSync('a.conf', join(source, 'folder', 'link.conf'));
  await repository.backup([source]);
  writeFileSync(join(source, 'folder', 'deep', 'late.conf'), 'late');
  await repository.backup([source]);
  rmSync(join(source, 'folder', 'a.conf'));
  chmodSync(join(source, 'folder', 'deep', 'a.conf'), 0o600);
  await repository.backup([source]);

  const ours = (patterns: string[], options: FindOptions): Promise<Map<string, string[]>> =>
    repository.open(async (indexed, opened) => {
      const finder = new Finder(indexed, patterns, options);
      const all = new Map<string, string[]>();
      for (const snapshot of await opened.listSnapshots()) {
        const found: string[] = [];
        for await (const { path, node } of finder.in(snapshot))
          found.push(`${path.toString()} ${node.type} ${node.type === 'file' ? node.size : 0n}`);
        if (found.length > 0) all.set(snapshot.id, found.sort());
      }
      return all;
    });
  const theirs = async (patterns: string[], flags: string[]): Promise<Map<string, string[]>> => {
    const list = JSON.parse(await repository.restic('find', '--json', ...flags, ...patterns)) as ResticFound[];
    return new Map(
      list
        .filter(({ matches }) => matches.length > 0)
        .map(({ snapshot, matches }) => [
          snapshot,
          matches.map(({ path, type, size = 0 }) => `${path} ${type} ${type === 'file' ? size : 0}`).sort(),
        ]),
    );
  };
  const searches: [string[], FindOptions, string[], number][] = [
    [['*.conf'], {}, [], 3],
    [['*.conf'], { ignoreCase: true }, ['--ignore-case'], 3],
    [['late.conf'], {}, [], 2],
    [['a.conf', '*.txt'], {}, [], 3],
    [[`${source}/*/deep/*`], {}, [], 3],
    [['name":"x.conf', 'ü*'], {}, [], 3],
    [['nowhere', 'name', 'subtree'], {}, [], 0],
  ];
  for (const [patterns, options, flags, snapshots] of searches) {
    const found = await ours(patterns, options);
    assert.equal(found.size, snapshots, patterns.join(' '));
    assert.deepEqual(found, await theirs(patterns, flags), patterns.join(' '));
  }
});
