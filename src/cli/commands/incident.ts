// `orbit incident`: what was wrong, from when to when.
import { Command, Option } from 'commander';
import { tellEvent } from '../../base/event.ts';
import { type Incident, listIncidents, resolveIncident } from '../../notify/incidents.ts';
import { actor } from '../actor.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';
import { usageFailure } from '../usage.ts';

/** `orbit incident list|resolve`. */
export function incidentCommand(context: CliContext): Command {
  const command = new Command('incident').description('what was wrong, from when to when');
  command
    .command('list')
    .description('list incidents, the newest first')
    .addOption(new Option('--state <word>', 'which ones').choices(['open', 'resolved', 'all']).default('open'))
    .option('--limit <number>', 'how many', '100')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit incident list --state all')
    .action((options: { state: 'open' | 'resolved' | 'all'; limit: string; json?: boolean }) =>
      withHome(context, ({ store }) => {
        const state = options.state === 'all' ? undefined : options.state;
        const limit = Math.max(1, Math.trunc(Number(options.limit)) || 100);
        const found = listIncidents(store, { state, limit });
        if (options.json) return printJson(context, { incidents: found });
        if (found.length === 0) return printLine(context, 'no incident');
        for (const line of table(['ID', 'SEVERITY', 'SINCE', 'UNTIL', 'WHAT'], found.map(rowOf)))
          printLine(context, line);
      }),
    );
  command
    .command('resolve <id>')
    .description('say that an incident is over; when it is told again, it is another one')
    .requiredOption('--note <text>', 'why, for whoever reads it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit incident resolve 12 --note "the disk was replaced"')
    .action((id: string, options: { note: string; json?: boolean }) =>
      withHome(context, (app) => {
        if (!/^\d{1,15}$/.test(id)) throw usageFailure(`'${id}' is not a number`, 'orbit incident list shows them.');
        const incident = resolveIncident(app, Number(id), { by: actor().user, note: options.note });
        if (options.json) return printJson(context, incident);
        return printLine(context, `Incident ${id} is over.`);
      }),
    );
  return command;
}

function rowOf({ id, severity, openedAt, resolvedAt, event, facts }: Incident): string[] {
  return [String(id), severity, openedAt, resolvedAt ?? 'open', tellEvent({ id: event, facts }, 'en').told];
}
