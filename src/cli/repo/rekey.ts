// `orbit repo rekey copy|status|switch|remove-old|cancel`
import { Command } from 'commander';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import {
  cancelRekey,
  continueRekey,
  rekeyPhase,
  rekeyPlaces,
  removeOld,
  switchRekey,
  type RekeyOptions,
} from '../../engine/rekey/folder-rekey.ts';
import type { CliContext } from '../context.ts';
import { requireApprovalAtHome } from '../four-eyes.ts';
import { printJson, printLine } from '../output.ts';
import { readPassword } from '../password.ts';
import { usageFailure } from '../usage.ts';
import { maintenanceLine } from './maintenance-line.ts';
import { parseDuration, readRepositoryPassword, withRepositoryFlags, type RepositoryFlags } from './open.ts';

interface MoveFlags extends RepositoryFlags {
  newPasswordFile?: string;
  dryRun?: boolean;
}

interface PlaceFlags extends Pick<RepositoryFlags, 'repo' | 'json'> {
  dryRun?: boolean;
}

/** `orbit repo rekey …`: a new master key, by carrying everything over into a new repository that takes the old one's place. */
export function rekeyCommand(context: CliContext): Command {
  return new Command('rekey')
    .description('give a repository a new master key: what lies there is sealed anew, beside it, and takes its place')
    .addCommand(copyCommand(context))
    .addCommand(statusCommand(context))
    .addCommand(switchCommand(context))
    .addCommand(removeOldCommand(context))
    .addCommand(cancelCommand(context))
    .addHelpText(
      'after',
      '\nExample: orbit repo rekey copy -r /srv/backup -p backup.password --new-password-file new.password',
    );
}

function copyCommand(context: CliContext): Command {
  return withMoveFlags(
    new Command('copy').description(
      'carry everything over into a new repository beside it, and prove it; begins or goes on',
    ),
  )
    .addHelpText(
      'after',
      '\nExample: orbit repo rekey copy -r /srv/backup -p backup.password\nThe repository stays in use meanwhile. Without --new-password-file the password stays the same; the master key is new all the same.',
    )
    .action(async (flags: MoveFlags) => {
      const line = maintenanceLine(context, flags.json === true);
      const { options, passwords, path } = await movesOf(context, flags);
      const result = await continueRekey(path, passwords, {
        ...options,
        report(event) {
          if (event.type !== 'problem' && event.type !== 'packs-chosen' && event.type !== 'pack-read')
            line.report(event);
        },
      }).finally(line.end);
      if (flags.json) return printJson(context, result);
      const { snapshots, copied, bytes, bytesProved } = result;
      printLine(
        context,
        `${formatCount(snapshots)} snapshot(s) are in the new repository, ${formatCount(copied)} of them new (${formatBytes(bytes)}); read back ${formatBytes(bytesProved)}`,
      );
      printLine(context, 'complete and proved: orbit repo rekey switch lets it take the place of the old one');
      return undefined;
    });
}

function statusCommand(context: CliContext): Command {
  return withPlaceFlags(new Command('status').description('how far it is, and where what lies'))
    .addHelpText('after', '\nExample: orbit repo rekey status -r /srv/backup')
    .action((flags: PlaceFlags) => {
      const path = pathOf(context, flags);
      const { phase, state } = rekeyPhase(path);
      if (flags.json) return printJson(context, { phase, ...state, ...rekeyPlaces(path) });
      const { fresh, old } = rekeyPlaces(path);
      const words = {
        none: 'nothing is carried over',
        copying: `begun ${state?.startedAt}, ${state?.provedAt === undefined ? 'not complete yet' : `complete and proved ${state.provedAt}`}; the new one lies in ${fresh}`,
        switching: 'a crash came between the two steps of the switch: run orbit repo rekey switch again',
        switched: `the new master key is in use; the old repository lies in ${old} until orbit repo rekey remove-old`,
      };
      printLine(context, words[phase]);
      return undefined;
    });
}

function switchCommand(context: CliContext): Command {
  return withMoveFlags(
    new Command('switch').description(
      'carry over what came since, and let the new repository take the place of the old one',
    ),
  )
    .option('-n, --dry-run', 'say what would be done')
    .addHelpText('after', '\nExample: orbit repo rekey switch -r /srv/backup -p backup.password')
    .action(async (flags: MoveFlags) => {
      const places = rekeyPlaces(pathOf(context, flags));
      const { phase, state } = rekeyPhase(places.path);
      if (flags.dryRun === true) {
        if (flags.json) return printJson(context, { dryRun: true, phase, ...state, ...places });
        printLine(context, `${places.path} would go to ${places.old}, and ${places.fresh} to ${places.path}`);
        printLine(context, 'nothing was changed: this was a dry run');
        return undefined;
      }
      const { options, passwords, path } = await movesOf(context, flags);
      const result = await switchRekey(path, passwords, options);
      if (flags.json) return printJson(context, { switched: true, ...result, ...places });
      printLine(context, `the repository at ${places.path} has its new master key`);
      printLine(
        context,
        `the old one lies in ${places.old}; remove it with orbit repo rekey remove-old when all is well`,
      );
      return undefined;
    });
}

function removeOldCommand(context: CliContext): Command {
  return withPlaceFlags(new Command('remove-old').description('remove the old repository for good'))
    .option('-n, --dry-run', 'say what would be removed')
    .addHelpText('after', '\nExample: orbit repo rekey remove-old -r /srv/backup')
    .action(async (flags: PlaceFlags) => {
      const places = rekeyPlaces(pathOf(context, flags));
      if (flags.dryRun === true) {
        const { phase } = rekeyPhase(places.path);
        if (flags.json) return printJson(context, { dryRun: true, phase, removes: places.old });
        printLine(
          context,
          phase === 'switched' ? `${places.old} would be removed` : 'there is no old repository to remove',
        );
        return undefined;
      }
      const subject = `the old repository in ${places.old}`;
      await requireApprovalAtHome(context, { action: 'backup.delete', subject });
      removeOld(places.path);
      if (flags.json) return printJson(context, { removed: places.old });
      printLine(context, `removed ${places.old}`);
      return undefined;
    });
}

function cancelCommand(context: CliContext): Command {
  return withPlaceFlags(
    new Command('cancel').description('give it up before the switch: what was carried over is removed'),
  )
    .addHelpText('after', '\nExample: orbit repo rekey cancel -r /srv/backup')
    .action((flags: PlaceFlags) => {
      const { path, folder } = rekeyPlaces(pathOf(context, flags));
      cancelRekey(path);
      if (flags.json) return printJson(context, { removed: folder });
      printLine(context, `removed ${folder}; the repository was not touched`);
      return undefined;
    });
}

function withMoveFlags(command: Command): Command {
  return withRepositoryFlags(command).option(
    '--new-password-file <file>',
    'file with the password of the new repository (default: the same password)',
  );
}

function withPlaceFlags(command: Command): Command {
  return command
    .option('-r, --repo <path>', 'folder of the repository (default: $ORBIT_REPOSITORY, $RESTIC_REPOSITORY)')
    .option('--json', 'print JSON');
}

function pathOf(context: CliContext, flags: Pick<RepositoryFlags, 'repo'>): string {
  const path = flags.repo ?? context.env['ORBIT_REPOSITORY'] ?? context.env['RESTIC_REPOSITORY'];
  if (!path) throw usageFailure('no repository was named', 'Name its folder with -r PATH.');
  return path;
}

async function movesOf(context: CliContext, flags: MoveFlags) {
  const options: RekeyOptions = { signal: context.signal, retryMs: parseDuration(flags.retryLock ?? '0s') };
  if (flags.lock === false) throw usageFailure('without a lock no repository is carried over', 'Leave out --no-lock.');
  const password = await readRepositoryPassword(context, flags);
  const newPassword =
    flags.newPasswordFile === undefined
      ? password
      : await readPassword(context, {
          file: flags.newPasswordFile,
          variables: [],
          prompt: 'password of the new repository',
          repeat: true,
          flag: '--new-password-file',
        });
  return { options, passwords: { password, newPassword }, path: pathOf(context, flags) };
}
