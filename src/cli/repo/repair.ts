// `orbit repo repair bytes|index|packs|snapshots`
import { Command } from 'commander';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { repairBytesCommand } from './repair-bytes.ts';
import { repairIndexCommand } from './repair-index.ts';
import { repairPacksCommand } from './repair-packs.ts';
import { repairSnapshotsCommand } from './repair-snapshots.ts';

/** `orbit repo repair …`: after damage. Nothing is removed that could still be of use. */
export function repairCommand(context: CliContext, setExitCode: SetExitCode): Command {
  return new Command('repair')
    .description('repair what `orbit repo check` found')
    .addCommand(repairBytesCommand(context, setExitCode))
    .addCommand(repairIndexCommand(context, setExitCode))
    .addCommand(repairPacksCommand(context, setExitCode))
    .addCommand(repairSnapshotsCommand(context, setExitCode))
    .addHelpText('after', '\nExample: orbit repo repair index -r /srv/backup -p backup.password');
}
