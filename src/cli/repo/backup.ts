// `orbit repo backup`
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Failure } from '../../base/failure.ts';
import { formatBytes, formatCount, formatDuration } from '../../base/quantities.ts';
import type { BackupResult } from '../../engine/backup/backup.ts';
import { backupInto, type BackupIntoOptions } from '../../engine/backup/backup-into.ts';
import type { BackupEvent } from '../../engine/backup/events.ts';
import { statCaches } from '../../engine/cache/cache-folder.ts';
import type { Compression } from '../../engine/format/compression.ts';
import { PathPatterns, pathParts } from '../../engine/path-patterns.ts';
import type { SetExitCode } from '../commands.ts';
import { cacheFolder, type CliContext } from '../context.ts';
import { exitCodes, printJson, printLine } from '../output.ts';
import { usageFailure } from '../usage.ts';
import { type FilesFromFlags, pathsFromLists } from './files-from.ts';
import { withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';
import { type PatternFlags, patternsOf, withPatternFlags } from './pattern-flags.ts';
import { progressLine } from './progress-line.ts';

interface BackupFlags extends RepositoryFlags, FilesFromFlags, PatternFlags {
  excludeIfPresent?: string[];
  excludeCaches?: boolean;
  excludeLargerThan?: string;
  oneFileSystem?: boolean;
  tag?: string[];
  host?: string;
  time?: string;
  parent?: string;
  force?: boolean;
  ignoreInode?: boolean;
  ignoreCtime?: boolean;
  withAtime?: boolean;
  skipIfUnchanged?: boolean;
  dryRun?: boolean;
  scan: boolean;
  cache: boolean;
  stdinFromCommand?: boolean;
  stdinFilename: string;
  compression?: string;
  readConcurrency?: string;
  explain?: boolean;
  immutable?: string[];
}

/** `orbit repo backup`: makes a snapshot. Exit code 3 when something could not be read. */
export function backupCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  const command = withPatternFlags(
    new Command('backup')
      .description('make a snapshot of files and folders')
      .argument('[paths...]', 'what to back up; with --stdin-from-command the program and its arguments, after --'),
  )
    .option('--exclude-if-present <name[:header]>', 'leave out folders that hold such a file', collect)
    .option('--exclude-caches', 'leave out folders marked by a CACHEDIR.TAG')
    .option('--exclude-larger-than <size>', 'leave out files above this size, for example 500M')
    .option('-x, --one-file-system', 'stay on the file systems of the given paths')
    .option('--tag <tag,…>', 'tags for the snapshot (may be repeated)', collect)
    .option('-H, --host <host>', "host to note instead of this machine's name")
    .option('--time <time>', 'time to note instead of now, such as "2026-01-31 12:00:00"')
    .option('--parent <snapshot>', 'compare with this snapshot instead of the newest one that fits')
    .option('-f, --force', 'read every file again')
    .option('--ignore-inode', 'do not take another inode or change time for a change')
    .option('--ignore-ctime', 'do not take another change time for a change')
    .option('--with-atime', 'keep access times')
    .option('--skip-if-unchanged', 'make no snapshot when nothing changed')
    .option('-n, --dry-run', 'read and count, store nothing')
    .option('--no-cache', 'look at everything anew, whatever the last run knew of it')
    .option('--no-scan', 'do not count ahead for the remaining time')
    .option('--stdin-from-command', 'run a program and keep what it prints; no snapshot when it fails')
    .option('--stdin-filename <path>', 'its name in the snapshot', '/stdin')
    .option('--compression <mode>', 'auto, off or max')
    .option('--read-concurrency <n>', 'files read at once (default: one a core)')
    .option('--files-from <file>', 'also what the patterns in the file match, one a line; - is standard input', collect)
    .option('--files-from-verbatim <file>', 'also the paths in the file, one a line, exactly as they stand', collect)
    .option('--files-from-raw <file>', 'also the paths in the file, each ended by NUL', collect)
    .option(
      '--immutable <pattern>',
      'files that match never change once they are there: look at their size only',
      collect,
    )
    .option('--explain', 'say of each file that the parent snapshot has why it is read again');
  return withRepositoryFlags(command)
    .addHelpText(
      'after',
      '\nExamples: orbit repo backup -r /srv/backup -p backup.password /etc /home --exclude "*.cache"' +
        '\n          orbit repo backup -r /srv/backup -p backup.password --stdin-from-command --stdin-filename /vault.sql -- pg_dump vault',
    )
    .action((paths: string[], flags: BackupFlags) => runBackup(context, setExitCode, paths, flags));
}

async function runBackup(
  context: CliContext,
  setExitCode: SetExitCode,
  given: string[],
  flags: BackupFlags,
): Promise<void> {
  const [program, ...args] = given;
  const isCommand = flags.stdinFromCommand === true;
  if (isCommand && program === undefined)
    throw usageFailure('no program was given for --stdin-from-command', 'Put it and its arguments after --.');
  const paths = isCommand ? [] : [...given, ...(await pathsFromLists(context, flags))];
  const settings = backupOptions(context, flags, await programVersion());
  const startedMs = performance.now();
  const line = progressLine(context, flags.json === true);
  const skipped: { path: string; failure: Failure }[] = [];
  const report = (event: BackupEvent): void => {
    line.report(event);
    if (event.type === 'file-skipped') skipped.push(event);
    const text = flags.json === true ? undefined : remark(event);
    if (text !== undefined) line.say(text);
  };
  const result = await withLockedRepository(context, flags, { startsEarly: !isCommand }, async (repository, signal) =>
    backupInto(repository, paths, {
      ...settings,
      signal,
      report,
      ...(flags.cache ? statCacheFolder(context) : {}),
      scan: flags.scan && context.isTerminal && flags.json !== true,
      ...(flags.parent === undefined ? {} : { parent: await repository.loadSnapshot(flags.parent, { signal }) }),
      ...(isCommand ? { virtualFiles: [{ path: absolute(flags.stdinFilename), command: program ?? '', args }] } : {}),
    }),
  );
  line.end();
  const seconds = (performance.now() - startedMs) / 1000;
  if (flags.json) printSummaryJson(context, result, flags, seconds, skipped);
  else printSummary(context, result, flags, seconds);
  if (result.outcome === 'partial') setExitCode(exitCodes.partial);
}

function statCacheFolder({ env }: CliContext): { statCacheFolder?: string } {
  const folder = cacheFolder(env);
  return folder === undefined ? {} : { statCacheFolder: join(folder, statCaches) };
}

const absolute = (path: string): string => (path.startsWith('/') ? path : `/${path}`);

function backupOptions(context: CliContext, flags: BackupFlags, version: string): BackupIntoOptions {
  const options: { [Key in keyof BackupIntoOptions]: BackupIntoOptions[Key] | undefined } = {
    ...patternsOf(context, flags),
    excludeIfPresent: flags.excludeIfPresent,
    excludeCaches: flags.excludeCaches,
    excludeLargerThan: flags.excludeLargerThan === undefined ? undefined : parseSize(flags.excludeLargerThan),
    oneFileSystem: flags.oneFileSystem,
    tags: flags.tag?.flatMap((tags) => tags.split(',')).filter((tag) => tag !== ''),
    host: flags.host,
    time: flags.time === undefined ? undefined : parseTime(flags.time),
    force: flags.force,
    ignoreInode: flags.ignoreInode,
    ignoreCtime: flags.ignoreCtime,
    withAtime: flags.withAtime,
    skipIfUnchanged: flags.skipIfUnchanged,
    dryRun: flags.dryRun,
    compression: parseCompression(flags.compression),
    workers: parseCount(flags.readConcurrency),
    programVersion: version,
    explains: flags.explain,
    isImmutable: flags.immutable === undefined ? undefined : immutableBy(flags.immutable),
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function immutableBy(texts: string[]): (path: Buffer) => boolean {
  const patterns = new PathPatterns(texts);
  return (path) => patterns.answer(pathParts(path.toString('utf8'))).matches;
}

function parseSize(text: string): number {
  const match = /^(\d+)([kmgt]?)(i?b)?$/i.exec(text);
  if (match === null) throw usageFailure(`'${text}' is no size`, 'Use a number with K, M, G or T.');
  return Number(match[1]) * 1024 ** ' kmgt'.indexOf((match[2] ?? '').toLowerCase() || ' ');
}

function parseTime(text: string): Date {
  const time = new Date(text.replace(' ', 'T'));
  if (Number.isNaN(time.getTime())) throw usageFailure(`'${text}' is no time`, 'Write it as 2026-01-31 12:00:00.');
  return time;
}

function parseCompression(text: string | undefined): Compression | undefined {
  if (text === undefined || text === 'auto' || text === 'off' || text === 'max') return text;
  throw usageFailure(`there is no compression '${text}'`, 'Use auto, off or max.');
}

function parseCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,3}$/.test(text)) throw usageFailure(`'${text}' is no number of files`, 'Use 1 to 999.');
  return Number(text);
}

function remark(event: BackupEvent): string | undefined {
  switch (event.type) {
    case 'file-skipped':
      return `skipped: ${event.failure.message}`;
    case 'file-changed-while-read':
      return `changed while it was read: ${event.path}`;
    case 'file-healed':
      return `read again, because the repository has lost a part of it: ${event.path}`;
    case 'file-read-again':
      return `read again (${event.why.join(', ')}): ${event.path}`;
    case 'limited':
      return `this machine cannot keep: ${event.limits.join(', ')}`;
    case 'scanned':
    case 'progress':
    case 'file-done':
    case 'files-new':
    case 'files-unmodified':
    case 'file-vanished':
      return undefined;
  }
}

function printSummary(context: CliContext, result: BackupResult, flags: BackupFlags, seconds: number): void {
  const { summary, snapshotId, parentId } = result;
  const bytes = summary.total_bytes_processed;
  const rate = seconds > 0 ? `, ${formatBytes(Math.round(bytes / seconds))}/s` : '';
  const count = (kind: string, fresh: number, changed: number, same: number): string =>
    `${kind} ${formatCount(fresh)} new, ${formatCount(changed)} changed, ${formatCount(same)} unmodified`;
  const stored = flags.dryRun ? '' : `, ${formatBytes(summary.data_added_packed)} stored`;
  printLine(
    context,
    parentId === undefined ? 'no earlier snapshot to compare with' : `compared with snapshot ${parentId.slice(0, 8)}`,
  );
  printLine(context, count('files:  ', summary.files_new, summary.files_changed, summary.files_unmodified));
  printLine(context, count('folders:', summary.dirs_new, summary.dirs_changed, summary.dirs_unmodified));
  printLine(
    context,
    `${flags.dryRun ? 'would add' : 'added'}:  ${formatBytes(summary.data_added)} of new data${stored}`,
  );
  printLine(
    context,
    `looked at ${formatCount(summary.total_files_processed)} files, ${formatBytes(bytes)}, in ${formatDuration(seconds * 1000)}${rate}`,
  );
  if (result.vanished > 0)
    printLine(context, `${formatCount(result.vanished)} went away before they could be read, as files do`);
  if (result.skipped > 0)
    printLine(context, `${formatCount(result.skipped)} could not be read and are NOT in the snapshot (named above)`);
  if (snapshotId !== undefined) printLine(context, `snapshot ${snapshotId.slice(0, 8)} saved`);
  else printLine(context, flags.dryRun ? 'dry run: nothing was stored' : 'nothing changed: no snapshot was made');
}

// restic's names, so that what reads restic's summary reads ours.
function printSummaryJson(
  context: CliContext,
  result: BackupResult,
  flags: BackupFlags,
  seconds: number,
  skipped: { path: string; failure: Failure }[],
): void {
  printJson(context, {
    message_type: 'summary',
    outcome: result.outcome,
    ...(flags.dryRun ? { dry_run: true } : {}),
    ...result.summary,
    total_duration: seconds,
    ...(result.snapshotId === undefined ? {} : { snapshot_id: result.snapshotId }),
    ...(result.parentId === undefined ? {} : { parent: result.parentId }),
    tree: result.tree,
    vanished: result.vanished,
    skipped: result.skipped,
    failures: skipped.map(({ path, failure }) => ({ path, ...failure.toJSON() })),
  });
}

async function programVersion(): Promise<string> {
  const manifest = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  return `orbit ${(JSON.parse(manifest) as { version: string }).version}`;
}
