// `orbit repo unlock`
import { Command } from 'commander';
import { removeStaleLocks } from '../../engine/repository/repository-lock.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { withRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';

/** `orbit repo unlock`: removes locks that nobody holds any more. */
export function unlockCommand(context: CliContext): Command {
  const command = new Command('unlock')
    .description('remove locks of processes that are gone')
    .option('--remove-all', 'remove every lock, also of processes that may still be running');
  return withRepositoryFlags(command)
    .addHelpText('after', '\nExample: orbit repo unlock -r /srv/backup --password-file /root/backup.password')
    .action(async (flags: RepositoryFlags & { removeAll?: boolean }) => {
      const removed = await withRepository(context, flags, (repository) =>
        removeStaleLocks(repository, { all: flags.removeAll === true, signal: context.signal }),
      );
      if (flags.json) printJson(context, { removed });
      else printLine(context, `removed ${removed.length} lock(s)`);
    });
}
