import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, lstatSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { failure } from '../../test/support/failures.ts';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import type { SnapshotEntry } from '../engine/browse/entries.ts';
import type { TreeNode } from '../engine/format/tree.ts';
import type { BlobId } from '../engine/ids.ts';
import { compareWithSource, piecesOf, proveContent } from './drill-compare.ts';

const parts = [Buffer.alloc(1_200_000, 'a'), Buffer.from('the end')];
const sha256 = (bytes: Buffer): BlobId => createHash('sha256').update(bytes).digest('hex') as BlobId;

async function backedUp(
  context: TestContext,
): Promise<{ file: string; entry: SnapshotEntry; reader: { blobSize(): number | undefined } }> {
  const file = join(await temporaryFolder(context), 'file');
  writeFileSync(file, Buffer.concat(parts));
  const { size, ino, mtimeNs, ctimeNs } = lstatSync(file, { bigint: true });
  const time = (ns: bigint): TreeNode['mtime'] => ({ ns }) as TreeNode['mtime'];
  const node = {
    type: 'file',
    size,
    inode: ino,
    mtime: time(mtimeNs),
    ctime: time(ctimeNs),
    content: parts.map(sha256),
  };
  const sizes = new Map(parts.map((part) => [sha256(part), part.length]));
  return {
    file,
    entry: { path: Buffer.from(file), node: node as unknown as TreeNode },
    reader: { blobSize: ((_: string, id: BlobId) => sizes.get(id)) as () => number | undefined },
  };
}

async function prove(path: string, entry: SnapshotEntry, reader: { blobSize(): number | undefined }): Promise<string> {
  const file = await open(path);
  try {
    return await proveContent(entry, reader, file);
  } finally {
    await file.close();
  }
}

test('a restored file is proved piece by piece: a changed, a missing and an added byte are found', async (context) => {
  const { file, entry, reader } = await backedUp(context);
  assert.equal(await prove(file, entry, reader), sha256(Buffer.concat(parts)));
  const whole = Buffer.concat(parts);
  for (const at of [0, 1_199_999, 1_200_000, whole.length - 1]) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 1;
    writeFileSync(file, changed);
    await assert.rejects(prove(file, entry, reader), failure('drill.content-differs', /another SHA-256/));
  }
  writeFileSync(file, whole.subarray(0, -1));
  await assert.rejects(prove(file, entry, reader), failure('drill.content-differs'));
  writeFileSync(file, Buffer.concat([whole, Buffer.from('x')]));
  await assert.rejects(prove(file, entry, reader), failure('drill.content-differs', /bytes were restored/));
});

test('an unchanged source is compared byte for byte; one that changed, or is gone, is not held against the backup', async (context) => {
  const { file, entry } = await backedUp(context);
  assert.equal(await compareWithSource(entry, parts), 'unchanged');
  const rotten = [parts[0] ?? Buffer.alloc(0), Buffer.from('the enD')];
  await assert.rejects(compareWithSource(entry, rotten), failure('drill.source-differs', /file/));
  await assert.rejects(compareWithSource(entry, parts.slice(0, 1)), failure('drill.source-differs'));
  await assert.rejects(compareWithSource(entry, [...parts, Buffer.from('more')]), failure('drill.source-differs'));
  // While we read, somebody writes: that is a change and no finding.
  const meanwhile = async function* (): AsyncGenerator<Buffer> {
    yield parts[0] ?? Buffer.alloc(0);
    appendFileSync(file, 'new');
    yield Buffer.from('the enD');
  };
  assert.equal(await compareWithSource(entry, meanwhile()), 'changed');
  rmSync(file);
  assert.equal(await compareWithSource(entry, parts), 'gone');
});

test('a file comes out in pieces, whole', async (context) => {
  const { file } = await backedUp(context);
  const handle = await open(file);
  const pieces: Buffer[] = [];
  for await (const piece of piecesOf(handle)) pieces.push(piece);
  await handle.close();
  assert.ok(pieces.length > 1 && Buffer.concat(pieces).equals(Buffer.concat(parts)));
});
