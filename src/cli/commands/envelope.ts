// `orbit envelope`: parts of every kit that a team opens with its own key.
import { Command } from 'commander';
import { orbitEvent } from '../../base/event.ts';
import { requireApproval } from '../../accounts/approval.ts';
import {
  describeEnvelope,
  type Envelope,
  isCalled,
  listEnvelopes,
  planEnvelope,
  removeEnvelope,
  saveEnvelope,
} from '../../breakglass/envelope.ts';
import type { App } from '../../app.ts';
import { actor } from '../actor.ts';
import type { CliContext } from '../context.ts';
import { deliverNow } from '../deliver-now.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';
import { recipientsGiven } from '../recipients-given.ts';

interface SetOptions {
  group: string[];
  recipient: string[];
  json?: boolean;
}

/** `orbit envelope set|list|remove`. */
export function envelopeCommand(context: CliContext): Command {
  const command = new Command('envelope').description('parts of every kit that a team opens with its own key');
  command.addHelpText('after', '\nExample: orbit envelope set network --group Network --recipient network-team.pub');
  command
    .command('set <name>')
    .description('make an envelope, or change it; the next kit has it, besides everything else')
    .requiredOption('--group <path...>', 'groups of secrets, such as Servers/Linux, with all below')
    .requiredOption('--recipient <key...>', 'who opens it: age1…, or an SSH public key (or the file with it)')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit envelope set network --group Network Servers/Linux --recipient age1…')
    .action((name: string, options: SetOptions) =>
      withHome(context, async (app) => {
        const recipients = (await recipientsGiven(options.recipient)).map(({ recipient }) => recipient);
        const groups = options.group.map((path) => path.split('/').filter((part) => part !== ''));
        const same = listEnvelopes(app.store).find((one) => isCalled(one, name));
        const plan = planEnvelope(app.store, { title: same?.title ?? name, groups, recipients }, same?.id);
        const detail = describeEnvelope(plan.envelope);
        if (plan.opensMore)
          requireApproval(app, { action: 'envelope.open', subject: plan.envelope.title, detail }, actor());
        const envelope = saveEnvelope(app, plan);
        tellChange(app, `${envelope.title}: ${detail}`);
        if (options.json) printJson(context, envelope);
        else printLine(context, `Envelope ${envelope.id} (${envelope.title}) will be in the next kit.`);
        await deliverNow(context, app);
      }),
    );
  command
    .command('list')
    .description('list the envelopes')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit envelope list')
    .action((options: { json?: boolean }) =>
      withHome(context, ({ store }) => {
        const envelopes = listEnvelopes(store);
        if (options.json) return printJson(context, envelopes);
        for (const line of table(['ENVELOPE', 'ID', 'GROUPS', 'RECIPIENTS'], envelopes.map(rowOf)))
          printLine(context, line);
      }),
    );
  command
    .command('remove <name>')
    .description('kits from now on are without it; those that were made keep theirs')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit envelope remove network')
    .action((name: string, options: { json?: boolean }) =>
      withHome(context, async (app) => {
        const removed = removeEnvelope(app.store, name);
        tellChange(app, `- ${removed.title}`);
        if (options.json) printJson(context, { removed });
        else printLine(context, `${removed.title} is in no kit from now on.`);
        await deliverNow(context, app);
      }),
    );
  return command;
}

function rowOf({ title, id, groups, recipients }: Envelope): string[] {
  return [title, id, groups.map((path) => path.join('/')).join(', '), String(recipients.length)];
}

function tellChange(app: App, subject: string): void {
  app.tell(orbitEvent('settings.changed', { ...actor(), setting: 'envelopes of kits', subject }, app.clock.now()));
}
