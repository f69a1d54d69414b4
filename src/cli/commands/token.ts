// `orbit token`: what programs may do by the API.
import { Command, Option } from 'commander';
import { addApiToken, listApiTokens, removeApiToken } from '../../accounts/api-token.ts';
import { type Role, roles } from '../../accounts/role.ts';
import { leastScopes, readScopes, scopeFacts, scopes, scopesOf } from '../../accounts/scope.ts';
import { languageOf } from '../../base/language.ts';
import { actor } from '../actor.ts';
import type { CliContext } from '../context.ts';
import { lengthOfTimeMs } from '../length-of-time.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';
import { usageFailure } from '../usage.ts';

/** `orbit token add|list|remove|scopes`. */
export function tokenCommand(context: CliContext): Command {
  const command = new Command('token')
    .description('what programs may do by the API')
    .addHelpText('after', '\nExample: orbit token add prometheus --scope metrics:read --expires 365d');
  command.addCommand(addCommand(context));
  command
    .command('list')
    .description('list the tokens, what each may do, until when, and when it was last used')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit token list')
    .action((options: { json?: boolean }) =>
      withHome(context, (app) => {
        const tokens = listApiTokens(app);
        if (options.json) return printJson(context, tokens);
        const now = app.clock.now().toISOString();
        const rows = tokens.map((one) => [
          one.name,
          endOf(one.expiresAt, now),
          one.usedAt?.slice(0, 10) ?? 'never',
          one.createdBy,
          one.scopes.join(' '),
        ]);
        for (const line of table(['NAME', 'UNTIL', 'USED', 'BY', 'MAY'], rows)) printLine(context, line);
      }),
    );
  command
    .command('remove <name>')
    .description('remove a token: it works no more')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit token remove monitoring')
    .action((name: string, options: { json?: boolean }) =>
      withHome(context, (app) => {
        removeApiToken(app, name);
        if (options.json) printJson(context, { removed: name });
        else printLine(context, `The token ${name} works no more.`);
      }),
    );
  command
    .command('scopes')
    .description('what a token can be allowed')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit token scopes')
    .action((options: { json?: boolean }) => {
      const known = scopes.map((scope) => ({ scope, ...scopeFacts(scope) }));
      if (options.json) return printJson(context, known);
      const language = languageOf(context.env);
      const rows = known.map(({ scope, title, roles: having }) => [scope, title[language], having.join(' ')]);
      for (const line of table(['SCOPE', 'MAY', 'ROLES'], rows)) printLine(context, line);
    });
  return command;
}

interface AddOptions {
  scope?: string[];
  role?: Role;
  expires?: string;
  json?: boolean;
}

function addCommand(context: CliContext): Command {
  return new Command('add')
    .argument('<name>')
    .description('make a token; it is shown this once. Unless told more it sees only whether we could recover')
    .option('--scope <scopes...>', 'what it may do; orbit token scopes lists them')
    .addOption(new Option('--role <role>', 'all scopes of a role').choices([...roles]).conflicts('scope'))
    .option('--expires <when>', 'a length of time such as 90d, or the first day on which it does not work, 2027-01-31')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit token add deploy --scope backups:run backups:read --expires 90d')
    .action((name: string, options: AddOptions) =>
      withHome(context, (app) => {
        const { scope, role, expires } = options;
        const { token, info } = addApiToken(app, {
          name,
          scopes: readScopes(scope ?? (role === undefined ? leastScopes : scopesOf(role))),
          createdBy: actor().user,
          ...(expires === undefined ? {} : { expiresAt: momentOf(expires, app.clock.now()).toISOString() }),
        });
        const shown = token.reveal();
        if (options.json) printJson(context, { token: shown, info });
        else printLine(context, shown);
      }),
    );
}

function momentOf(text: string, now: Date): Date {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return new Date(now.getTime() + lengthOfTimeMs(text));
  const day = new Date(`${text}T00:00:00`);
  if (Number.isNaN(day.getTime())) throw usageFailure(`'${text}' is no day of the calendar`, 'Say 2027-01-31.');
  return day;
}

function endOf(expiresAt: string | undefined, now: string): string {
  if (expiresAt === undefined) return 'removed';
  return expiresAt <= now ? 'is over' : expiresAt.slice(0, 10);
}
