// One database's or one table's dump as a file, for whoever wants to look before anything is replaced.
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../../base/failure.ts';
import type { OpenSnapshot } from '../../recovery/make-plan.ts';
import { TargetRoot } from '../../recovery/root.ts';
import { dumpReader } from '../../recovery/source.ts';
import { sqlSection } from '../../recovery/sql-section.ts';
import type { CliContext } from '../context.ts';
import { printLine } from '../output.ts';
import { usageFailure } from '../usage.ts';

/** Writes it. @throws Failure `cli.usage`, `recovery.database-not-restored` */
export async function writeDump(
  context: CliContext,
  { indexed, snapshot, facts }: OpenSnapshot,
  { database: names = [], table: tableName, output = '' }: { database?: string[]; table?: string; output?: string },
): Promise<void> {
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw usageFailure(
      '--output writes one database',
      'Name one: --database NAME, and --table NAME for one table of it.',
    );
  const server = facts?.servers.find(({ databases }) => databases.some((database) => database.name === name));
  const found = server?.databases.find((database) => database.name === name);
  if (server === undefined || found === undefined) {
    const all = facts?.servers.flatMap(({ databases }) => databases.map((database) => database.name)).join(', ') ?? '';
    throw usageFailure(`there is no database '${name}' in this snapshot`, `There are: ${all || 'none'}.`);
  }
  const dump = dumpReader(indexed, snapshot, { signal: context.signal })(found.file);
  const file = createWriteStream(output, { flags: 'wx', mode: 0o600 });
  await once(file, 'open');
  try {
    if (server.engine === 'mariadb') {
      const section = tableName === undefined ? { database: name } : { database: name, table: tableName };
      await pipeline(sqlSection(dump, section), file);
    } else if (tableName === undefined) await pipeline(dump, file);
    else await writeTable(dump, tableName, file);
  } catch (error) {
    // Half a dump must not be taken for a whole one.
    rmSync(output, { force: true });
    throw error;
  }
  printLine(context, `${output}: ${name}${tableName === undefined ? '' : `, ${tableName}`}`);
}

async function writeTable(
  dump: AsyncIterable<Uint8Array>,
  tableName: string,
  file: NodeJS.WritableStream,
): Promise<void> {
  const here = new TargetRoot('/');
  const { exitCode, stderr } = await here.run('pg_restore', ['-f', '-', '--strict-names', '-t', tableName], {
    input: dump,
    output: file,
  });
  if (exitCode !== 0)
    throw new Failure('recovery.database-not-restored', { message: stderr.trim(), hint: 'Is the table’s name right?' });
}
