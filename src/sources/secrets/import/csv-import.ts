// CSV of any program: one secret a row. History and attachments do not fit in CSV, so none is missed in silence.
import { SecretString } from '../../../base/secret-string.ts';
import { otpUriOf } from '../otp-uri.ts';
import type { SecretField, SecretRecord, SecretType } from '../secret-record.ts';
import { columnsOf, type CsvColumns, type CsvPart } from './csv-columns.ts';
import { type CsvRow, csvRows, separatorOf } from './csv-rows.ts';
import { damagedFile, derivedId, type ImportOptions, type SecretImporter, textOf } from './importer.ts';

/** Reads a CSV file whose first row names the columns. */
export const csvImporter: SecretImporter = {
  kind: 'csv',
  title: 'CSV (KeePassXC, Bitwarden, Chrome, Firefox, 1Password, or with a mapping)',
  matches: (_bytes, filename) => /\.(csv|tsv|txt)$/i.test(filename),
  async *read(bytes, options) {
    const text = textOf(bytes);
    const rows = csvRows(text, separatorOf(text))[Symbol.iterator]();
    const header = rows.next();
    if (header.done === true) throw damagedFile('it has no rows');
    const columns = columnsOf(header.value.cells, options.mapping ?? {});
    for (const name of columns.ignored) {
      options.note?.({ kind: 'not-taken', title: '', message: `the column ${name} has no place in a secret` });
    }
    const ids = new Map<string, number>();
    for (let row = rows.next(); row.done !== true; row = rows.next()) {
      options.signal?.throwIfAborted();
      if (row.value.cells.length !== header.value.cells.length) {
        const { line, cells } = row.value;
        throw damagedFile(`line ${line} has ${cells.length} cells where the first has ${header.value.cells.length}`);
      }
      const record = recordOf(row.value, columns, options);
      // Two rows that look alike are two secrets, and keep their ids as long as their order stays.
      const count = (ids.get(record.id) ?? 0) + 1;
      ids.set(record.id, count);
      if (count > 1) record.id = derivedId(record.id, String(count));
      yield record;
    }
  },
};

function recordOf({ line, cells }: CsvRow, columns: CsvColumns, options: ImportOptions): SecretRecord {
  const cell = (part: CsvPart): string => cells[columns.parts[part] ?? -1] ?? '';
  const groups = cell('group')
    .split('/')
    .filter((name) => name !== '');
  if (columns.isKeePassXc) groups.shift();
  const title = cell('title') || cell('url') || cell('username') || `line ${line}`;
  const now = options.now ?? new Date();
  const changedAt = timeOf(cell('changedAt')) ?? timeOf(cell('createdAt')) ?? now;
  const record: SecretRecord = {
    id: derivedId(...groups, title, cell('username'), cell('url')),
    type: typeOf(cell),
    title,
    username: cell('username'),
    password: new SecretString(cell('password')),
    url: cell('url'),
    notes: new SecretString(cell('notes')),
    groups,
    tags: cell('tags')
      .split(/[;,]/)
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
    fields: fieldsOf(cells, columns, cell('fields')),
    attachments: [],
    createdAt: timeOf(cell('createdAt')) ?? changedAt,
    changedAt,
    history: [],
  };
  const totp = cell('totp').trim();
  if (totp !== '') {
    const uri = otpUriOf(totp, title);
    if (uri === undefined) {
      record.fields.push({ name: 'TOTP', value: new SecretString(totp), isProtected: true });
      options.note?.({
        kind: 'changed-form',
        title,
        message: 'its second factor is of another kind and became a field',
      });
    } else record.totp = new SecretString(uri);
  }
  return record;
}

// What an unknown column or a custom field holds may be a secret, so it is treated as one.
function fieldsOf(cells: readonly string[], columns: CsvColumns, lines: string): SecretField[] {
  const named = columns.fields.map(({ name, column }) => [name, cells[column] ?? ''] as const);
  const listed = lines === '' ? [] : lines.split(/\r?\n/).map((line) => splitAt(line, line.indexOf(': ')));
  return [...named.filter(([, value]) => value !== ''), ...listed].map(([name, value]) => ({
    name,
    value: new SecretString(value),
    isProtected: true,
  }));
}

function splitAt(line: string, colon: number): readonly [string, string] {
  return colon === -1 ? ['field', line] : [line.slice(0, colon), line.slice(colon + 2)];
}

function typeOf(cell: (part: CsvPart) => string): SecretType {
  const types: readonly SecretType[] = ['login', 'ssh-key', 'api-key', 'certificate', 'note', 'database', 'other'];
  const said = types.find((type) => type === cell('type'));
  if (said !== undefined) return said;
  return (['password', 'username', 'url'] as const).every((part) => cell(part) === '') ? 'note' : 'login';
}

/** ISO 8601, or seconds, milliseconds or microseconds since 1970 as browsers write them. */
function timeOf(text: string): Date | undefined {
  const number = /^\d{9,17}$/.test(text) ? Number(text) : undefined;
  const scale = number === undefined ? 1 : number < 1e11 ? 1000 : number < 1e14 ? 1 : 1 / 1000;
  const time = number === undefined ? new Date(text) : new Date(Math.floor(number * scale));
  return text === '' || Number.isNaN(time.getTime()) ? undefined : time;
}
