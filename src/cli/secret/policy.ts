// `orbit secret policy`: what passwords in the vault should be like.
import { Command, Option } from 'commander';
import { passwordPolicy, type PasswordPolicy } from '../../jobs/password-policy-fields.ts';
import { readPasswordPolicy, savePasswordPolicy } from '../../jobs/password-policy.ts';
import { readConfig } from '../../base/secret-schema.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';

interface PolicyOptions {
  minimumLength?: string;
  minimumBits?: string;
  classes?: string[];
  refuseUserName?: 'yes' | 'no';
  refuseReuse?: 'yes' | 'no';
  maximumAgeDays?: string;
  json?: boolean;
}

/** `orbit secret policy show|set`. */
export function policyCommand(context: CliContext): Command {
  const command = new Command('policy').description('what passwords in the vault should be like');
  command
    .command('show')
    .description('show the policy')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit secret policy show')
    .action((options: PolicyOptions) =>
      withHome(context, ({ store }) => show(context, readPasswordPolicy(store), options)),
    );
  command
    .command('set')
    .description('change the policy; what is not named stays, and the next backup judges by it')
    .option('--minimum-length <number>', 'characters')
    .option('--minimum-bits <number>', 'estimated guessing work; 0 asks for none')
    .option('--classes [names...]', 'must have: lower upper digits symbols; without a name: none')
    .addOption(new Option('--refuse-user-name <word>', 'not with the user name in it').choices(['yes', 'no']))
    .addOption(new Option('--refuse-reuse <word>', 'not one that another secret has too').choices(['yes', 'no']))
    .option('--maximum-age-days <number>', 'since the last change; none for no limit')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit secret policy set --minimum-length 16 --maximum-age-days 365')
    .action((options: PolicyOptions) =>
      withHome(context, ({ store }) => {
        const { maximumAgeDays: _, ...before } = readPasswordPolicy(store);
        const policy = readConfig(passwordPolicy, { ...before, ...ageOf(store, options), ...given(options) });
        savePasswordPolicy(store, policy);
        show(context, policy, options);
      }),
    );
  return command;
}

function given({
  minimumLength,
  minimumBits,
  classes,
  refuseUserName,
  refuseReuse,
}: PolicyOptions): Record<string, unknown> {
  return {
    ...(minimumLength === undefined ? {} : { minimumLength: Number(minimumLength) }),
    ...(minimumBits === undefined ? {} : { minimumBits: Number(minimumBits) }),
    ...(classes === undefined ? {} : { classes: Array.isArray(classes) ? classes : [] }),
    ...(refuseUserName === undefined ? {} : { refuseUserName: refuseUserName === 'yes' }),
    ...(refuseReuse === undefined ? {} : { refuseReuse: refuseReuse === 'yes' }),
  };
}

function ageOf(store: Parameters<typeof readPasswordPolicy>[0], { maximumAgeDays }: PolicyOptions): object {
  if (maximumAgeDays === 'none') return {};
  const days = maximumAgeDays === undefined ? readPasswordPolicy(store).maximumAgeDays : Number(maximumAgeDays);
  return days === undefined ? {} : { maximumAgeDays: days };
}

function show(context: CliContext, policy: PasswordPolicy, { json }: PolicyOptions): void {
  if (json) return printJson(context, policy);
  const { minimumLength, minimumBits, classes, refuseUserName, refuseReuse, maximumAgeDays } = policy;
  const rows = [
    ['Least guessing work', `${minimumBits} bits`],
    ['Must have', classes.join(', ') || 'anything'],
    ['User name in it', refuseUserName ? 'refused' : 'allowed'],
    ['Used in another secret', refuseReuse ? 'refused' : 'allowed'],
    ['Greatest age', maximumAgeDays === undefined ? 'no limit' : `${maximumAgeDays} days`],
  ];
  for (const line of table(['Least length', `${minimumLength} characters`], rows)) printLine(context, line);
}
