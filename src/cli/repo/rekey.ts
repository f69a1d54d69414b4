// `orbit repo rekey copy|status|switch|remove-old|cancel`
import type { Command } from 'commander';
import { tmpdir } from 'node:os';
import type { RekeyPasswords } from '../../engine/rekey/rekey.ts';
import { cacheFolder, type CliContext } from '../context.ts';
import { requireApprovalAtHome } from '../four-eyes.ts';
import { readPassword } from '../password.ts';
import { rekeyCommand as rekeyActions, type RekeyFlags } from '../rekey-actions.ts';
import { usageFailure } from '../usage.ts';
import { openPlace, parseDuration, readRepositoryPassword, withRepositoryFlags, type RepositoryFlags } from './open.ts';

interface MoveFlags extends RepositoryFlags {
  newPasswordFile?: string;
}

/** `orbit repo rekey …`: a new master key for a repository in a folder. */
export function rekeyCommand(context: CliContext): Command {
  return rekeyActions(context, {
    name: 'orbit repo rekey',
    example: '-r /srv/backup -p backup.password',
    withFlags: (command, isMove) => (isMove ? withMoveFlags(command) : withPlaceFlags(command)),
    async open(flags: RekeyFlags & MoveFlags, work) {
      if (flags.lock === false)
        throw usageFailure('without a lock no repository is carried over', 'Leave out --no-lock.');
      const backend = await openPlace(context, flags);
      try {
        await work({
          backend,
          passwords: () => passwordsOf(context, flags),
          datesFolder: cacheFolder(context.env) ?? tmpdir(),
          retryMs: parseDuration(flags.retryLock ?? '0s'),
          approve: (subject) => requireApprovalAtHome(context, { action: 'backup.delete', subject }),
        });
      } finally {
        await backend.close();
      }
    },
  });
}

function withMoveFlags(command: Command): Command {
  return withRepositoryFlags(command).option(
    '--new-password-file <file>',
    'file with the password of the new repository (default: the same password; the master key is new all the same)',
  );
}

function withPlaceFlags(command: Command): Command {
  return command
    .option('-r, --repo <path>', 'folder of the repository (default: $ORBIT_REPOSITORY, $RESTIC_REPOSITORY)')
    .option('--json', 'print JSON');
}

async function passwordsOf(context: CliContext, flags: MoveFlags): Promise<RekeyPasswords> {
  const password = await readRepositoryPassword(context, flags);
  if (flags.newPasswordFile === undefined) return { password, newPassword: password };
  const newPassword = await readPassword(context, {
    file: flags.newPasswordFile,
    variables: [],
    prompt: 'password of the new repository',
    repeat: true,
    flag: '--new-password-file',
  });
  return { password, newPassword };
}
