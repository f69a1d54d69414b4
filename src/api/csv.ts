// Tables as downloads.
import { csvLines, type Table } from '../reports/csv.ts';
import type { Download } from './route.ts';

/** The download of a table, made row by row. */
export function csvDownload(name: string, table: Table): Download {
  return { name, type: 'text/csv; charset=utf-8', content: lines(table) };
}

async function* lines(table: Table): AsyncGenerator<Buffer> {
  for (const line of csvLines(table)) yield Buffer.from(line);
}
