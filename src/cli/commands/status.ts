// `orbit status`: could we recover right now?
import { Command } from 'commander';
import { readOverview } from '../../api/overview.ts';
import type { Overview } from '../../api/schemas/overview.ts';
import { languageOf } from '../../base/language.ts';
import { isServiceSeen } from '../../jobs/service-life.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { exitCodes, printJson, printLine } from '../output.ts';
import { statusLines } from '../status-view.ts';

/** `orbit status [--json]`. */
export function statusCommand(context: CliContext, setExitCode: SetExitCode): Command {
  return new Command('status')
    .description('could we recover right now? The copies, what is wrong, and what is not protected yet')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExample: orbit status\nExit code 3: not everything, only while this machine lives, or something is wrong; 1: nothing could be recovered.',
    )
    .action((options: { json?: boolean }) =>
      withHome(context, (app) => {
        const overview = readOverview(app);
        const isServed = isServiceSeen(app);
        if (options.json) printJson(context, { ...overview, isServed });
        else for (const line of statusLines(overview, isServed, languageOf(context.env))) printLine(context, line);
        setExitCode(exitCodeFor(overview, isServed));
      }),
    );
}

function exitCodeFor({ verdict, problems }: Overview, isServed: boolean): number {
  if (verdict === 'no') return exitCodes.failed;
  return verdict === 'yes' && problems.length === 0 && isServed ? exitCodes.done : exitCodes.partial;
}
