// A file saver that notes what it reads of large files, and takes from the notes of a run that was cut off what need not be read again.
import { lstatSync, type BigIntStats } from 'node:fs';
import type { BlobId } from '../ids.ts';
import { decodeTree, type TreeNode } from '../format/tree.ts';
import type { FileSaver, SavedFile, SaveFileOptions } from './file-saver.ts';
import { type NewFiles, type NewFilesOptions, newFileStates } from './new-files.ts';
import { markOf, notedBytesMin, type ResumeNotes } from './resume-notes.ts';

/** Wraps a saver. `hasBlob` tells whether the repository's index knows a data blob. */
export function resumingFileSaver(inner: FileSaver, notes: ResumeNotes, hasBlob: (id: BlobId) => boolean): FileSaver {
  const known = (path: Buffer): SavedFile | undefined => {
    if (!notes.knows(path.toString('latin1'))) return undefined;
    const stat = lookAt(path);
    const content = stat === undefined ? undefined : notes.find(path.toString('latin1'), markOf(stat));
    if (content?.every(hasBlob) !== true) return undefined;
    return { content, size: Number(stat?.size), newBlobs: 0, newBytes: 0, storedBytes: 0 };
  };
  return {
    async saveFile(path: Buffer, options: SaveFileOptions = {}) {
      const before = known(path);
      if (before !== undefined) return before;
      // As it is before it is read: a file that changes meanwhile is another one for the next run.
      const stat = (options.expectedBytes ?? 0) >= notedBytesMin ? lookAt(path) : undefined;
      const saved = await inner.saveFile(path, options);
      if (stat !== undefined && BigInt(saved.size) === stat.size)
        notes.add(path.toString('latin1'), markOf(stat), saved.content);
      return saved;
    },
    ...(inner.saveNewFiles === undefined ? {} : { saveNewFiles: newFilesSaver(inner, notes) }),
    saveStream: (stream, options) => inner.saveStream(stream, options),
    close: () => inner.close(),
  };
}

// Files that the notes know are left to the walk, which asks for them one by one; the others go to the workers as ever.
function newFilesSaver(inner: FileSaver, notes: ResumeNotes): NonNullable<FileSaver['saveNewFiles']> {
  return async (folder, names, options) => {
    const where = folder.toString('latin1');
    const save = async (first: number, end: number): Promise<void> => {
      const onSaved = (part: NewFiles): void => {
        note(part, where, names.slice(first, end), notes);
        options.onSaved({ ...part, first: part.first + first });
      };
      if (end > first) await inner.saveNewFiles?.(folder, names.slice(first, end), { ...options, onSaved });
    };
    if (notes.isEmpty) return save(0, names.length);
    let first = 0;
    const parts: Promise<void>[] = [];
    for (const [index, name] of names.entries()) {
      if (!notes.knows(where + name)) continue;
      parts.push(save(first, index));
      first = index + 1;
      leave(index, options);
    }
    await Promise.all([...parts, save(first, names.length)]);
  };
}

function leave(first: number, { onSaved }: NewFilesOptions): void {
  onSaved({
    first,
    states: Uint8Array.of(newFileStates.other),
    ends: new Uint32Array(1),
    start: 0,
    nodes: Buffer.alloc(0),
    stats: new BigUint64Array(0),
    counts: { files: 0, size: 0, newBlobs: 0, newBytes: 0, storedBytes: 0 },
    knownDigests: new Uint8Array(0),
  });
}

function note(part: NewFiles, folder: string, names: readonly string[], notes: ResumeNotes): void {
  // Together they are smaller than one that is worth a note.
  if (part.counts.size < notedBytesMin) return;
  for (const [at, state] of part.states.entries()) {
    if (state !== newFileStates.saved) continue;
    const from = at === 0 ? part.start : (part.ends[at - 1] ?? 0);
    const node = largeNode(part.nodes.subarray(from, (part.ends[at] ?? 0) - 1));
    if (node === undefined || node.content === null) continue;
    const { size, mtime, ctime, inode, content } = node;
    notes.add(folder + (names[part.first + at] ?? ''), { size, mtimeNs: mtime.ns, ctimeNs: ctime.ns, inode }, content);
  }
}

// Decoded only where its size has as many digits as that of a large file.
function largeNode(encoded: Buffer): TreeNode | undefined {
  const size = /"size":(\d{7,})/.exec(encoded.toString('latin1'))?.[1];
  if (size === undefined || Number(size) < notedBytesMin) return undefined;
  return decodeTree(Buffer.concat([Buffer.from('{"nodes":['), encoded, Buffer.from(']}')]))[0];
}

function lookAt(path: Buffer): BigIntStats | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat?.isFile() === true ? stat : undefined;
}
