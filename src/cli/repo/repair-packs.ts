// `orbit repo repair packs`
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { formatCount } from '../../base/quantities.ts';
import type { PackId } from '../../engine/ids.ts';
import { repairPacks, type RepairPacksResult } from '../../engine/maintain/repair-packs.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { exitCodes, printJson, printLine } from '../output.ts';
import { refuseUnlocked, withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';

interface RepairPacksFlags extends RepositoryFlags {
  keepIn: string;
  dryRun?: boolean;
}

/** `orbit repo repair packs`: saves what can be read of damaged packs. Exit code 3 when something cannot. */
export function repairPacksCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('packs')
    .description('save what can be read of damaged packs, and take them out; a copy of each stays on this machine')
    .argument('<ids...>', 'the packs, as `orbit repo check --read-data` names them')
    .option('--keep-in <folder>', 'where the copies of the damaged packs go', '.')
    .option('-n, --dry-run', 'find out, change nothing');
  return withRepositoryFlags(command)
    .addHelpText('after', '\nExample: orbit repo repair packs 3f9a…(64 digits) -r /srv/backup -p backup.password')
    .action(async (ids: string[], flags: RepairPacksFlags) => {
      const dryRun = flags.dryRun === true;
      if (!dryRun) refuseUnlocked(flags);
      const keep = async (pack: PackId, bytes: Buffer): Promise<void> => {
        await mkdir(flags.keepIn, { recursive: true, mode: 0o700 });
        await writeFile(join(flags.keepIn, `pack-${pack}`), bytes, { mode: 0o600, flush: true });
      };
      const result = await withLockedRepository(context, flags, { exclusive: true }, (repository, signal) =>
        repairPacks(repository, ids as PackId[], { dryRun, keep, signal }),
      );
      if (result.damaged.some(({ unreadable }) => unreadable.length > 0)) setExitCode(exitCodes.partial);
      if (flags.json) printJson(context, { ...result, dryRun });
      else printResult(context, result, { dryRun, keepIn: flags.keepIn });
    });
}

function printResult(
  context: CliContext,
  { damaged, whole, rescuedBlobs }: RepairPacksResult,
  { dryRun, keepIn }: { dryRun: boolean; keepIn: string },
): void {
  for (const id of whole) printLine(context, `pack ${id} is whole, nothing had to be done`);
  for (const { pack, unreadable } of damaged)
    printLine(context, `pack ${pack}: ${formatCount(unreadable.length)} blob(s) cannot be read`);
  if (damaged.length === 0) return;
  if (dryRun) return printLine(context, 'nothing was changed: this was a dry run');
  printLine(
    context,
    `stored ${formatCount(rescuedBlobs)} readable blob(s) anew; the damaged files are kept in ${resolve(keepIn)}`,
  );
  printLine(
    context,
    'Back up once more with `orbit repo backup --force`: what the source still has heals older snapshots. Then `orbit repo check` says what is left.',
  );
}
