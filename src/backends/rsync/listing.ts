// What `rsync --list-only` prints, read line by line.
import type { StoredObject } from '../backend.ts';
import { isKeyPart } from '../key.ts';

/** An object of a listing and when it was stored, to the second. */
export interface ListedObject extends StoredObject {
  modifiedAt: Date;
}

// `-rw------- 1,234 2026/11/23 04:55:14 data/aa/one`: mode, size (with or without commas), date, time, name.
const line = /^-[rwxsStT-]{9}[+.@]?\s+([\d,.']+) (\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d) (.+)$/;

/** The regular files of a listing whose names can be keys, with their sizes in bytes. Folders, links and others are left out.
 * Times are read as UTC: rsync is run with TZ=UTC. */
export function parseListing(text: string): ListedObject[] {
  const found: ListedObject[] = [];
  for (const entry of text.split('\n')) {
    const match = line.exec(entry);
    const key = match?.[6] ?? '';
    if (match === null || !key.split('/').every(isKeyPart)) continue;
    const [, size = '', year, month, day, time] = match;
    found.push({
      key,
      size: Number(size.replace(/[,.']/g, '')),
      modifiedAt: new Date(`${year}-${month}-${day}T${time}Z`),
    });
  }
  return found;
}
