// `orbit repo repair snapshots`
import { Command } from 'commander';
import { note } from '../../base/note.ts';
import { formatCount } from '../../base/quantities.ts';
import { repairSnapshots, type RepairSnapshotsResult } from '../../engine/maintain/repair-snapshots.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { requireApprovalAtHome } from '../four-eyes.ts';
import { heldAtHome } from '../holds-at-home.ts';
import { exitCodes, printJson, printLine } from '../output.ts';
import {
  refuseUnlocked,
  repositoryName,
  withLockedRepository,
  withRepositoryFlags,
  type RepositoryFlags,
} from './open.ts';
import { passesFilter, withSnapshotFilter, type SnapshotFilter } from './snapshots.ts';

interface RepairSnapshotsFlags extends RepositoryFlags, SnapshotFilter {
  dryRun?: boolean;
  forget?: boolean;
}

/** `orbit repo repair snapshots`: makes usable snapshots of damaged ones. Exit code 3 when something is lost. */
export function repairSnapshotsCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('snapshots')
    .description('make usable snapshots of damaged ones, without the files that are lost')
    .argument('[ids...]', 'only these snapshots, or the beginning of their ids')
    .option('--forget', 'remove the damaged snapshots afterwards')
    .option('-n, --dry-run', 'say what is lost, write nothing');
  return withSnapshotFilter(withRepositoryFlags(command))
    .addHelpText('after', '\nExample: orbit repo repair snapshots -r /srv/backup -p backup.password --dry-run')
    .action(async (ids: string[], flags: RepairSnapshotsFlags) => {
      const dryRun = flags.dryRun === true;
      if (!dryRun) refuseUnlocked(flags);
      if (!dryRun && flags.forget === true) {
        const subject = note('approval.damaged', { repository: repositoryName(context, flags) });
        const detail = ids.toSorted().join(' ');
        await requireApprovalAtHome(context, { action: 'backup.delete', subject, detail });
      }
      const result = await withLockedRepository(context, flags, { exclusive: true }, (repository, signal) =>
        repairSnapshots(repository, {
          dryRun,
          forget: flags.forget === true,
          heldOf: (snapshots) => heldAtHome(context, snapshots),
          isWanted: (snapshot) =>
            (ids.length === 0 || ids.some((id) => snapshot.id.startsWith(id))) && passesFilter(snapshot, flags),
          signal,
        }),
      );
      if (result.lost.length + result.unreadable.length > 0) setExitCode(exitCodes.partial);
      if (flags.json) printJson(context, { ...result, dryRun });
      else printResult(context, result, dryRun);
    });
}

function printResult(context: CliContext, result: RepairSnapshotsResult, dryRun: boolean): void {
  const { lost, replaced, alreadyReplaced, hopeless, unreadable, forgotten, kept, snapshots } = result;
  for (const { what, path, snapshot } of lost)
    printLine(context, `lost: ${what} ${path} (snapshot ${snapshot.slice(0, 8)})`);
  for (const { failure } of unreadable) printLine(context, `error: ${failure.message}; it was left alone`);
  for (const id of hopeless)
    printLine(context, `error: nothing of snapshot ${id.slice(0, 8)} can be reached; it was left alone`);
  for (const { from, to } of replaced)
    printLine(
      context,
      to === undefined
        ? `would make a usable snapshot of ${from.slice(0, 8)}`
        : `snapshot ${to.slice(0, 8)} is ${from.slice(0, 8)} without what is lost`,
    );
  for (const id of alreadyReplaced) printLine(context, `snapshot ${id.slice(0, 8)} was repaired before`);
  for (const id of forgotten) printLine(context, `removed the damaged snapshot ${id.slice(0, 8)}`);
  for (const id of kept) printLine(context, `snapshot ${id.slice(0, 8)} is held or protected: the damaged one stays`);
  if (lost.length + unreadable.length === 0)
    return printLine(context, `${formatCount(snapshots)} snapshot(s) are whole, as far as the index knows`);
  if (dryRun) printLine(context, 'nothing was written: this was a dry run');
  else if (replaced.length > 0 && forgotten.length === 0)
    printLine(context, 'The damaged snapshots are still there; --forget removes them.');
}
