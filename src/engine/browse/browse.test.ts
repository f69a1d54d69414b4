import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { failure } from '../../../test/support/failures.ts';
import { type TestRepository, testRepository } from '../../../test/support/repository.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { IndexedRepository } from '../repository/indexed-repository.ts';
import { findEntry, ls } from './entries.ts';
import { type ContentReader, fileSize, readFile } from './file-content.ts';
import { Finder } from './find.ts';

const content = randomBytesOf('browse', 6 * 1024 * 1024);

async function browsed(
  t: TestContext,
  work: (indexed: IndexedRepository, snapshot: NamedSnapshot, source: string) => Promise<void>,
): Promise<TestRepository> {
  const repository = await testRepository(t);
  const source = join(repository.folder, 'source');
  mkdirSync(join(source, 'folder/deep'), { recursive: true });
  writeFileSync(join(source, 'large'), content);
  writeFileSync(join(source, 'folder/a.conf'), 'a');
  writeFileSync(join(source, 'folder/deep/B.CONF'), 'b');
  writeFileSync(join(source, 'empty'), '');
  symlinkSync('large', join(source, 'link'));
  await repository.backup([source]);
  const [snapshot] = await repository.snapshots();
  await repository.open((indexed) => work(indexed, snapshot ?? assert.fail('no snapshot'), source));
  return repository;
}

const read = async (pieces: AsyncIterable<Buffer>): Promise<Buffer> => {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
};

test('any range of a file is read without the rest, and what lies beyond the end is not there', async (t) => {
  await browsed(t, async (indexed, snapshot, source) => {
    const entry = (await findEntry(indexed, snapshot, join(source, 'large'))) ?? assert.fail('not found');
    assert.ok((entry.node.content?.length ?? 0) > 1);
    assert.equal(fileSize(indexed, entry.node), content.length);
    const ranges: [number, number][] = [
      [0, content.length],
      [0, 1],
      [content.length - 1, 1],
      [content.length - 5, 100],
      [content.length, 10],
      [content.length + 10, 1],
      [5, 0],
      [1_000_000, 1_500_000],
    ];
    for (const [offset, length] of ranges) {
      const bytes = await read(readFile(indexed, entry.node, { offset, length }));
      assert.ok(bytes.equals(content.subarray(offset, offset + length)), `${offset} ${length}`);
    }
    let loaded = 0;
    const counting: ContentReader = {
      blobSize: (type, id) => indexed.blobSize(type, id),
      loadBlob(type, id) {
        loaded += 1;
        return indexed.loadBlob(type, id);
      },
    };
    await read(readFile(counting, entry.node, { offset: content.length - 1, length: 1 }));
    assert.equal(loaded, 1);
    assert.ok((await read(readFile(indexed, entry.node))).equals(content));
  });
});

test('a path is found, listed by folder or whole, and what is not there says so', async (t) => {
  await browsed(t, async (indexed, snapshot, source) => {
    const names = async (path: string, recursive: boolean): Promise<string[]> => {
      const all: string[] = [];
      for await (const entry of ls(indexed, snapshot, path, { recursive }))
        all.push(entry.path.toString().slice(source.length));
      return all;
    };
    assert.deepEqual(await names(source, false), ['/empty', '/folder', '/large', '/link']);
    assert.deepEqual(await names(`${source}/folder/`, true), ['/folder/a.conf', '/folder/deep', '/folder/deep/B.CONF']);
    assert.deepEqual(await names(`${source}/large`, true), ['/large']);
    assert.equal(await findEntry(indexed, snapshot, '/'), undefined);
    await assert.rejects(findEntry(indexed, snapshot, `${source}/nothing`), failure('browse.no-such-path', /nothing/));
    await assert.rejects(findEntry(indexed, snapshot, `${source}/large/x`), failure('browse.not-a-folder', /large/));
    const folder = await findEntry(indexed, snapshot, `${source}/folder`);
    await assert.rejects(read(readFile(indexed, folder?.node ?? assert.fail())), failure('browse.not-a-file'));
  });
});

test('a search finds by name and by path, with or without regard to case', async (t) => {
  await browsed(t, async (indexed, snapshot, source) => {
    const found = async (patterns: string[], options = {}): Promise<string[]> => {
      const all: string[] = [];
      for await (const entry of new Finder(indexed, patterns, options).in(snapshot))
        all.push(entry.path.toString().slice(source.length));
      return all;
    };
    assert.deepEqual(await found(['*.conf']), ['/folder/a.conf']);
    assert.deepEqual(await found(['*.conf'], { ignoreCase: true }), ['/folder/a.conf', '/folder/deep/B.CONF']);
    assert.deepEqual(await found([`${source}/*`], { type: 'file' }), ['/empty', '/large']);
    assert.deepEqual(await found(['folder', 'link']), ['/folder', '/link']);
    assert.deepEqual(await found(['*'], { newest: new Date(0) }), []);
  });
});
