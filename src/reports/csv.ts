// Tables as CSV (RFC 4180), for spreadsheets: cells that a spreadsheet would take for a formula are made plain text.

/** One cell. */
export type Cell = string | number | undefined;

/** A table, made row by row. */
export interface Table {
  head: readonly string[];
  rows: Iterable<readonly Cell[]>;
}

/** The lines of a table, each with its end. */
export function* csvLines({ head, rows }: Table): Generator<string> {
  // Spreadsheets take a file for UTF-8 only when it begins with this mark.
  yield `\u{FEFF}${head.map(cell).join(',')}\r\n`;
  for (const row of rows) yield `${row.map(cell).join(',')}\r\n`;
}

function cell(value: Cell): string {
  if (typeof value === 'number') return String(value);
  const text = value ?? '';
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
