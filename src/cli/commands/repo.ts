// `orbit repo`: the engine by itself, on any restic repository in a folder.
import { Command } from 'commander';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { backupCommand } from '../repo/backup.ts';
import { cacheCommand } from '../repo/cache.ts';
import { catCommand } from '../repo/cat.ts';
import { checkCommand } from '../repo/check.ts';
import { copyCommand } from '../repo/copy.ts';
import { diffCommand } from '../repo/diff.ts';
import { dumpCommand } from '../repo/dump.ts';
import { findCommand } from '../repo/find.ts';
import { forgetCommand } from '../repo/forget.ts';
import { initCommand } from '../repo/init.ts';
import { keyCommand } from '../repo/key.ts';
import { lsCommand } from '../repo/ls.ts';
import { parityCommand } from '../repo/parity.ts';
import { pruneCommand } from '../repo/prune.ts';
import { rekeyCommand } from '../repo/rekey.ts';
import { repairCommand } from '../repo/repair.ts';
import { restoreCommand } from '../repo/restore.ts';
import { serveCommand } from '../repo/serve.ts';
import { snapshotsCommand } from '../repo/snapshots.ts';
import { statsCommand } from '../repo/stats.ts';
import { tagCommand } from '../repo/tag.ts';
import { unlockCommand } from '../repo/unlock.ts';

/** `orbit repo …`, with restic's names for commands and flags where the meaning is the same. */
export function repoCommand(context: CliContext, setExitCode: SetExitCode): Command {
  return new Command('repo')
    .description('work on a repository in the restic format')
    .addCommand(initCommand(context))
    .addCommand(backupCommand(context, setExitCode))
    .addCommand(snapshotsCommand(context))
    .addCommand(lsCommand(context))
    .addCommand(findCommand(context))
    .addCommand(diffCommand(context))
    .addCommand(dumpCommand(context))
    .addCommand(catCommand(context))
    .addCommand(serveCommand(context))
    .addCommand(restoreCommand(context, setExitCode))
    .addCommand(statsCommand(context))
    .addCommand(checkCommand(context, setExitCode))
    .addCommand(forgetCommand(context, setExitCode))
    .addCommand(pruneCommand(context, setExitCode))
    .addCommand(copyCommand(context, setExitCode))
    .addCommand(repairCommand(context, setExitCode))
    .addCommand(parityCommand(context))
    .addCommand(tagCommand(context))
    .addCommand(keyCommand(context))
    .addCommand(rekeyCommand(context))
    .addCommand(cacheCommand(context))
    .addCommand(unlockCommand(context))
    .addHelpText('after', '\nExample: orbit repo snapshots -r /srv/backup --password-file /root/backup.password');
}
