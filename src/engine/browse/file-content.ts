// A file's bytes straight from the repository: whole, or the part that is asked for, with the next blobs fetched ahead.
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { quote } from '../format/go-text.ts';
import type { TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import type { BlobReader } from '../repository/blob-store.ts';

/** Reads file content. */
export type ContentReader = Pick<BlobReader, 'blobSize' | 'loadBlob'>;

/** A part of a file, in bytes; without `length` to the end. What lies beyond the end is not there. */
export interface FileRange {
  offset?: number;
  length?: number;
}

interface Slice {
  id: BlobId;
  from: number;
  to: number;
}

const blobsAhead = 3;

/** The size of a file by its blobs, in bytes. @throws Failure `browse.not-a-file`, `repository.blob-missing` */
export function fileSize(reader: Pick<BlobReader, 'blobSize'>, node: TreeNode): number {
  return contentOf(node).reduce((size, id) => size + sizeOf(reader, node, id), 0);
}

/**
 * The bytes of a file, piece by piece; each piece belongs to the receiver, unless the reader keeps it too. Only the blobs that the range
 * touches are read.
 * @throws Failure `browse.not-a-file`, `browse.content-missing`, and what the repository throws
 */
export async function* readFile(
  reader: ContentReader,
  node: TreeNode,
  range: FileRange = {},
  options: Operation = {},
): AsyncGenerator<Buffer> {
  const slices = slicesOf(reader, node, range);
  const ahead: Promise<Buffer>[] = [];
  const fetchNext = (index: number): void => {
    const slice = slices[index];
    if (slice === undefined) return;
    const loading = reader.loadBlob('data', slice.id, options);
    // Whoever stops reading early must not leave a rejection behind.
    loading.catch(() => {});
    ahead.push(loading);
  };
  // The first comes alone, so that nothing stands in its way: whoever asked waits for it, and may want no more.
  fetchNext(0);
  for (const [index, { from, to }] of slices.entries()) {
    options.signal?.throwIfAborted();
    const bytes = await ahead.shift();
    for (let next = index + ahead.length + 1; ahead.length < blobsAhead && next < slices.length; next += 1)
      fetchNext(next);
    if (bytes !== undefined) yield bytes.subarray(from, to);
  }
}

function slicesOf(reader: ContentReader, node: TreeNode, { offset = 0, length = Infinity }: FileRange): Slice[] {
  const slices: Slice[] = [];
  const end = offset + length;
  let start = 0;
  for (const id of contentOf(node)) {
    const size = sizeOf(reader, node, id);
    if (start < end && start + size > offset)
      slices.push({ id, from: Math.max(0, offset - start), to: Math.min(size, end - start) });
    start += size;
  }
  return slices;
}

function contentOf(node: TreeNode): BlobId[] {
  if (node.type === 'file' && node.content !== null) return node.content;
  throw new Failure('browse.not-a-file', {
    message: `'${quote(node.name)}' is no file with content in this snapshot`,
    hint: 'Only files can be read; restore folders, links and devices.',
  });
}

function sizeOf(reader: Pick<BlobReader, 'blobSize'>, node: TreeNode, id: BlobId): number {
  const size = reader.blobSize('data', id);
  if (size !== undefined) return size;
  throw new Failure('browse.content-missing', {
    message: `the repository has lost a part of '${quote(node.name)}' (blob ${id})`,
    hint: 'Run `orbit repo check` to see what else is affected; an earlier snapshot may hold the file whole.',
  });
}
