// What a run has read of large files, noted as it goes in a file on this machine, so that a run that is cut off need not read them
// again. The file goes when a run has ended well. It only saves time: a note is believed while the file is the same by size, times
// and inode and the repository knows all its blobs, and a damaged line is passed over.
import { hash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, type BigIntStats } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { BlobId } from '../ids.ts';

/** Files below this are read again: that takes hardly longer than noting them. Bytes. */
export const notedBytesMin = 4 * 1024 * 1024;

// Larger than any sensible one: then there is nothing to believe.
const notesBytesMax = 256 * 1024 * 1024;

/** What tells a file's content without reading it. */
export interface FileMark {
  size: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  inode: bigint;
}

interface Note {
  mark: string;
  content: BlobId[];
}

/** The mark of a file as the system describes it. */
export function markOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): FileMark {
  return { size, mtimeNs, ctimeNs, inode: ino };
}

/** The notes of one backup. Never fails it: what cannot be noted is not noted. */
export class ResumeNotes {
  readonly #path: string;
  readonly #notes: Map<string, Note>;
  #isBroken = false;

  private constructor(path: string, notes: Map<string, Note>) {
    this.#path = path;
    this.#notes = notes;
  }

  /** What an interrupted run left, if anything. */
  static open(path: string): ResumeNotes {
    const notes = new Map<string, Note>();
    try {
      if (statSync(path).size <= notesBytesMax)
        for (const line of readFileSync(path, 'latin1').split('\n')) takeLine(line, notes);
    } catch {
      // There are none.
    }
    return new ResumeNotes(path, notes);
  }

  get isEmpty(): boolean {
    return this.#notes.size === 0;
  }

  /** True when something is known of the path, whatever the file is now. `path`: raw bytes, one character each. */
  knows(path: string): boolean {
    return this.#notes.has(path);
  }

  /** The content of the file, if it was read and is the same. */
  find(path: string, mark: FileMark): BlobId[] | undefined {
    const note = this.#notes.get(path);
    return note?.mark === markText(mark) ? note.content : undefined;
  }

  /** Notes what was read. */
  add(path: string, mark: FileMark, content: readonly BlobId[]): void {
    if (this.#isBroken) return;
    const text = JSON.stringify([path, markText(mark), content]);
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      appendFileSync(this.#path, `${checksum(text)} ${text}\n`, { encoding: 'latin1', mode: 0o600 });
    } catch {
      this.#isBroken = true;
    }
  }

  /** When the snapshot is stored. Notes that stay are believed no more than ever. */
  forget(): void {
    try {
      rmSync(this.#path, { force: true });
    } catch {
      // The backup is made; a file that cannot be removed does not undo it.
    }
  }
}

/** Where the notes of a backup lie: one file for each source. */
export function notesName(source: string): string {
  return `${hash('sha256', source).slice(0, 32)}.notes`;
}

function markText({ size, mtimeNs, ctimeNs, inode }: FileMark): string {
  return [size, mtimeNs, ctimeNs, inode].join(' ');
}

function checksum(text: string): string {
  return crc32(Buffer.from(text, 'latin1')).toString(16).padStart(8, '0');
}

const idPattern = /^[0-9a-f]{64}$/;

// The last of several lines of a file counts. A line that was cut by the end of the machine has no right checksum.
function takeLine(line: string, notes: Map<string, Note>): void {
  const text = line.slice(9);
  if (text === '' || line.slice(0, 8) !== checksum(text)) return;
  const parsed: unknown = JSON.parse(text);
  if (!Array.isArray(parsed)) return;
  const [path, mark, content] = parsed as unknown[];
  if (typeof path !== 'string' || typeof mark !== 'string' || !Array.isArray(content)) return;
  if (content.every((id) => typeof id === 'string' && idPattern.test(id)))
    notes.set(path, { mark, content: content as BlobId[] });
}
