// `orbit account`: who may sign in to the console.
import { Command, Option } from 'commander';
import { type Account, addAccount, findAccount, listAccounts, removeAccount } from '../../accounts/account.ts';
import { makeLink } from '../../accounts/account-link.ts';
import { forgetWays } from '../../accounts/forget-ways.ts';
import { type Role, roles } from '../../accounts/role.ts';
import { defaultListen } from '../../api/server.ts';
import type { App } from '../../app.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';

interface Options {
  role: Role;
  forgetWays?: boolean;
  url: string;
  json?: boolean;
}

/** `orbit account add|list|reset|remove`. */
export function accountCommand(context: CliContext): Command {
  const command = new Command('account')
    .description('who may sign in to the console')
    .addHelpText('after', '\nExample: orbit account add ana --role operator');
  linkCommand(
    context,
    command,
    'add',
    'make an account and print the link by which its password is set',
    (app, name, { role }) => addAccount(app, name, role),
  );
  linkCommand(
    context,
    command,
    'reset',
    'print a link by which an account gets a new password',
    (app, name, options) => {
      const account = findAccount(app.store, name);
      if (options.forgetWays) forgetWays(app, account);
      return account;
    },
  );
  command
    .command('list')
    .description('list the accounts')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit account list')
    .action((options: { json?: boolean }) =>
      withHome(context, ({ store }) => {
        const accounts = listAccounts(store);
        if (options.json) return printJson(context, accounts);
        const rows = accounts.map((one) => [one.name, one.role, one.passwordSetAt?.slice(0, 19) ?? 'not yet']);
        for (const line of table(['NAME', 'ROLE', 'PASSWORD SET'], rows)) printLine(context, line);
      }),
    );
  command
    .command('remove <name>')
    .description('remove an account and end its sign-ins')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit account remove ana')
    .action((name: string, options: { json?: boolean }) =>
      withHome(context, ({ store }) => {
        const removed = removeAccount(store, name);
        if (options.json) printJson(context, { removed: removed.name });
        else printLine(context, `${removed.name} can no longer sign in.`);
      }),
    );
  return command;
}

function linkCommand(
  context: CliContext,
  parent: Command,
  word: 'add' | 'reset',
  description: string,
  prepare: (app: App, name: string, options: Options) => Account,
): void {
  const command = parent.command(`${word} <name>`).description(description);
  if (word === 'add') command.addOption(roleOption());
  else command.option('--forget-ways', 'also take its one-time codes and passkeys, for whoever lost them');
  command
    .option('--url <address>', 'the address at which people reach the console', `http://${defaultListen}`)
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample: orbit account ${word} ana${word === 'add' ? ' --role operator' : ''}`)
    .action((name: string, options: Options) =>
      withHome(context, (app) => {
        const account = prepare(app, name, options);
        const token = makeLink(app, account).reveal();
        const link = `${options.url.replace(/\/+$/, '')}/setup#${token}`;
        if (options.json) return printJson(context, { account, link });
        printLine(context, `${account.name} (${account.role}) sets the password here; the link works once, for a day:`);
        printLine(context, `\n    ${link}\n`);
      }),
    );
}

function roleOption(): Option {
  return new Option('--role <role>', 'what it may do').choices([...roles]).default('auditor');
}
