// `orbit audit`: who changed what; exported and proved, also far from the machine it comes from.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import type { AuditFilter, AuditTrail } from '../../audit/trail.ts';
import { exportedLine } from '../../audit/entry.ts';
import { readExported, verifyTrail } from '../../audit/verify.ts';
import { Failure, systemErrorCode } from '../../base/failure.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';
import { usageFailure } from '../usage.ts';

interface ListOptions {
  actor?: string;
  action?: string;
  since?: string;
  until?: string;
  limit: string;
  json?: boolean;
}

/** `orbit audit list|verify|export`. */
export function auditCommand(context: CliContext): Command {
  const command = new Command('audit').description('who changed what, and the proof that nobody changed that');
  command
    .command('list')
    .description('list the newest entries')
    .option('--actor <name>', 'only what this person or program did')
    .option('--action <text>', 'only actions with this text in them')
    .option('--since <time>', 'from this ISO time on')
    .option('--until <time>', 'before this ISO time')
    .option('--limit <n>', 'how many', '50')
    .option('--json', 'print JSON, with before and after')
    .addHelpText('after', '\nExample: orbit audit list --actor ana --since 2026-11-01')
    .action((options: ListOptions) =>
      withHome(context, (app) => list(context, app.audit.list(filterOf(options)), options)),
    );
  command
    .command('export')
    .description('print every entry, one a line: SHA-256, blank, the JSON it is of')
    .addHelpText('after', '\nExample: orbit audit export > trail.txt')
    .action(() =>
      withHome(context, ({ audit }) => {
        for (const entry of audit.all()) context.stdout.write(exportedLine(entry));
      }),
    );
  command
    .command('verify [file]')
    .description('follow the chain: of an exported file, without any database, or of this data folder')
    .option('--head <sha256...>', 'hashes that the SIEM or a backup holds, and that must be in the trail')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit audit verify trail.txt --head 3f2a…')
    .action(async (file: string | undefined, options: { head?: string[]; json?: boolean }) => {
      const proved =
        file === undefined
          ? await withHome(context, ({ audit }) => verifyTrail(audit.all(), options.head))
          : await verifyTrail(readExported(linesOf(file)), options.head);
      if (options.json) return printJson(context, proved);
      const { entries, first, last, from, until, head } = proved;
      printLine(context, `The chain holds: ${entries} entries, ${first} to ${last}, ${from} to ${until}.`);
      if (first > 1) printLine(context, `It begins at entry ${first}: what came before is not in this file.`);
      printLine(context, `Its head is ${head}`);
    });
  return command;
}

function filterOf({ actor, action, since, until, limit }: ListOptions): AuditFilter {
  const time = (text: string | undefined): string | undefined => {
    if (text === undefined) return undefined;
    if (Number.isNaN(Date.parse(text))) throw usageOf(`'${text}' is not a time`);
    return new Date(text).toISOString();
  };
  const most = Number(limit);
  if (!Number.isInteger(most) || most < 1) throw usageOf(`'${limit}' is not a number of entries`);
  const [from, to] = [time(since), time(until)];
  return {
    limit: Math.min(most, 100_000),
    ...(actor === undefined ? {} : { actor }),
    ...(action === undefined ? {} : { action }),
    ...(from === undefined ? {} : { since: from }),
    ...(to === undefined ? {} : { until: to }),
  };
}

type Entries = ReturnType<AuditTrail['list']>;

function list(context: CliContext, entries: Entries, { json }: ListOptions): void {
  if (json) return printJson(context, entries);
  const rows = entries.map((entry) => [
    String(entry.number),
    entry.at.slice(0, 19),
    entry.actor,
    entry.address ?? entry.method,
    entry.outcome === 'done' ? 'done' : `refused (${entry.code ?? ''})`,
    `${entry.action}${entry.subject === undefined ? '' : ` [${entry.subject}]`}`,
    Object.keys({ ...entry.before, ...entry.after }).join(', '),
  ]);
  for (const line of table(['NUMBER', 'AT (UTC)', 'WHO', 'FROM', 'OUTCOME', 'WHAT', 'CHANGED'], rows))
    printLine(context, line);
}

async function* linesOf(file: string): AsyncIterable<string> {
  try {
    yield* createInterface({ input: createReadStream(file), crlfDelay: Infinity });
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw new Failure('audit.unreadable-file', {
      message: `the file ${file} cannot be read`,
      hint: 'Give a file that orbit audit export wrote.',
      cause: error,
    });
  }
}

function usageOf(message: string): Failure {
  return usageFailure(message, 'orbit audit list --help has an example.');
}
