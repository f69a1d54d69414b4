// `orbit recording list` and `show`: the catalogue; no destination is asked.
import { Command } from 'commander';
import { formatBytes, formatCount, formatMinute } from '../../base/quantities.ts';
import { copiesOf, findRecording, type Recording } from '../../recordings/catalogue/recording.ts';
import { recordingTotals, searchRecordings } from '../../recordings/catalogue/search.ts';
import { openWordKey } from '../../recordings/catalogue/word-key.ts';
import { timeText } from '../../recordings/replay/time-text.ts';
import { viewingsOf } from '../../recordings/replay/viewing.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';
import { usageFailure } from '../usage.ts';

interface ListOptions {
  content?: string;
  user?: string;
  origin?: string;
  target?: string;
  account?: string;
  protocol?: string;
  tag?: string;
  format?: string;
  host?: string;
  since?: string;
  until?: string;
  longer?: string;
  shorter?: string;
  held?: boolean;
  limit: string;
  skip: string;
  json?: boolean;
}

/** `orbit recording list`: what fits everything that is given, newest first. */
export function listCommand(context: CliContext): Command {
  return new Command('list')
    .description('find recordings in the catalogue, newest first')
    .argument('[words...]', 'must all occur in user, origin, target, account, protocol, ids, title, tags or path')
    .option('--content <words>', 'words that were shown or typed, whole ones')
    .option('--user <text>', 'who worked')
    .option('--origin <text>', 'from where')
    .option('--target <text>', 'on which machine')
    .option('--account <text>', 'with which account there')
    .option('--protocol <text>', 'ssh, rdp, …')
    .option('--tag <tag>', 'with this tag')
    .option('--format <kind>', 'asciicast, typescript, ttyrec, tlog, teleport, guacamole, mp4, webm, other')
    .option('--host <text>', 'the machine whose backup it is in')
    .option('--since <time>', 'begun at or after, such as 2026-11-01 or 2026-11-01T10:00')
    .option('--until <time>', 'begun before')
    .option('--longer <minutes>', 'lasts at least so long')
    .option('--shorter <minutes>', 'lasts at most so long')
    .option('--held', 'under legal hold')
    .option('--limit <n>', 'at most so many', '50')
    .option('--skip <n>', 'leave out the first n', '0')
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample: orbit recording list --target db01 --content 'drop table' --since 2026-11-01")
    .action((words: string[], options: ListOptions) =>
      withHome(context, ({ store, instanceKey }) => {
        const page = searchRecordings(store, openWordKey(store, instanceKey), queryOf(words, options), {
          limit: whole(options.limit, 1000),
          skip: whole(options.skip, 1_000_000_000),
        });
        if (options.json) return printJson(context, { ...page, totals: recordingTotals(store) });
        for (const line of table(
          ['RECORDING', 'STARTED', 'LASTS', 'USER', 'TARGET', 'WHAT', 'SIZE'],
          page.recordings.map(row),
        ))
          printLine(context, line);
        const { recordings, bytes } = recordingTotals(store);
        printLine(context, `${formatCount(recordings)} recordings in the catalogue, ${formatBytes(bytes)}.`);
        if (page.next !== undefined) printLine(context, `There are more: --skip ${page.next}`);
      }),
    );
}

/** `orbit recording show ID`: all that is known, without a look into it. */
export function showCommand(context: CliContext): Command {
  return new Command('show')
    .description('show what the catalogue knows of one recording, where its copies lie, and who watched it')
    .argument('<id>', 'the recording, or the first letters of its id')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit recording show 4f2a')
    .action((id: string, options: { json?: boolean }) =>
      withHome(context, ({ store }) => {
        const recording = findRecording(store, id);
        const copies = copiesOf(store, recording.id).map(({ destination, snapshot }) => ({ destination, snapshot }));
        const viewings = viewingsOf(store, recording.id);
        if (options.json) return printJson(context, { ...recording, copies, viewings });
        const facts = Object.entries(recording).filter(([name]) => name !== 'copies' && name !== 'hold');
        for (const [name, value] of facts) printLine(context, `${name.padEnd(14)} ${factText(name, value)}`);
        if (recording.hold !== undefined)
          printLine(
            context,
            `held           by ${recording.hold.by} since ${recording.hold.at}: ${recording.hold.reason}`,
          );
        for (const { destination, snapshot } of copies)
          printLine(context, `copy           at ${destination}, snapshot ${snapshot.slice(0, 8)}`);
        for (const { viewer, how, startedAt, reason, approvedBy } of viewings) {
          const permit = approvedBy === undefined ? '' : `, approved by ${approvedBy}`;
          printLine(context, `seen           ${startedAt} by ${viewer} (${how}${permit}): ${reason}`);
        }
      }),
    );
}

function queryOf(words: string[], options: ListOptions) {
  const { content, user, origin, target, account, protocol, tag, format, host, since, until, longer, shorter } =
    options;
  const given = { content, user, origin, target, account, protocol, tag, format, host };
  return {
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Record<string, string>),
    ...(words.length === 0 ? {} : { text: words.join(' ') }),
    ...(since === undefined ? {} : { since: time(since) }),
    ...(until === undefined ? {} : { until: time(until) }),
    ...(longer === undefined ? {} : { longerThan: whole(longer, 1_000_000) * 60_000 }),
    ...(shorter === undefined ? {} : { shorterThan: whole(shorter, 1_000_000) * 60_000 }),
    ...(options.held ? { isHeld: true } : {}),
  };
}

function row({ id, startedAt, durationMs, user, account, target, host, format, size }: Recording): string[] {
  const who = user ?? account ?? '';
  return [
    id,
    formatMinute(startedAt),
    durationMs === undefined ? '' : timeText(durationMs),
    account !== undefined && user !== undefined && account !== user ? `${user} as ${account}` : who,
    target ?? host,
    format,
    formatBytes(size),
  ];
}

function factText(name: string, value: unknown): string {
  if (name === 'size') return `${formatBytes(Number(value))} (${String(value)} bytes)`;
  if (name === 'durationMs') return timeText(Number(value));
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function time(text: string): Date {
  const found = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text);
  if (Number.isNaN(found.getTime()))
    throw usageFailure(`'${text}' is no time`, 'Write 2026-11-01 or 2026-11-01T10:00.');
  return found;
}

function whole(text: string, most: number): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= most) return Number(text);
  throw usageFailure(`'${text}' is no whole number up to ${most}`, 'Use digits only.');
}
