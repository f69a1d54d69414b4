// `orbit repo parity on|update|status|off`
import { Command } from 'commander';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import { loadParityShare, parseParityShare, saveParityShare } from '../../engine/parity/parity-backend.ts';
import { removeParity, surveyParity, updateParity } from '../../engine/parity/update-parity.ts';
import { Failure } from '../../base/failure.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { withLockedRepository, withRepositoryFlags, type RepositoryFlags } from './open.ts';

/** `orbit repo parity …`: side files from which damaged bytes can be given back. */
export function parityCommand(context: CliContext): Command {
  return new Command('parity')
    .description('error correction: side files from which damaged bytes can be given back')
    .addCommand(onCommand(context))
    .addCommand(updateCommand(context))
    .addCommand(statusCommand(context))
    .addCommand(offCommand(context))
    .addHelpText('after', '\nExample: orbit repo parity on -r /srv/backup -p backup.password --share 10%');
}

function onCommand(context: CliContext): Command {
  return withRepositoryFlags(
    new Command('on').description('keep a side file with every file from now on, and make those that are missing'),
  )
    .option('--share <percent>', 'so much of each file can be damaged and given back: 1% to 50%', '10%')
    .addHelpText('after', '\nExample: orbit repo parity on -r /srv/backup -p backup.password --share 5%')
    .action(async (flags: RepositoryFlags & { share: string }) => {
      const percent = parseParityShare(flags.share);
      await withLockedRepository(context, flags, {}, async ({ backend }, signal) => {
        const before = await loadParityShare(backend, { signal });
        // Side files of another share would stand beside the new ones, and nobody could say what is covered.
        if (before !== undefined && before !== percent) await removeParity(backend, { signal });
        await saveParityShare(backend, percent, { signal });
        printUpdate(context, flags, await updateParity(backend, percent, { signal }));
      });
    });
}

function updateCommand(context: CliContext): Command {
  return withRepositoryFlags(
    new Command('update').description(
      'make side files that are missing, as after stock restic wrote, and remove those of removed files',
    ),
  )
    .addHelpText('after', '\nExample: orbit repo parity update -r /srv/backup -p backup.password')
    .action(async (flags: RepositoryFlags) => {
      await withLockedRepository(context, flags, {}, async ({ backend }, signal) => {
        const percent = await loadParityShare(backend, { signal });
        if (percent === undefined) throw isOff(backend.location);
        printUpdate(context, flags, await updateParity(backend, percent, { signal }));
      });
    });
}

function statusCommand(context: CliContext): Command {
  return withRepositoryFlags(new Command('status').description('what is covered, and what it costs'))
    .addHelpText('after', '\nExample: orbit repo parity status -r /srv/backup -p backup.password')
    .action(async (flags: RepositoryFlags) => {
      await withLockedRepository(context, flags, {}, async ({ backend }, signal) => {
        const percent = await loadParityShare(backend, { signal });
        const survey = await surveyParity(backend, { signal });
        if (flags.json) return printJson(context, { share: percent ?? null, ...survey });
        if (percent === undefined && survey.sideFiles === 0)
          return printLine(context, 'no error correction: orbit repo parity on');
        const { files, bytes, sideFiles, sideBytes, uncovered, orphans } = survey;
        printLine(context, `${percent === undefined ? 'off' : `${percent}% of each file can be given back`}`);
        printLine(
          context,
          `${formatCount(files - uncovered.length)} of ${formatCount(files)} files covered (${formatBytes(bytes)}); ` +
            `${formatCount(sideFiles)} side files take ${formatBytes(sideBytes)}`,
        );
        if (uncovered.length + orphans.length > 0)
          printLine(
            context,
            `${formatCount(uncovered.length)} missing, ${formatCount(orphans.length)} without a file: orbit repo parity update`,
          );
        return undefined;
      });
    });
}

function offCommand(context: CliContext): Command {
  return withRepositoryFlags(new Command('off').description('remove all side files, and keep none from now on'))
    .addHelpText('after', '\nExample: orbit repo parity off -r /srv/backup -p backup.password')
    .action(async (flags: RepositoryFlags) => {
      await withLockedRepository(context, flags, {}, async ({ backend }, signal) => {
        const removed = await removeParity(backend, { signal });
        if (flags.json) printJson(context, { removed });
        else printLine(context, `removed ${formatCount(removed)} side file(s)`);
      });
    });
}

function printUpdate(
  context: CliContext,
  flags: RepositoryFlags,
  update: { added: number; removed: number; damaged: string[] },
): void {
  if (flags.json) return printJson(context, update);
  for (const key of update.damaged)
    printLine(context, `error: ${key} is damaged already and gets no side file; orbit repo check says more`);
  printLine(context, `made ${formatCount(update.added)} side file(s), removed ${formatCount(update.removed)}`);
  return undefined;
}

function isOff(location: string): Failure {
  return new Failure('parity.off', {
    message: `the repository at ${location} has no error correction`,
    hint: 'Switch it on with `orbit repo parity on --share 10%`.',
  });
}
