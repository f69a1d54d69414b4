// `orbit repo repair index`
import { Command } from 'commander';
import { formatCount } from '../../base/quantities.ts';
import { repairIndex, type RepairIndexResult } from '../../engine/maintain/repair-index.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { exitCodes, printJson, printLine } from '../output.ts';
import { refuseUnlocked, withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';

/** `orbit repo repair index`: only index files are replaced. Exit code 3 when packs are gone or damaged. */
export function repairIndexCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('index')
    .description('make the index again from what packs say of themselves')
    .option('--read-all-packs', 'look into every pack, not only where index and pack disagree')
    .option('-n, --dry-run', 'find out, write nothing');
  return withRepositoryFlags(command)
    .addHelpText('after', '\nExample: orbit repo repair index -r /srv/backup -p backup.password --dry-run')
    .action(async (flags: RepositoryFlags & { readAllPacks?: boolean; dryRun?: boolean }) => {
      const dryRun = flags.dryRun === true;
      if (!dryRun) refuseUnlocked(flags);
      const result = await withLockedRepository(context, flags, { exclusive: true }, (repository, signal) =>
        repairIndex(repository, { readAll: flags.readAllPacks === true, dryRun, signal }),
      );
      if (result.damaged.length + result.missing.length > 0) setExitCode(exitCodes.partial);
      if (flags.json) printJson(context, { ...result, dryRun });
      else printResult(context, result, dryRun);
    });
}

function printResult(context: CliContext, result: RepairIndexResult, dryRun: boolean): void {
  const { added, missing, damaged, unreadableFiles, rescuedBlobs } = result;
  for (const id of unreadableFiles) printLine(context, `index file ${id.slice(0, 8)} cannot be read and is replaced`);
  for (const { failure } of damaged) printLine(context, `error: ${failure.message}`);
  for (const id of missing) printLine(context, `error: pack ${id} is gone`);
  if (!result.isChanged) return printLine(context, 'the index is sound, nothing had to be done');
  printLine(context, `${dryRun ? 'would name' : 'named'} ${formatCount(added.length)} pack(s) anew in the index`);
  if (rescuedBlobs > 0)
    printLine(context, `carried ${formatCount(rescuedBlobs)} readable blob(s) out of damaged packs`);
  if (missing.length + damaged.length > 0)
    printLine(
      context,
      'Run `orbit repo check` to see which files are affected. Copy packs that are gone from another destination, then repair again.',
    );
}
