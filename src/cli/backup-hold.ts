// `orbit backup protect`, `unprotect`, `hold`, `release` and `holds`: what keeps a snapshot or a kit whatever retention says.
import { Command } from 'commander';
import { requireApproval } from '../accounts/approval.ts';
import { type HoldKind, findCopies, holdCopies, listHolds, releaseCopies } from '../jobs/copy-hold.ts';
import { endedHold } from '../jobs/settings-approval.ts';
import { actor } from './actor.ts';
import type { CliContext } from './context.ts';
import { deliverNow } from './deliver-now.ts';
import { withHome } from './open-home.ts';
import { printJson, printLine, table } from './output.ts';
import { usageFailure } from './usage.ts';

const copyHelp = "a snapshot's id, a kit's name, or a run's number for all it made";

/** `orbit backup protect|unprotect|hold|release|holds`. */
export function backupHoldCommands(context: CliContext): Command[] {
  return [
    setting(context, 'protect', 'protected', "never let this backup go by retention, for a reason of one's own"),
    ending(context, 'unprotect', 'protected', 'end a protection'),
    setting(context, 'hold', 'legal', 'legal hold: never let this backup go, whatever else is decided'),
    ending(context, 'release', 'legal', 'end a legal hold'),
    holdsCommand(context),
  ];
}

interface HoldOptions {
  reason?: string;
}

function setting(context: CliContext, name: string, how: HoldKind, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<copy>', copyHelp)
    .option('--reason <text>', 'why, such as the number of a case')
    .addHelpText('after', `\nExample: orbit backup ${name} 3f9a12cd --reason 'case 1234'`)
    .action((wanted: string, { reason }: HoldOptions) =>
      withHome(context, async (app) => {
        const copies = findCopies(app.store, wanted);
        holdCopies(app, copies, { how, reason: needed(reason), user: actor().user });
        for (const copy of copies)
          printLine(context, `${copy} stays: ${how === 'legal' ? 'legal hold' : 'protected'}.`);
        await deliverNow(context, app);
      }),
    );
}

function ending(context: CliContext, name: string, how: HoldKind, description: string): Command {
  return new Command(name)
    .description(description)
    .argument('<copy>', copyHelp)
    .option('--reason <text>', 'why it ends')
    .addHelpText('after', `\nExample: orbit backup ${name} 3f9a12cd --reason 'case 1234 is closed'`)
    .action((wanted: string, { reason }: HoldOptions) =>
      withHome(context, async (app) => {
        const copies = findCopies(app.store, wanted);
        const why = needed(reason);
        requireApproval(app, endedHold(wanted, how), actor());
        const ended = new Set(releaseCopies(app, copies, { how, reason: why, user: actor().user }));
        for (const copy of copies)
          printLine(context, ended.has(copy) ? `${copy} is held so no longer.` : `${copy} was not held so.`);
        await deliverNow(context, app);
      }),
    );
}

function holdsCommand(context: CliContext): Command {
  return new Command('holds')
    .description('list what is protected or held, by whom and why')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit backup holds')
    .action((options: { json?: boolean }) =>
      withHome(context, ({ store }) => {
        const holds = listHolds(store);
        if (options.json) return printJson(context, holds);
        const rows = holds.map(({ copy, how, heldBy, heldAt, reason }) => [
          copy.length > 40 ? copy.slice(0, 16) : copy,
          how === 'legal' ? 'legal hold' : 'protected',
          heldBy,
          heldAt.slice(0, 10),
          reason,
        ]);
        for (const line of table(['COPY', 'HOW', 'BY', 'SINCE', 'WHY'], rows)) printLine(context, line);
      }),
    );
}

function needed(reason: string | undefined): string {
  if (reason === undefined) throw usageFailure('a hold begins and ends with a reason', 'Give --reason TEXT.');
  return reason;
}
