// `orbit backup parity`: error correction of the repositories that jobs fill.
import { Command } from 'commander';
import { formatBytes, formatCount } from '../base/quantities.ts';
import { parseParityShare } from '../engine/parity/parity-backend.ts';
import { mendAt, parityState, setParity } from '../jobs/parity-desk.ts';
import type { VerificationTarget } from '../jobs/verification.ts';
import type { App } from '../app.ts';
import type { SetExitCode } from './commands.ts';
import type { CliContext } from './context.ts';
import { withHome } from './open-home.ts';
import { exitCodes, printJson, printLine } from './output.ts';
import { printMended } from './repo/repair-bytes.ts';
import { type WhichOptions, whichRepositories, withWhich } from './which-repositories.ts';

interface ParityOptions extends WhichOptions {
  json?: boolean;
}

/** `orbit backup parity on|off|status|repair`. */
export function backupParityCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('parity').description(
    'error correction at destinations: side files from which damaged bytes can be given back',
  );
  about(command.command('on').description('keep side files from now on, and make those that are missing'))
    .option('--share <percent>', 'so much of each file can be damaged and given back: 1% to 50%', '10%')
    .addHelpText('after', '\nExample: orbit backup parity on --destination nas --share 5%')
    .action(async (options: ParityOptions & { share: string }) => {
      const share = parseParityShare(options.share);
      await forEach(context, options, async (app, target) => {
        const update = await setParity(app, target, share, { signal: context.signal });
        if (update.damaged.length > 0) setExitCode(exitCodes.partial);
        const damaged =
          update.damaged.length > 0 ? `; ${formatCount(update.damaged.length)} file(s) are damaged already` : '';
        return [
          update,
          `made ${formatCount(update.added)} side file(s), removed ${formatCount(update.removed)}${damaged}`,
        ];
      });
    });
  about(command.command('off').description('remove all side files, and keep none from now on'))
    .addHelpText('after', '\nExample: orbit backup parity off --destination nas')
    .action((options: ParityOptions) =>
      forEach(context, options, async (app, target) => {
        const update = await setParity(app, target, undefined, { signal: context.signal });
        return [update, `removed ${formatCount(update.removed)} side file(s)`];
      }),
    );
  about(command.command('status').description('what is covered, and what it costs'))
    .addHelpText('after', '\nExample: orbit backup parity status')
    .action((options: ParityOptions) =>
      forEach(context, options, async (app, target) => {
        const state = await parityState(app, target, { signal: context.signal });
        const { share, files, uncovered, sideBytes, bytes } = state;
        const covered = `${formatCount(files - uncovered.length)} of ${formatCount(files)} files`;
        return [
          state,
          share === undefined
            ? 'off'
            : `${share}%: ${covered} covered, ${formatBytes(sideBytes)} beside ${formatBytes(bytes)}`,
        ];
      }),
    );
  about(command.command('repair').description('read everything that has side files, and give damaged bytes back'))
    .option('-n, --dry-run', 'find out, change nothing')
    .addHelpText('after', '\nExample: orbit backup parity repair --destination nas --kind system')
    .action((options: ParityOptions & { dryRun?: boolean }) =>
      forEach(context, options, async (app, target) => {
        const dryRun = options.dryRun === true;
        const result = await mendAt(app, target, { dryRun, signal: context.signal });
        if (result.beyond.length + result.refused.length > 0) setExitCode(exitCodes.partial);
        if (options.json !== true) printMended(context, result, { dryRun });
        return [result, `${formatCount(result.mended.length)} file(s) ${dryRun ? 'can be mended' : 'mended'}`];
      }),
    );
  return command.addHelpText('after', '\nExample: orbit backup parity on --destination nas --share 10%');
}

function about(command: Command): Command {
  return withWhich(command).option('--json', 'print JSON');
}

async function forEach(
  context: CliContext,
  options: ParityOptions,
  work: (app: App, target: VerificationTarget) => Promise<[object, string]>,
): Promise<void> {
  await withHome(context, async (app) => {
    const answers: object[] = [];
    for (const target of whichRepositories(app.store, options)) {
      const [answer, text] = await work(app, target);
      answers.push({ ...target, ...answer });
      if (options.json !== true) printLine(context, `${target.kind} ← ${target.destination}  ${text}`);
    }
    if (options.json) printJson(context, answers);
  });
}
