// The names in a folder. One character a byte: such strings are cheap, and sort as bytes do.
import type { Dirent } from 'node:fs';
import { opendirSync, readdirSync, statSync } from 'node:fs';

/** A folder's entries in the order of their bytes, and whether one is a file as far as the folder tells. */
export interface FolderListing {
  names: string[];
  isFile(name: string): boolean;
}

/** The names alone. @throws the system error */
export function listNames(path: Buffer): string[] {
  return readdirSync(path, { encoding: 'latin1' }).sort();
}

/** Names and which are files; where the file system does not tell that with the names, none are. @throws the system error */
export function listFolder(path: Buffer): FolderListing {
  const names: string[] = [];
  // Mostly these are few.
  const others = new Set<string>();
  const take = (entry: Dirent): void => {
    names.push(entry.name);
    if (!entry.isFile()) others.add(entry.name);
  };
  try {
    if (isLarge(path)) takeOneByOne(path, take);
    else for (const entry of readdirSync(path, { encoding: 'latin1', withFileTypes: true })) take(entry);
  } catch {
    // Node cannot look up what the system did not tell when the path is bytes and the name is text.
    return { names: listNames(path), isFile: () => false };
  }
  return { names: names.sort(), isFile: (name) => !others.has(name) };
}

const largeFolderBytes = 4 * 1024 * 1024;
const entriesAtOnce = 1024;

// Folders grow with their entries on all common file systems. An object for each of a million entries would be large.
function isLarge(path: Buffer): boolean {
  return statSync(path).size > largeFolderBytes;
}

function takeOneByOne(path: Buffer, take: (entry: Dirent) => void): void {
  const folder = opendirSync(path, { encoding: 'latin1', bufferSize: entriesAtOnce });
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) take(entry);
  } finally {
    folder.closeSync();
  }
}
