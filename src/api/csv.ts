// Tables as CSV (RFC 4180), for spreadsheets: cells that a spreadsheet would take for a formula are made plain text.
import type { Download } from './route.ts';

/** One cell. */
export type Cell = string | number | undefined;

/** The download of a table, made row by row. */
export function csvDownload(name: string, head: readonly string[], rows: Iterable<readonly Cell[]>): Download {
  return { name, type: 'text/csv; charset=utf-8', content: lines(head, rows) };
}

async function* lines(head: readonly string[], rows: Iterable<readonly Cell[]>): AsyncGenerator<Buffer> {
  // Spreadsheets take a file for UTF-8 only when it begins with this mark.
  yield Buffer.from(`\u{FEFF}${head.map(cell).join(',')}\r\n`);
  for (const row of rows) yield Buffer.from(`${row.map(cell).join(',')}\r\n`);
}

function cell(value: Cell): string {
  if (typeof value === 'number') return String(value);
  const text = value ?? '';
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
