// `orbit account`: who may sign in to the console, and tokens for programs.
import { Command, Option } from 'commander';
import { type Account, addAccount, findAccount, listAccounts, removeAccount } from '../../accounts/account.ts';
import { makeLink } from '../../accounts/account-link.ts';
import { addApiToken, listApiTokens, removeApiToken } from '../../accounts/api-token.ts';
import { type Role, roles } from '../../accounts/role.ts';
import { defaultListen } from '../../api/server.ts';
import type { App } from '../../app.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';

interface Options {
  role: Role;
  url: string;
  json?: boolean;
}

/** `orbit account add|list|reset|remove|token`. */
export function accountCommand(context: CliContext): Command {
  const command = new Command('account')
    .description('who may sign in to the console, and tokens for programs')
    .addHelpText('after', '\nExample: orbit account add ana --role operator');
  linkCommand(
    context,
    command,
    'add',
    'make an account and print the link by which its password is set',
    (app, name, role) => addAccount(app, name, role),
  );
  linkCommand(context, command, 'reset', 'print a link by which an account gets a new password', (app, name) =>
    findAccount(app.store, name),
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
  command.addCommand(tokenCommand(context));
  return command;
}

function linkCommand(
  context: CliContext,
  parent: Command,
  word: 'add' | 'reset',
  description: string,
  prepare: (app: App, name: string, role: Role) => Account,
): void {
  const command = parent.command(`${word} <name>`).description(description);
  if (word === 'add') command.addOption(roleOption());
  command
    .option('--url <address>', 'the address at which people reach the console', `http://${defaultListen}`)
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample: orbit account ${word} ana${word === 'add' ? ' --role operator' : ''}`)
    .action((name: string, options: Options) =>
      withHome(context, (app) => {
        const account = prepare(app, name, options.role);
        const token = makeLink(app, account).reveal();
        const link = `${options.url.replace(/\/+$/, '')}/setup#${token}`;
        if (options.json) return printJson(context, { account, link });
        printLine(context, `${account.name} (${account.role}) sets the password here; the link works once, for a day:`);
        printLine(context, `\n    ${link}\n`);
      }),
    );
}

function tokenCommand(context: CliContext): Command {
  const command = new Command('token').description('tokens by which programs use the API');
  command
    .command('add <name>')
    .description('make a token; it is shown this once')
    .addOption(roleOption())
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit account token add monitoring --role auditor')
    .action((name: string, options: Options) =>
      withHome(context, (app) => {
        const { token, info } = addApiToken(app, { name, role: options.role, createdBy: 'command line' });
        const shown = token.reveal();
        if (options.json) printJson(context, { token: shown, info });
        else printLine(context, shown);
      }),
    );
  command
    .command('list')
    .description('list the tokens')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit account token list')
    .action((options: { json?: boolean }) =>
      withHome(context, (app) => {
        const tokens = listApiTokens(app);
        if (options.json) return printJson(context, tokens);
        const rows = tokens.map((one) => [one.name, one.role, one.createdAt.slice(0, 10), one.createdBy]);
        for (const line of table(['NAME', 'ROLE', 'MADE', 'BY'], rows)) printLine(context, line);
      }),
    );
  command
    .command('remove <name>')
    .description('remove a token')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit account token remove monitoring')
    .action((name: string, options: { json?: boolean }) =>
      withHome(context, (app) => {
        removeApiToken(app, name);
        if (options.json) printJson(context, { removed: name });
        else printLine(context, `The token ${name} works no more.`);
      }),
    );
  return command;
}

function roleOption(): Option {
  return new Option('--role <role>', 'what it may do').choices([...roles]).default('auditor');
}
