// Reads what smbclient prints: listings, facts about one object, free space. Times are UTC, the session sees to that.

/** One line of a listing. */
export interface SmbEntry {
  name: string;
  isFolder: boolean;
  size: number;
  modifiedAt: Date;
}

/** The entries of what `ls` printed, without `.` and `..`. Lines are `  NAME  ATTRIBUTES  SIZE  DATE`, the name may have blanks. */
export function parseListing(text: string): SmbEntry[] {
  const line = /^ {2}(.+?) +([A-Za-z]*) +(\d+) {2}([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})$/;
  return text.split('\n').flatMap((candidate) => {
    const [, name = '', attributes = '', size = '', date = ''] = line.exec(candidate) ?? [];
    if (name === '' || name === '.' || name === '..') return [];
    return [{ name, isFolder: attributes.includes('D'), size: Number(size), modifiedAt: new Date(`${date} UTC`) }];
  });
}

/** Free bytes, from the last line of a listing. */
export function parseFreeBytes(text: string): number | undefined {
  const found = /^\s*\d+ blocks of size (\d+)\. (\d+) blocks available/m.exec(text);
  return found === null ? undefined : Number(found[1]) * Number(found[2]);
}

/** What `allinfo` says of one object: undefined for a folder. */
export function parseAllInfo(text: string): { size: number; modifiedAt: Date } | undefined {
  const size = /^stream: \[::\$DATA\], (\d+) bytes$/m.exec(text)?.[1];
  if (size === undefined || /^attributes: [A-Z]*D/m.test(text)) return undefined;
  const written = /^write_time:\s+(.+)$/m.exec(text)?.[1] ?? '';
  return { size: Number(size), modifiedAt: new Date(written) };
}

/** The size that the server told before a file was fetched. */
export function parseFetchedSize(text: string): number | undefined {
  const size = / of size (\d+) as \/dev\/fd\/\d+ /.exec(text)?.[1];
  return size === undefined ? undefined : Number(size);
}
