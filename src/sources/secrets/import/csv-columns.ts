// What the columns of a CSV file are: by the headers that known programs write, or as people say.
import { Failure } from '../../../base/failure.ts';

/** Parts of a secret that a column can hold. */
export type CsvPart =
  | 'title'
  | 'username'
  | 'password'
  | 'url'
  | 'notes'
  | 'totp'
  | 'group'
  | 'tags'
  | 'type'
  | 'fields'
  | 'createdAt'
  | 'changedAt';

/** The header of the column for a part. */
export type CsvMapping = Partial<Record<CsvPart, string>>;

/** Columns of a file by number. What is neither a part nor ignored becomes a field. */
export interface CsvColumns {
  parts: Partial<Record<CsvPart, number>>;
  fields: { name: string; column: number }[];
  ignored: string[];
  /** The header is KeePassXC's, whose group column starts with the name of the database. */
  isKeePassXc: boolean;
}

// Lower case, without blanks and underscores. KeePassXC, Bitwarden, Chrome and its kin, Firefox, 1Password, and ours.
const headers: Record<CsvPart, string[]> = {
  title: ['title', 'name'],
  username: ['username', 'loginusername', 'user', 'login'],
  password: ['password', 'loginpassword'],
  url: ['url', 'loginuri', 'website', 'uri'],
  notes: ['notes', 'note', 'comments'],
  totp: ['totp', 'otpauth', 'logintotp'],
  group: ['group', 'folder', 'groups', 'collections'],
  tags: ['tags'],
  type: ['type'],
  // Bitwarden's custom fields, a line `name: value` each.
  fields: ['fields'],
  createdAt: ['created', 'timecreated'],
  changedAt: ['lastmodified', 'timepasswordchanged', 'changed'],
};
// Marks of a program's screen, not of the secret.
const ignoredHeaders = new Set([
  'icon',
  'favorite',
  'archived',
  'reprompt',
  'formactionorigin',
  'guid',
  'timelastused',
]);

/** The mapping's keys, for a help text and for checking what people give. */
export const csvParts = Object.keys(headers) as readonly CsvPart[];

/** Recognises columns. Throws `import.unknown-columns` when there is nothing to import among them. */
export function columnsOf(header: readonly string[], mapping: CsvMapping): CsvColumns {
  const simple = header.map((name) => name.toLowerCase().replaceAll(/[\s_]/g, ''));
  const columns: CsvColumns = { parts: {}, fields: [], ignored: [], isKeePassXc: false };
  const taken = new Set<number>();
  for (const part of csvParts) {
    const wanted = mapping[part];
    const column = wanted === undefined ? -1 : header.findIndex((name) => name.trim() === wanted.trim());
    if (wanted !== undefined && column === -1) throw unknownColumns(`there is no column ${wanted}`, header);
    if (column === -1) continue;
    columns.parts[part] = column;
    taken.add(column);
  }
  for (const part of csvParts) {
    if (columns.parts[part] !== undefined) continue;
    const column = simple.findIndex((name, index) => !taken.has(index) && headers[part].includes(name));
    if (column === -1) continue;
    columns.parts[part] = column;
    taken.add(column);
  }
  const { title, username, password, url } = columns.parts;
  if (password === undefined && title === undefined) throw unknownColumns('neither a title nor a password', header);
  if ([title, username, password, url].filter((column) => column !== undefined).length < 2) {
    throw unknownColumns('too few columns are known', header);
  }
  header.forEach((name, column) => {
    if (taken.has(column)) return;
    if (ignoredHeaders.has(simple[column] ?? '')) columns.ignored.push(name);
    else columns.fields.push({ name, column });
  });
  columns.isKeePassXc = simple.slice(0, 3).join() === 'group,title,username' && simple.includes('icon');
  return columns;
}

function unknownColumns(why: string, header: readonly string[]): Failure {
  return new Failure('import.unknown-columns', {
    message: `the columns of the CSV file are not understood: ${why}`,
    hint: `Its first line must name them. Say which is which, for example title=… password=…; it has ${header.length} columns.`,
  });
}
