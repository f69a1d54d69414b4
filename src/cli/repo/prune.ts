// `orbit repo prune`
import { Command } from 'commander';
import { note } from '../../base/note.ts';
import { pruneLocked } from '../../engine/maintain/prune.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { requireApprovalAtHome } from '../four-eyes.ts';
import { printJson, printLine } from '../output.ts';
import { maintenanceLine } from './maintenance-line.ts';
import {
  refuseUnlocked,
  repositoryName,
  withLockedRepository,
  withRepositoryFlags,
  type RepositoryFlags,
} from './open.ts';
import { printLeftBehind, printPruneNumbers, pruneOptionsOf, withPruneFlags, type PruneFlags } from './prune-flags.ts';

/** `orbit repo prune`: frees what no snapshot reaches. */
export function pruneCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('prune')
    .description('free data that no snapshot reaches')
    .option('-n, --dry-run', 'show the plan, remove nothing');
  return withPruneFlags(withRepositoryFlags(command))
    .addHelpText('after', '\nExample: orbit repo prune -r /srv/backup --password-file /root/backup.password --dry-run')
    .action(async (flags: RepositoryFlags & PruneFlags & { dryRun?: boolean }) => {
      const dryRun = flags.dryRun === true;
      if (!dryRun) refuseUnlocked(flags);
      const options = pruneOptionsOf(flags);
      const subject = note('approval.unreached', { repository: repositoryName(context, flags) });
      if (!dryRun) await requireApprovalAtHome(context, { action: 'backup.delete', subject });
      const line = maintenanceLine(context, flags.json === true);
      const result = await withLockedRepository(context, flags, { exclusive: !dryRun }, (repository, signal) =>
        pruneLocked(repository, { ...options, dryRun, signal, report: line.report }),
      ).finally(line.end);
      const { plan, leftBehind } = result;
      if (flags.json)
        printJson(context, { message_type: 'summary', dry_run: dryRun, ...plan.numbers, left_behind: leftBehind });
      else {
        printPruneNumbers(context, plan.numbers, !dryRun);
        if (dryRun) printLine(context, 'nothing was removed: this was a dry run');
      }
      printLeftBehind(context, result, setExitCode);
    });
}
