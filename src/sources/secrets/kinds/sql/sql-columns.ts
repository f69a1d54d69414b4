// Which column of a query is what of a secret, and a row as a secret.
import { z } from 'zod';
import { Failure } from '../../../../base/failure.ts';
import { field } from '../../../../base/secret-schema.ts';
import { SecretString } from '../../../../base/secret-string.ts';
import type { SecretField, SecretRecord, SecretType } from '../../secret-record.ts';

// The client programs have commands of their own behind a backslash: none may stand in a text that reaches them.
const plainName = z.string().regex(/^[^\\\p{Cc}]{1,128}$/u, 'is not the name of a column');
const column = (title: string, description = ''): z.ZodOptional<typeof plainName> =>
  field(plainName, title, description).optional();

/** The settings that say what is read. */
export const sqlColumns = {
  query: field(
    z.string().regex(/^[^\\;\p{Cc}]+$/u, 'must be one SELECT on one line, without ; and \\'),
    'Query',
    'one SELECT on one line, such as SELECT * FROM orbit_secrets; anything longer belongs into a view',
  ),
  idColumn: field(plainName.default('id'), 'Column: id', 'never empty, never twice, the same from run to run'),
  titleColumn: field(plainName.default('title'), 'Column: title'),
  usernameColumn: field(plainName.default('username'), 'Column: user name'),
  passwordColumn: field(plainName.default('password'), 'Column: password', 'in clear, as the database gives it'),
  urlColumn: column('Column: address'),
  notesColumn: column('Column: notes'),
  groupColumn: column('Column: group', 'a path with slashes'),
  tagsColumn: column('Column: tags', 'separated by commas'),
  typeColumn: column('Column: type', 'login, ssh-key, api-key, certificate, note, database or other'),
  totpColumn: column('Column: second factor', 'an otpauth:// URI'),
  createdColumn: column('Column: created'),
  changedColumn: column('Column: changed'),
  expiresColumn: column('Column: expires'),
  fieldColumns: field(z.array(plainName).default([]), 'Columns: further values', 'each becomes a protected field'),
  openFieldColumns: field(z.array(plainName).default([]), 'Columns: further open values', 'each becomes an open field'),
};

const shape = z.object(sqlColumns);
/** What is read. */
export type SqlColumns = z.infer<typeof shape>;

/** A row: every value as text, or null. */
export type SqlRow = Record<string, string | null>;

const types: ReadonlySet<string> = new Set<SecretType>([
  'login',
  'ssh-key',
  'api-key',
  'certificate',
  'note',
  'database',
  'other',
]);

/** The columns that are read, each once. */
export function columnsOf(columns: SqlColumns): string[] {
  const { idColumn, titleColumn, usernameColumn, passwordColumn, urlColumn, notesColumn, groupColumn } = columns;
  const { tagsColumn, typeColumn, totpColumn, createdColumn, changedColumn, expiresColumn } = columns;
  const names = [
    ...[idColumn, titleColumn, usernameColumn, passwordColumn, urlColumn, notesColumn, groupColumn],
    ...[tagsColumn, typeColumn, totpColumn, createdColumn, changedColumn, expiresColumn],
    ...[...columns.fieldColumns, ...columns.openFieldColumns],
  ];
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** The id of a row, or undefined when it has none. */
export function rowId(row: SqlRow, columns: SqlColumns): string | undefined {
  return row[columns.idColumn] || undefined;
}

/** A row as a secret. @throws Failure `secrets.bad-row`, which names the column and never a value. */
export function recordOfRow(id: string, row: SqlRow, columns: SqlColumns): SecretRecord {
  const text = (name: string | undefined): string => (name === undefined ? '' : (row[name] ?? ''));
  const time = (name: string | undefined): Date | undefined => timeOf(text(name), id, name);
  const type = text(columns.typeColumn);
  if (type !== '' && !types.has(type)) throw badRow(id, columns.typeColumn, 'is none of the types');
  const changedAt = time(columns.changedColumn);
  const expiresAt = time(columns.expiresColumn);
  const totp = text(columns.totpColumn);
  const fields = [...fieldsOf(row, columns.openFieldColumns, false), ...fieldsOf(row, columns.fieldColumns, true)];
  return {
    id,
    type: type === '' ? 'login' : (type as SecretType),
    title: text(columns.titleColumn),
    username: text(columns.usernameColumn),
    password: new SecretString(text(columns.passwordColumn)),
    url: text(columns.urlColumn),
    notes: new SecretString(text(columns.notesColumn)),
    groups: partsOf(text(columns.groupColumn), '/'),
    tags: partsOf(text(columns.tagsColumn), ','),
    fields,
    ...(totp === '' ? {} : { totp: new SecretString(totp) }),
    attachments: [],
    // The epoch says that the database keeps no such time, and stays the same from run to run.
    createdAt: time(columns.createdColumn) ?? changedAt ?? new Date(0),
    changedAt: changedAt ?? new Date(0),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    history: [],
  };
}

/** `secrets.bad-row`: a row that cannot be a secret. */
export function badRow(which: string, columnName: string | undefined, why: string): Failure {
  return new Failure('secrets.bad-row', {
    message: `the row ${which} cannot be read: its column ${columnName ?? ''} ${why}`,
    hint: 'Mend the row, or the view that the query reads.',
  });
}

function fieldsOf(row: SqlRow, names: string[], isProtected: boolean): SecretField[] {
  return names.flatMap((name) => {
    const value = row[name];
    return value === null || value === undefined ? [] : [{ name, value: new SecretString(value), isProtected }];
  });
}

function partsOf(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

// `2026-03-01`, `2026-03-01 08:00:00.5`, with or without a zone; without one, UTC is asked for.
function timeOf(text: string, id: string, name: string | undefined): Date | undefined {
  if (text === '') return undefined;
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?))?(Z|[+-]\d\d(?::\d\d)?)?$/.exec(text);
  const [, day = '', clock = '00:00:00', zone = 'Z'] = match ?? [];
  const time = new Date(`${day}T${clock}${/^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone}`);
  if (Number.isNaN(time.getTime())) throw badRow(id, name, 'is no time');
  return time;
}
