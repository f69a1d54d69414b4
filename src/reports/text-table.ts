// Tables as plain text, for the body of a mail and for a terminal.
import type { Cell, Table } from './csv.ts';

/** Text, and how many rows did not fit in. */
export interface TextTable {
  text: string;
  left: number;
}

const widthMax = 44;

/** The first `rowsMax` rows, in columns as wide as what is in them; a longer cell is cut. */
export function textTable({ head, rows }: Table, rowsMax: number): TextTable {
  const shown: string[][] = [head.map(plain)];
  let left = 0;
  for (const row of rows) {
    if (shown.length <= rowsMax) shown.push(row.map(plain));
    else left += 1;
  }
  const widths = head.map((_, column) => Math.max(...shown.map((row) => (row[column] ?? '').length)));
  const line = (row: string[]): string =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const [first = [], ...others] = shown;
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return { text: [line(first), rule, ...others.map(line)].join('\n'), left };
}

function plain(value: Cell): string {
  const text = String(value ?? '')
    .replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(\.\d+)?Z$/, '$1 $2 UTC')
    .replace(/\s+/g, ' ');
  return text.length > widthMax ? `${text.slice(0, widthMax - 1)}…` : text;
}
