// `orbit repo restore`
import { Command, Option } from 'commander';
import type { Failure } from '../../base/failure.ts';
import { formatBytes, formatCount, formatDuration } from '../../base/quantities.ts';
import { findFolder } from '../../engine/browse/entries.ts';
import type { Aspect, RestoreEvent, RestoreOptions, RestoreResult } from '../../engine/restore/events.ts';
import { restore } from '../../engine/restore/restore.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { exitCodes, printJson, printLine } from '../output.ts';
import { withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';
import { progressLine } from './progress-line.ts';

interface RestoreFlags extends RepositoryFlags {
  target: string;
  include?: string[];
  exclude?: string[];
  overwrite: NonNullable<RestoreOptions['overwrite']>;
  inPlace?: boolean;
  delete?: boolean;
  verify?: boolean;
  ownershipByName?: boolean;
  sparse: boolean;
  dryRun?: boolean;
}

/** `orbit repo restore`: writes a snapshot, or a part of it, into a folder. Exit code 3 when something could not be restored. */
export function restoreCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  const command = new Command('restore')
    .description('write a snapshot into a folder')
    .argument('<snapshot[:folder]>', 'the snapshot, or latest; with a folder only what lies in it')
    .requiredOption('-t, --target <folder>', 'where to')
    .option('-i, --include <pattern>', 'only what matches (may be repeated)', collect)
    .option('-e, --exclude <pattern>', 'not what matches (may be repeated)', collect)
    .addOption(
      new Option('--overwrite <when>', 'what to do with files that exist')
        .choices(['always', 'if-changed', 'never'])
        .default('always'),
    )
    .option(
      '--in-place',
      'change files that exist where they stand: only what differs is written, and a restore that was interrupted goes on',
    )
    .option('--delete', 'remove from restored folders what the snapshot does not have')
    .option('--verify', 'read every file again after writing and compare')
    .option('--ownership-by-name', 'give files to the accounts of this machine that have the names of their owners')
    .option('--no-sparse', 'write out runs of zeros')
    .option('-n, --dry-run', 'show what would be done');
  return withRepositoryFlags(command)
    .addHelpText(
      'after',
      '\nExamples: orbit repo restore latest -r /srv/backup -p backup.password --target /' +
        '\n          orbit repo restore latest:/etc -r /srv/backup -p backup.password --target /tmp/etc --include "*.conf"',
    )
    .action((which: string, flags: RestoreFlags) => runRestore(context, setExitCode, which, flags));
}

async function runRestore(
  context: CliContext,
  setExitCode: SetExitCode,
  which: string,
  flags: RestoreFlags,
): Promise<void> {
  const startedMs = performance.now();
  const line = progressLine(context, flags.json === true);
  const skipped: { path: string; failure: Failure }[] = [];
  const toldAspects = new Set<Aspect>();
  const report = (event: RestoreEvent): void => {
    line.report(event);
    if (event.type === 'file-skipped') skipped.push(event);
    const text = flags.json === true ? undefined : remark(event, toldAspects, flags.dryRun === true);
    if (text !== undefined) line.say(text);
  };
  const options = restoreOptions(flags);
  const result = await withLockedRepository(
    context,
    flags,
    { startsEarly: true },
    async (repository, signal, granted) => {
      const { snapshotName, folder } = splitSnapshot(which);
      const snapshot = await repository.loadSnapshot(snapshotName, { signal });
      const indexed = await repository.loadIndex({ signal });
      try {
        const part =
          folder === undefined ? snapshot : { tree: await findFolder(indexed, snapshot, folder, { signal }) };
        await granted;
        return await restore(indexed, part, flags.target, { ...options, signal, report });
      } finally {
        await indexed.close();
      }
    },
  );
  line.end();
  const seconds = (performance.now() - startedMs) / 1000;
  if (flags.json) {
    const failures = skipped.map(({ path, failure }) => ({ path, ...failure.toJSON() }));
    printJson(context, { message_type: 'summary', ...result, total_duration: seconds, failures });
  } else printSummary(context, result, flags, seconds);
  if (result.outcome === 'partial') setExitCode(exitCodes.partial);
}

/** `latest:/etc` → the snapshot's name and the folder in it. */
export function splitSnapshot(which: string): { snapshotName: string; folder: string | undefined } {
  const colon = which.indexOf(':');
  return colon === -1
    ? { snapshotName: which, folder: undefined }
    : { snapshotName: which.slice(0, colon), folder: which.slice(colon + 1) };
}

function restoreOptions(flags: RestoreFlags): RestoreOptions {
  return {
    overwrite: flags.overwrite,
    sparse: flags.sparse,
    ...(flags.include === undefined ? {} : { include: flags.include }),
    ...(flags.exclude === undefined ? {} : { exclude: flags.exclude }),
    ...(flags.inPlace === undefined ? {} : { inPlace: flags.inPlace }),
    ...(flags.delete === undefined ? {} : { delete: flags.delete }),
    ...(flags.verify === undefined ? {} : { verify: flags.verify }),
    ...(flags.ownershipByName === undefined ? {} : { ownershipByName: flags.ownershipByName }),
    ...(flags.dryRun === undefined ? {} : { dryRun: flags.dryRun }),
  };
}

const aspectWords: Record<Aspect, string> = {
  owner: 'owner',
  attributes: 'extended attributes',
  times: 'times',
  mode: 'permissions',
};

// The first of each kind is shown; a million files of another owner would say the same thing a million times.
function remark(event: RestoreEvent, told: Set<Aspect>, isDryRun: boolean): string | undefined {
  switch (event.type) {
    case 'file-skipped':
      return `skipped: ${event.failure.message}`;
    case 'not-set':
      if (told.has(event.aspect)) return undefined;
      told.add(event.aspect);
      return `${aspectWords[event.aspect]} not set on ${event.path}: ${event.reason}`;
    case 'deleted':
      return `${isDryRun ? 'would delete' : 'deleted'} ${event.path}`;
    case 'file-done':
      return isDryRun ? `would restore ${event.path}` : undefined;
    case 'limited':
      return `this machine cannot set: ${event.limits.join(', ')}`;
    case 'scanned':
    case 'progress':
    case 'file-unchanged':
      return undefined;
  }
}

function printSummary(context: CliContext, result: RestoreResult, flags: RestoreFlags, seconds: number): void {
  const rate = seconds > 0 ? `, ${formatBytes(Math.round(result.bytes / seconds))}/s` : '';
  const took = flags.dryRun ? '' : ` in ${formatDuration(seconds * 1000)}${rate}`;
  printLine(
    context,
    `${flags.dryRun ? 'would restore' : 'restored'} ${formatCount(result.files)} files (${formatBytes(result.bytes)}), ` +
      `${formatCount(result.folders)} folders, ${formatCount(result.others)} links and special files to ${flags.target}${took}`,
  );
  if (flags.inPlace === true && !flags.dryRun)
    printLine(context, `${formatBytes(result.written)} of it had to be written`);
  if (result.unchanged > 0) printLine(context, `${formatCount(result.unchanged)} existed and were left as they are`);
  if (result.deleted > 0) printLine(context, `${formatCount(result.deleted)} ${flags.dryRun ? 'to be ' : ''}deleted`);
  for (const [aspect, count] of Object.entries(result.notSet)) {
    if (count > 0)
      printLine(context, `${aspectWords[aspect as Aspect]} could not be set on ${formatCount(count)} entries`);
  }
  if (result.notSet.owner > 0) printLine(context, 'Only root may give files to others: run the restore as root.');
  if (result.skipped > 0) printLine(context, `${formatCount(result.skipped)} were NOT restored (named above)`);
}
