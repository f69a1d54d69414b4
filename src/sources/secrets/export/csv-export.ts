// Secrets as CSV with KeePassXC's columns (RFC 4180). History, attachments and custom fields do not fit in CSV.
import type { SecretRecord } from '../secret-record.ts';

const header = [
  'Group',
  'Title',
  'Username',
  'Password',
  'URL',
  'Notes',
  'TOTP',
  'Tags',
  'Type',
  'Last Modified',
  'Created',
];

/**
 * Pieces of a CSV file, a row a secret. Values are written exactly as they are: one that begins with `=`, `+`, `-` or `@`
 * is a formula to a spreadsheet, and taking that away would change passwords. Do not open the file in a spreadsheet.
 */
export async function* exportCsv(records: AsyncIterable<SecretRecord> | Iterable<SecretRecord>): AsyncIterable<string> {
  yield row(header);
  for await (const record of records) {
    yield row([
      record.groups.map((group) => group.replaceAll('/', '_')).join('/'),
      record.title,
      record.username,
      record.password.reveal(),
      record.url,
      record.notes.reveal(),
      record.totp?.reveal() ?? '',
      record.tags.join(';'),
      record.type,
      record.changedAt.toISOString(),
      record.createdAt.toISOString(),
    ]);
  }
}

/** What of a record a CSV file leaves out, for a warning before it is written; empty when nothing. */
export function lostInCsv(record: SecretRecord): ('fields' | 'attachments' | 'history' | 'expiry')[] {
  const lost: ('fields' | 'attachments' | 'history' | 'expiry')[] = [];
  for (const part of ['fields', 'attachments', 'history'] as const) if (record[part].length > 0) lost.push(part);
  return record.expiresAt === undefined ? lost : [...lost, 'expiry'];
}

function row(cells: readonly string[]): string {
  return `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\r\n`;
}
