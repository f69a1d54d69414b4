import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { testRepository } from '../../test/support/repository.ts';
import { drawSample } from './drill-sample.ts';

test('every file of a snapshot has the same chance to be drawn, and none is drawn twice', async (context) => {
  const repository = await testRepository(context);
  const source = join(repository.folder, 'source');
  for (const folder of ['a', 'b/c', 'd']) mkdirSync(join(source, folder), { recursive: true });
  const names = ['a/1', 'a/2', 'b/c/3', 'b/c/4', 'b/c/5', 'd/6', 'top-7', 'top-8'];
  for (const name of names) writeFileSync(join(source, name), name);
  await repository.backup([source]);
  const [snapshot] = await repository.snapshots();
  assert.ok(snapshot);
  await repository.open(async (indexed) => {
    let seed = 7;
    // A fixed sequence, so that the counts below are the same every time (Numerical Recipes' generator).
    const random = (below: number): number => {
      seed = (seed * 1_664_525 + 1_013_904_223) % 4_294_967_296;
      return Math.floor((seed / 4_294_967_296) * below);
    };
    const counts = new Map<string, number>();
    const rounds = 400;
    for (let round = 0; round < rounds; round += 1) {
      const { files, outOf, bytesOutOf } = await drawSample(indexed, snapshot, 3, { random });
      const drawn = files.map(({ path }) => path.toString().slice(source.length + 1));
      assert.equal(outOf, names.length);
      assert.equal(bytesOutOf, names.join('').length);
      assert.equal(new Set(drawn).size, 3);
      for (const name of drawn) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    const expected = (rounds * 3) / names.length;
    for (const name of names)
      assert.ok(Math.abs((counts.get(name) ?? 0) - expected) < expected * 0.25, `${name}: ${counts.get(name)}`);
    assert.equal((await drawSample(indexed, snapshot, 100)).files.length, names.length);
  });
});
