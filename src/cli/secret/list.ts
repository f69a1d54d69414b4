// `orbit secret list`
import { Command, Option } from 'commander';
import type { SecretType } from '../../sources/secrets/secret-record.ts';
import type { SecretSummary } from '../../sources/secrets/vault/vault-types.ts';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';
import { usageFailure } from '../usage.ts';
import { groupPath, secretTypes } from './draft-options.ts';
import { printable } from '../printable.ts';
import { groupText, summaryJson, timeText } from './print-secret.ts';

interface ListOptions {
  group?: string;
  tag?: string;
  type?: SecretType;
  expiresWithin?: string;
  removed?: boolean;
  json?: boolean;
}

/** `orbit secret list [WORD…]`: titles and where they lie, sorted; never a value. */
export function listCommand(context: CliContext): Command {
  return new Command('list')
    .description('list secrets, never their values')
    .argument('[words...]', 'must all occur in title, user name, URL, group or tags')
    .option('--group <PATH>', 'in this group or below it')
    .option('--tag <TAG>', 'with this tag')
    .addOption(new Option('--type <TYPE>', 'of this type').choices(secretTypes))
    .option('--expires-within <DAYS>', 'expired, or about to')
    .option('--removed', 'those that were removed instead')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit secret list switch --group Network')
    .action((words: string[], options: ListOptions) =>
      withHome(context, ({ vault, clock }) => {
        const days = daysOf(options.expiresWithin);
        const found = [
          ...vault.list({
            search: words.join(' '),
            removed: options.removed ? 'only' : 'without',
            ...(options.group === undefined ? {} : { groups: groupPath(options.group) }),
            ...(options.tag === undefined ? {} : { tag: options.tag }),
            ...(options.type === undefined ? {} : { type: options.type }),
            ...(days === undefined ? {} : { expiresBefore: new Date(clock.now().getTime() + days * 86_400_000) }),
          }),
        ].sort(byPath);
        if (options.json) printJson(context, { secrets: found.map(summaryJson) });
        else if (found.length === 0) printLine(context, 'no secret found');
        else for (const line of table(header, found.map(row))) printLine(context, line);
      }),
    );
}

function daysOf(text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,5}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw usageFailure(`'${text}' is not a number of days`, 'Write --expires-within 30.');
}

const header = ['Group', 'Title', 'User name', 'Type', 'Changed', 'Id'];

function row(secret: SecretSummary): string[] {
  const { groups, title, username, type, changedAt, id } = secret;
  return [groupText(groups), printable(title), printable(username), type, timeText(changedAt), id];
}

const order = new Intl.Collator('en', { numeric: true });

function byPath(one: SecretSummary, other: SecretSummary): number {
  return (
    order.compare(one.groups.join('/'), other.groups.join('/')) ||
    order.compare(one.title, other.title) ||
    order.compare(one.id, other.id)
  );
}
