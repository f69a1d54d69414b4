// The names in a folder. One character a byte: such strings are cheap, and sort as bytes do.
import type { Dirent } from 'node:fs';
import { readdirSync } from 'node:fs';

/** A folder's entries in the order of their bytes, and which of them are files as far as the folder tells. */
export interface FolderListing {
  names: string[];
  files: ReadonlySet<string>;
}

/** The names alone. @throws the system error */
export function listNames(path: Buffer): string[] {
  return readdirSync(path, { encoding: 'latin1' }).sort();
}

/** Names and which are files; where the file system does not tell that with the names, none are. @throws the system error */
export function listFolder(path: Buffer): FolderListing {
  let entries: Dirent[];
  try {
    entries = readdirSync(path, { encoding: 'latin1', withFileTypes: true });
  } catch {
    // Node cannot look up what the system did not tell when the path is bytes and the name is text.
    return { names: listNames(path), files: new Set() };
  }
  const files = new Set<string>();
  const names = entries.map((entry) => {
    if (entry.isFile()) files.add(entry.name);
    return entry.name;
  });
  return { names: names.sort(), files };
}
