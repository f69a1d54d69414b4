// One database, or one table of it, out of the dump of a whole MariaDB server, as it streams by.
import { StringDecoder } from 'node:string_decoder';
import { Failure } from '../base/failure.ts';

/** What is wanted of the dump. */
export interface SqlSection {
  database: string;
  table?: string;
}

type Place = 'head' | 'wanted' | 'other' | 'tail';

/**
 * Gives the lines of the dump that make the wanted database: its head (settings of the session), what belongs to it, its
 * tail. Bodies of routines, between other delimiters, are never searched for marks. A table alone comes without the name of its database:
 * it fills the one that it is given to, and never replaces the living one by itself.
 * @throws Failure `recovery.database-not-restored` at the end when the database or the table is not there
 */
export async function* sqlSection(dump: AsyncIterable<Uint8Array>, wanted: SqlSection): AsyncGenerator<Uint8Array> {
  let place: Place = 'head';
  let isTable = wanted.table === undefined;
  let isFound = false;
  let delimiter = ';';
  // A line may be a whole table's rows: it is passed on in pieces, only its beginning is looked at.
  let atLineStart = true;
  let isKept = true;
  const look = (line: string): void => {
    const changed = /^DELIMITER (\S+)/.exec(line);
    if (changed !== null) delimiter = changed[1] ?? ';';
    if (delimiter !== ';' || changed !== null) return;
    const database = /^-- Current Database: `((?:[^`]|``)*)`/.exec(line)?.[1]?.replaceAll('``', '`');
    if (database !== undefined) {
      place = database === wanted.database ? 'wanted' : 'other';
      isTable = wanted.table === undefined;
    }
    const table = /^-- (?:Table structure for table|Dumping data for table) `((?:[^`]|``)*)`/.exec(line)?.[1];
    if (table !== undefined && wanted.table !== undefined) isTable = table.replaceAll('``', '`') === wanted.table;
    else if (
      wanted.table !== undefined &&
      /^-- (?:Dumping (?:events|routines)|Temporary table structure|Final view)/.test(line)
    )
      isTable = false;
    isFound ||= place === 'wanted' && isTable;
    // The last lines put the session's settings back.
    if (place !== 'head' && /^\/\*!\d+ SET TIME_ZONE=@OLD_TIME_ZONE \*\/;/.test(line)) place = 'tail';
  };
  const take = (text: string): void => {
    if (!atLineStart) return;
    look(text);
    isKept = place === 'head' || place === 'tail' || (place === 'wanted' && isTable);
  };
  const decoder = new StringDecoder('latin1');
  let pending = '';
  for await (const piece of dump) {
    pending += decoder.write(Buffer.from(piece));
    let out = '';
    for (;;) {
      const end = pending.indexOf('\n');
      // A mark fits into so much; more of a line without an end can be passed on.
      if (end === -1 && (pending.length < 4096 || pending === '')) break;
      const text = end === -1 ? pending : pending.slice(0, end + 1);
      pending = pending.slice(text.length);
      take(text);
      atLineStart = end !== -1;
      if (isKept) out += text;
    }
    if (out !== '') yield Buffer.from(out, 'latin1');
  }
  if (pending !== '') {
    take(pending);
    if (isKept) yield Buffer.from(pending, 'latin1');
  }
  if (isFound) return;
  const { database, table } = wanted;
  throw new Failure('recovery.database-not-restored', {
    message:
      table === undefined
        ? `the dump has no database '${database}'`
        : `the dump of '${database}' has no table '${table}'`,
    hint: 'Is the name right?',
  });
}
