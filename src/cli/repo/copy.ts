// `orbit repo copy`
import { Command } from 'commander';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import { copySnapshots, type CopyResult } from '../../engine/maintain/copy.ts';
import type { Repository } from '../../engine/repository/repository.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { exitCodes, printJson, printLine } from '../output.ts';
import { usageFailure } from '../usage.ts';
import { maintenanceLine } from './maintenance-line.ts';
import { withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';
import { passesFilter, withSnapshotFilter, type SnapshotFilter } from './snapshots.ts';

interface CopyFlags extends RepositoryFlags, SnapshotFilter {
  fromRepo?: string;
  fromPasswordFile?: string;
  fromKeyHint?: string;
}

/** `orbit repo copy`: brings snapshots of one repository into another, with restic's flags. */
export function copyCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('copy')
    .description('copy snapshots from another repository into this one')
    .argument('[ids...]', 'only these snapshots')
    .option('--from-repo <path>', 'folder of the repository to copy from (default: $RESTIC_FROM_REPOSITORY)')
    .option('--from-password-file <file>', 'file with its password (default: $RESTIC_FROM_PASSWORD_FILE)')
    .option('--from-key-hint <id>', 'key of that repository to try first');
  return withSnapshotFilter(withRepositoryFlags(command))
    .addHelpText(
      'after',
      '\nExample: orbit repo copy -r /mnt/second -p second.password --from-repo /srv/backup --from-password-file backup.password',
    )
    .action(async (ids: string[], flags: CopyFlags) => {
      const from = sourceFlags(context, flags);
      const line = maintenanceLine(context, flags.json === true);
      const result = await withLockedRepository(context, from, {}, (source, sourceSignal) =>
        withLockedRepository(context, { ...flags, lock: true }, {}, async (target, targetSignal) => {
          const signal = AbortSignal.any([sourceSignal, targetSignal]);
          const snapshots = await chooseSnapshots(source, ids, flags, signal);
          return copySnapshots(source, target, snapshots, { signal, report: line.report });
        }),
      ).finally(line.end);
      if (result.incomplete.length > 0) setExitCode(exitCodes.partial);
      if (flags.json) printJson(context, result);
      else printResult(context, result);
    });
}

async function chooseSnapshots(source: Repository, ids: string[], flags: CopyFlags, signal: AbortSignal) {
  const all =
    ids.length === 0
      ? await source.listSnapshots({ signal })
      : await Promise.all(ids.map((id) => source.loadSnapshot(id, { signal })));
  return all.filter((snapshot) => passesFilter(snapshot, flags));
}

function sourceFlags(context: CliContext, flags: CopyFlags): RepositoryFlags {
  const repo = flags.fromRepo ?? context.env['RESTIC_FROM_REPOSITORY'];
  const passwordFile = flags.fromPasswordFile ?? context.env['RESTIC_FROM_PASSWORD_FILE'];
  if (!repo) throw usageFailure('no repository to copy from was named', 'Name its folder with --from-repo PATH.');
  if (!passwordFile)
    throw usageFailure('its password was not given', 'Name a file that holds it with --from-password-file.');
  const { lock, retryLock } = flags;
  return {
    repo,
    passwordFile,
    ...(flags.fromKeyHint === undefined ? {} : { keyHint: flags.fromKeyHint }),
    ...(lock === undefined ? {} : { lock }),
    ...(retryLock === undefined ? {} : { retryLock }),
  };
}

function printResult(context: CliContext, { copied, alreadyThere, incomplete, blobs, bytes }: CopyResult): void {
  for (const { from, to } of copied) printLine(context, `snapshot ${from.slice(0, 8)} is now ${to.slice(0, 8)} there`);
  for (const { failure } of incomplete) printLine(context, `error: ${failure.message}`);
  printLine(
    context,
    `copied ${copied.length} snapshot(s), ${formatCount(blobs)} blobs, ${formatBytes(bytes)}; ${alreadyThere} were there already`,
  );
}
