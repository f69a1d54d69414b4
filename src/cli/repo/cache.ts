// `orbit repo cache show|clean`
import { Command } from 'commander';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import { type CacheFile, cleanCaches, listCaches } from '../../engine/cache/cache-folder.ts';
import { cacheFolder, type CliContext } from '../context.ts';
import { printJson, printLine, table } from '../output.ts';
import { usageFailure } from '../usage.ts';

const dayMs = 24 * 3_600_000;

/** `orbit repo cache …`: what this account keeps of repositories on this machine to be quicker. */
export function cacheCommand(context: CliContext): Command {
  return new Command('cache')
    .description('what is kept on this machine to be quicker: nothing of it is needed')
    .addCommand(showCommand(context))
    .addCommand(cleanCommand(context))
    .addHelpText('after', '\nExample: orbit repo cache show');
}

function showCommand(context: CliContext): Command {
  return new Command('show')
    .description('which caches there are, how large they are, and when they were used')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit repo cache show')
    .action((flags: { json?: boolean }) => {
      const folder = folderOf(context);
      const files = listCaches(folder);
      if (flags.json) return printJson(context, { folder, files });
      const rows = files.map(({ kind, name, bytes, usedAt }) => [
        kindNames[kind],
        name.slice(0, 8),
        formatBytes(bytes),
        usedAt.toISOString().slice(0, 19).replace('T', ' '),
      ]);
      for (const line of table(['What', 'Name', 'Size', 'Used'], rows)) printLine(context, line);
      printLine(context, `${sumOf(files)} in ${folder}`);
      return undefined;
    });
}

function cleanCommand(context: CliContext): Command {
  return new Command('clean')
    .description('remove caches; the next command that would use them takes longer')
    .option('--unused-for <days>', 'only those that were not used for so many days')
    .option('-n, --dry-run', 'say what would be removed')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit repo cache clean --unused-for 30')
    .action((flags: { unusedFor?: string; dryRun?: boolean; json?: boolean }) => {
      const folder = folderOf(context);
      const since = new Date(Date.now() - daysOf(flags.unusedFor) * dayMs);
      const files = flags.dryRun
        ? listCaches(folder).filter(({ usedAt }) => usedAt <= since)
        : cleanCaches(folder, since);
      if (flags.json) return printJson(context, { folder, files, dryRun: flags.dryRun === true });
      printLine(context, `${flags.dryRun ? 'would remove' : 'removed'} ${sumOf(files)} from ${folder}`);
      return undefined;
    });
}

const kindNames = { repository: 'snapshots and trees', stat: 'what was unchanged' } as const satisfies Record<
  CacheFile['kind'],
  string
>;

const sumOf = (files: readonly CacheFile[]): string =>
  `${formatCount(files.length)} cache(s), ${formatBytes(files.reduce((sum, { bytes }) => sum + bytes, 0))}`;

function daysOf(text = '0'): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw usageFailure(`'${text}' is no number of days`, 'Use a whole number, such as 30.');
}

function folderOf({ env }: CliContext): string {
  const folder = cacheFolder(env);
  if (folder === undefined) throw usageFailure('there is no folder for caches', 'Set XDG_CACHE_HOME or HOME.');
  return folder;
}
