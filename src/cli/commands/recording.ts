// `orbit recording …`: find, watch and keep session recordings that lie in the backup.
import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { listCommand, showCommand } from '../recording/find.ts';
import { catalogueCommand, holdCommands, layoutCommand } from '../recording/manage.ts';
import { purgeCommand } from '../recording/purge.ts';
import { packageCommand } from '../recording/package.ts';
import { playCommand } from '../recording/play.ts';
import { exportCommand, linesCommand, verifyCommand } from '../recording/take-out.ts';

/** `orbit recording` with its commands. */
export function recordingCommand(context: CliContext): Command {
  const command = new Command('recording')
    .description('find, watch and keep session recordings in the backup')
    .helpCommand(false)
    .addCommand(listCommand(context))
    .addCommand(showCommand(context))
    .addCommand(playCommand(context))
    .addCommand(linesCommand(context))
    .addCommand(exportCommand(context))
    .addCommand(packageCommand(context))
    .addCommand(verifyCommand(context));
  for (const hold of holdCommands(context)) command.addCommand(hold);
  return command
    .addCommand(catalogueCommand(context))
    .addCommand(layoutCommand(context))
    .addCommand(purgeCommand(context))
    .addHelpText('after', "\nExample: orbit recording list --target db01 --content 'drop table'");
}
