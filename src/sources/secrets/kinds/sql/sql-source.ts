// A database as a source: one query in a read-only transaction, through the database's own client program.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../../base/failure.ts';
import type { Operation } from '../../../../base/operation.ts';
import { type ProgramResult, runProgram } from '../../../../base/program.ts';
import type { SecretSource } from '../../secret-source.ts';
import { unreadableSecrets } from '../../unreadable.ts';
import { badRow, columnsOf, recordOfRow, rowId, type SqlColumns, type SqlRow } from './sql-columns.ts';

/** How a client program is run: `files` are written for it alone, with mode 0600, and removed afterwards. */
export interface ClientCall {
  program: string;
  args(folder: string): string[];
  env(folder: string): Record<string, string>;
  files: Record<string, string>;
}

/** What the two databases do differently. */
export interface SqlDialect {
  title: string;
  /** Statements that print one row a line and then `end:COUNT`, all of one moment. */
  call(query: string, columns: string[]): ClientCall;
  /** A printed line as the row's JSON. */
  decode(line: string): string;
  /** The code of the database's refusal in what the client said, and what it means. */
  refusal(result: ProgramResult): { code: string; kind: 'credential' | 'network' | 'query' };
}

const outputBytesMax = 1024 * 1024 * 1024;
const timeoutMs = 15 * 60_000;

/** The source that reads `columns` by this dialect. */
export function sqlSource(dialect: SqlDialect, columns: SqlColumns): SecretSource {
  return {
    async census(options = {}) {
      const rows = rowsOf(dialect, columns.query, [columns.idColumn], options);
      const ids: string[] = [];
      for await (const row of rows) ids.push(rowId(row, columns) ?? '');
      return { ids: ids.filter((id) => id !== '') };
    },
    async *read(options = {}) {
      const unreadable = unreadableSecrets();
      let number = 0;
      for await (const row of rowsOf(dialect, columns.query, columnsOf(columns), options)) {
        number += 1;
        const id = rowId(row, columns);
        try {
          if (id === undefined) throw badRow(`number ${number}`, columns.idColumn, 'is empty');
          yield recordOfRow(id, row, columns);
        } catch (error) {
          unreadable.note(id ?? `row ${number}`, error);
        }
      }
      unreadable.throwIfAny(dialect.title);
    },
    close: async () => {},
  };
}

async function* rowsOf(
  dialect: SqlDialect,
  query: string,
  columns: string[],
  { signal }: Operation,
): AsyncGenerator<SqlRow> {
  const output = await outputOf(dialect, dialect.call(query, columns), signal);
  try {
    let count = 0;
    for (let at = 0; at < output.length; ) {
      const lineEnd = output.indexOf(0x0a, at);
      const line = output.toString('utf8', at, lineEnd < 0 ? output.length : lineEnd);
      at = lineEnd < 0 ? output.length : lineEnd + 1;
      if (line.startsWith('end:')) {
        if (Number(line.slice(4)) !== count) throw cut(dialect, `it counts ${line.slice(4)} rows and gave ${count}`);
        return;
      }
      count += 1;
      yield parsedRow(dialect, line, count);
    }
    throw cut(dialect, `the count is missing after ${count} rows`);
  } finally {
    output.fill(0);
  }
}

function parsedRow(dialect: SqlDialect, line: string, number: number): SqlRow {
  try {
    return JSON.parse(dialect.decode(line)) as SqlRow;
  } catch {
    // The parser's message quotes the row. A row too long for the server comes as NULL.
    throw cut(dialect, `row ${number} is not whole`);
  }
}

async function outputOf(dialect: SqlDialect, call: ClientCall, signal: AbortSignal | undefined): Promise<Buffer> {
  const folder = await mkdtemp(join(memoryFolder(), 'orbit-sql-'));
  try {
    for (const [name, content] of Object.entries(call.files)) {
      await writeFile(join(folder, name), content, { flag: 'wx', mode: 0o600 });
    }
    const result = await runProgram(call.program, call.args(folder), {
      env: call.env(folder),
      timeoutMs,
      maxOutputBytes: outputBytesMax,
      ...(signal === undefined ? {} : { signal }),
    });
    if (result.exitCode === 0) return result.stdout;
    result.stdout.fill(0);
    throw refused(dialect, result);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// In memory where there is such a place, so that no password touches a disk.
function memoryFolder(): string {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

// What the client says is not repeated: a database quotes values in its messages.
function refused(dialect: SqlDialect, result: ProgramResult): Failure {
  const { code, kind } = dialect.refusal(result);
  const facts = { code, exitCode: result.exitCode };
  if (kind === 'credential') {
    return new Failure('secrets.not-authorised', {
      message: `${dialect.title} does not let this account sign in or read (${code})`,
      hint: 'Check its password and its rights: SELECT on the view is enough (docs/sources/secrets.md).',
      facts,
    });
  }
  if (kind === 'network') {
    return new Failure('secrets.unreachable', {
      message: `${dialect.title} cannot be reached, or is not who it should be (${code})`,
      hint: 'Check host, port, and that the certificate authority is the one that signed the server.',
      facts,
    });
  }
  return new Failure('secrets.bad-query', {
    message: `${dialect.title} refuses the query (${code})`,
    hint: 'Run the query by hand with its client, and check the names of the columns.',
    facts,
  });
}

function cut(dialect: SqlDialect, why: string): Failure {
  return new Failure('secrets.query-cut', {
    message: `the answer of ${dialect.title} is not whole: ${why}`,
    hint: 'Run it again; a row longer than the server sends (max_allowed_packet) must be shortened or that limit raised.',
  });
}
