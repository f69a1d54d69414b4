// What a database program said when it could not. Clients repeat the statement that failed, and with it a row of the dump: only
// their own words are told.
import type { InsideResult } from '../root.ts';

const linesMax = 5;
const charactersMax = 300;
const ownWords = /^(ERROR( \d+ |:)|FATAL:|(psql|pg_restore|pg_ctl|initdb|mariadb)(:\S+)?: )/;

/** Its words in one line. */
export function said({ exitCode, stderr }: Pick<InsideResult, 'exitCode' | 'stderr'>): string {
  const lines = stderr.split('\n').filter((line) => ownWords.test(line));
  const told = lines.slice(-linesMax).map((line) => line.trim().slice(0, charactersMax));
  return told.length === 0 ? `the program ended with exit code ${exitCode}` : told.join('; ');
}
