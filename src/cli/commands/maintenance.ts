// `orbit maintenance`: no run starts by itself for a while. It ends by itself.
import { Command } from 'commander';
import { beginMaintenance, endMaintenance, findMaintenance } from '../../jobs/maintenance.ts';
import type { CliContext } from '../context.ts';
import { actor } from '../actor.ts';
import { deliverNow } from '../deliver-now.ts';
import { lengthOfTimeMs } from '../length-of-time.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine } from '../output.ts';

/** `orbit maintenance on|off|status`. */
export function maintenanceCommand(context: CliContext): Command {
  const command = new Command('maintenance').description('let no run start by itself for a while; it ends by itself');
  command
    .command('on')
    .description('begin it, or move its end')
    .requiredOption('--for <time>', 'how long: 30m, 2h, 1d; a week at most')
    .requiredOption('--reason <text>', 'why, for whoever sees it')
    .addHelpText('after', '\nExample: orbit maintenance on --for 2h --reason "the storage is moved"')
    .action((options: { for: string; reason: string }) =>
      withHome(context, async (app) => {
        const until = new Date(app.clock.now().getTime() + lengthOfTimeMs(options.for));
        const { user } = actor();
        const begun = beginMaintenance(app, { by: user, reason: options.reason, until });
        printLine(context, `No run starts by itself until ${new Date(begun.until).toLocaleString('sv')}.`);
        await deliverNow(context, app);
      }),
    );
  command
    .command('off')
    .description('end it now; what was due meanwhile is caught up')
    .addHelpText('after', '\nExample: orbit maintenance off')
    .action(() =>
      withHome(context, async (app) => {
        printLine(context, endMaintenance(app, actor().user) ? 'Maintenance is over.' : 'Maintenance was not on.');
        await deliverNow(context, app);
      }),
    );
  command
    .command('status')
    .description('whether it is on, until when and why')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit maintenance status')
    .action((options: { json?: boolean }) =>
      withHome(context, (app) => {
        const found = findMaintenance(app);
        if (options.json) return printJson(context, found ?? null);
        if (found === undefined) return printLine(context, 'Maintenance is off.');
        const until = new Date(found.until).toLocaleString('sv');
        printLine(context, `On until ${until}, by ${found.by}: ${found.reason}`);
      }),
    );
  return command;
}
