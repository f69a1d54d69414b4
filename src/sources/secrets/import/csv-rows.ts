// CSV as RFC 4180 has it, and a little more: other separators, a byte order mark, any line end.
import { damagedFile } from './importer.ts';

/** A row with the number of the line it starts in, from 1. */
export interface CsvRow {
  line: number;
  cells: string[];
}

/** The separator a file uses, by what its first row has most of outside quotes. A comma unless others win. */
export function separatorOf(text: string): string {
  const counts = new Map([',', ';', '\t'].map((separator) => [separator, 0]));
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    else if (character === '\n' && !isQuoted) break;
    else if (!isQuoted) {
      const count = counts.get(character);
      if (count !== undefined) counts.set(character, count + 1);
    }
  }
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/** Rows of a file, empty lines left out. Throws `import.damaged` with the line of a quote that is never closed. */
export function* csvRows(text: string, separator: string): Iterable<CsvRow> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const row: CsvRow = { line, cells: [] };
    for (let isRowDone = false; !isRowDone; ) {
      let cell = '';
      if (text[at] === '"') {
        const quoted = quotedCell(text, at + 1, row.line);
        cell = quoted.cell;
        at = quoted.end;
        line += cell.split('\n').length - 1;
      }
      let end = at;
      while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end += 1;
      cell += text.slice(at, end);
      row.cells.push(cell);
      isRowDone = text[end] !== separator;
      at = end + 1;
      if (isRowDone && text[end] === '\r' && text[end + 1] === '\n') at += 1;
    }
    line += 1;
    if (row.cells.length > 1 || row.cells[0] !== '') yield row;
  }
}

function quotedCell(text: string, start: number, line: number): { cell: string; end: number } {
  const parts: string[] = [];
  for (let from = start; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) throw damagedFile(`line ${line} opens a quote that is never closed`);
    parts.push(text.slice(from, quote));
    if (text[quote + 1] !== '"') return { cell: parts.join('"'), end: quote + 1 };
    from = quote + 2;
  }
}
