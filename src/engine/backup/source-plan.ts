// Where the given paths stand in the snapshot: restic's synthetic root, which holds the folders above each path.
import { readdirSync } from 'node:fs';
import { Failure } from '../../base/failure.ts';
import { quote } from '../format/go-text.ts';

/** A file of a snapshot that is no file of this machine. */
export type VirtualFile = CommandFile | MadeFile;

interface VirtualPlace {
  /** Absolute, such as `/databases/vault.sql`. */
  path: string;
  /** The path by which the snapshot names it, when many files are one thing, such as `/orbit`. */
  shownAs?: string;
}

/** Its bytes are the standard output of a program. */
export interface CommandFile extends VirtualPlace {
  command: string;
  /** Never a secret: arguments are visible to everyone on the machine. */
  args: readonly string[];
  /** Added to the small environment that programs get. */
  env?: Record<string, string>;
  /** The account that runs it, where that is not ours. */
  account?: { uid: number; gid: number };
}

/** Its bytes are made by this process, once for each backup. */
export interface MadeFile extends VirtualPlace {
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** What stands at a place of the synthetic tree. */
export type SourceItem = { kind: 'path'; path: Buffer } | { kind: 'virtual'; file: VirtualFile } | SourceFolder;

/** A folder of which only the named children are backed up. `path` is where its own metadata comes from. */
export interface SourceFolder {
  kind: 'folder';
  path: Buffer;
  /** By name, one character a byte. */
  children: Map<string, SourceItem>;
}

const slash = Buffer.from('/');

/** Where absolute paths are read instead, and what the file systems seen there are. */
export interface SourceView {
  /** The folder that stands for `/`. */
  folder: string;
  /** Numbers of its file systems, and those of the originals: what is the same must look the same in every run. */
  devices: ReadonlyMap<bigint, bigint>;
}

/** Where a path is read. */
export function seenAt(path: Buffer, view: SourceView | undefined): Buffer {
  return view === undefined || path[0] !== 0x2f ? path : Buffer.concat([Buffer.from(view.folder), path]);
}

/** Puts paths and virtual files in place. A path below another one is covered by it. @throws Failure `backup.paths-clash` */
export function planSource(
  paths: readonly Buffer[],
  virtualFiles: readonly VirtualFile[],
  view?: SourceView,
): SourceFolder {
  const root: SourceFolder = { kind: 'folder', path: slash, children: new Map() };
  for (const given of paths) {
    const { parts, start } = split(given);
    const path = seenAt(given, view);
    if (parts.length > 0) place(root, parts, start, { kind: 'path', path });
    // `/`, `.` and `..` have no name of their own: what they hold stands at the root.
    else for (const name of readdirSync(path, { encoding: 'buffer' })) addChild(root, name, join(path, name));
  }
  for (const file of virtualFiles) {
    const { parts } = split(Buffer.from(file.path));
    if (parts.length === 0 || !file.path.startsWith('/')) throw clash(file.path, 'is not an absolute path of a file');
    place(root, parts, slash, { kind: 'virtual', file });
  }
  return root;
}

function addChild(root: SourceFolder, name: Buffer, path: Buffer): void {
  place(root, [name], Buffer.alloc(0), { kind: 'path', path });
}

/** `folder/name`, raw. With an empty name: what stands before the names in the folder. */
export function join(folder: Buffer, name: Buffer): Buffer {
  return folder.length === 1 && folder[0] === 0x2f
    ? Buffer.concat([slash, name])
    : folder.length === 0
      ? name
      : Buffer.concat([folder, slash, name]);
}

// As restic: a relative path starts at its first part that is not `..`.
function split(path: Buffer): { parts: Buffer[]; start: Buffer } {
  const isAbsolute = path[0] === 0x2f;
  const kept: string[] = [];
  let ups = 0;
  for (const part of path.toString('latin1').split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0) kept.pop();
    else ups += 1;
  }
  const parts = kept.map((part) => Buffer.from(part, 'latin1'));
  return { parts, start: isAbsolute ? slash : Buffer.from(Array(ups).fill('..').join('/')) };
}

function place(root: SourceFolder, parts: Buffer[], start: Buffer, item: SourceItem): void {
  let folder = root;
  let path = start;
  for (const [index, part] of parts.entries()) {
    path = join(path, part);
    const key = part.toString('latin1');
    const there = folder.children.get(key);
    if (index === parts.length - 1) {
      requireRoom(there, item, path);
      if (there?.kind !== 'path') folder.children.set(key, item);
      return;
    }
    if (there?.kind === 'path' && item.kind === 'path') return;
    if (there !== undefined && there.kind !== 'folder') throw clash(quote(path), 'is backed up itself');
    const next: SourceFolder = there ?? { kind: 'folder', path, children: new Map() };
    folder.children.set(key, next);
    folder = next;
  }
}

function requireRoom(there: SourceItem | undefined, item: SourceItem, path: Buffer): void {
  if (there === undefined) return;
  const isCovered = item.kind === 'path' && (there.kind === 'path' ? there.path.equals(item.path) : !hasVirtual(there));
  if (!isCovered) throw clash(quote(path), 'is given twice, from different places');
}

/** True for virtual files, and for folders that hold some. */
export function hasVirtual(item: SourceItem): boolean {
  return item.kind === 'virtual' || (item.kind === 'folder' && [...item.children.values()].some(hasVirtual));
}

function clash(path: string, why: string): Failure {
  return new Failure('backup.paths-clash', {
    message: `${path} ${why}`,
    hint: 'Give every path once, in the same way, and keep the output of commands outside the folders that are backed up.',
  });
}
