// `orbit custodian`
import { Command, Option } from 'commander';
import {
  openCustodians,
  type Custodian,
  type Custodians,
  type ShareSet,
  worryOf,
} from '../../breakglass/custodians.ts';
import type { SheetLanguage } from '../../breakglass/shares/sheet-texts.ts';
import type { App } from '../../app.ts';
import { orbitEvent } from '../../base/event.ts';
import { openStore } from '../../store/store.ts';
import type { CliContext } from '../context.ts';
import { splitCommand } from '../custodian-split.ts';
import { actor } from '../actor.ts';
import { deliverNow } from '../deliver-now.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine, table } from '../output.ts';

interface CustodianOptions {
  contact?: string;
  language?: SheetLanguage;
  recipient?: string;
  force?: boolean;
  json?: boolean;
}

const language = (): Option => new Option('--language <language>', 'of their share sheet').choices(['en', 'pt']);

/** `orbit custodian add|list|edit|remove|sets|split`: who is trusted with a share, and how far each is. */
export function custodianCommand(context: CliContext): Command {
  const open = <Result>(work: (custodians: Custodians) => Result): Result => {
    const store = openStore(context.home);
    try {
      return work(openCustodians(store));
    } finally {
      store.close();
    }
  };
  const tell = (custodian: Custodian, done: string, options: CustodianOptions): void => {
    if (options.json) printJson(context, custodian);
    else printLine(context, `${custodian.name} ${done}`);
  };
  const command = new Command('custodian').description('who is trusted with a share of the recovery key');
  command
    .command('add <name>')
    .description('add a custodian; `custodian split` gives them a share')
    .option('--contact <text>', 'how they are reached: telephone, e-mail')
    .addOption(language())
    .option('--recipient <key>', 'their age1… or SSH public key: sheets for them are sealed to it')
    .option('--json', 'print JSON')
    .action((name: string, options: CustodianOptions) => {
      tell(
        open((custodians) => custodians.add({ name, ...options })),
        'was added',
        options,
      );
    });
  command
    .command('list')
    .description('the custodians, and how far each is with their share of the current set')
    .option('--json', 'print JSON')
    .action((options: CustodianOptions) => {
      const { people, set } = open((custodians) => ({ people: custodians.list(), set: custodians.currentSet() }));
      if (options.json) printJson(context, { custodians: people, set: set ?? null, worry: set && worryOf(set) });
      else printPeople(context, people, set);
    });
  command
    .command('edit <name>')
    .description('change how a custodian is reached, or the language of their sheet')
    .option('--contact <text>', 'how they are reached')
    .addOption(language())
    .option('--recipient <key>', 'their age1… or SSH public key: sheets for them are sealed to it')
    .option('--json', 'print JSON')
    .action((name: string, options: CustodianOptions) => {
      tell(
        open((custodians) => custodians.edit(name, options)),
        'was changed',
        options,
      );
    });
  command
    .command('remove <name>')
    .description('strike a custodian off; their paper opens the key until there is a new one')
    .option('--force', 'even when they hold a share of the current set')
    .option('--json', 'print JSON')
    .action(async (name: string, options: CustodianOptions) => {
      await withHome(context, async (app) => {
        const custodians = openCustodians(app.store, app.clock);
        const removed = custodians.remove(name, { force: options.force === true });
        tellRemoved(app, removed, custodians.currentSet());
        tell(removed, 'was removed', options);
        await deliverNow(context, app);
      });
    });
  command
    .command('sets')
    .description('every set of shares that was made')
    .option('--json', 'print JSON')
    .action((options: CustodianOptions) => {
      const sets = open((custodians) => custodians.sets());
      if (options.json) return printJson(context, { sets });
      const rows = sets.map((set) => [
        set.name,
        `${set.threshold} of ${set.count}`,
        set.keyId,
        day(set.madeAt),
        stateOf(set),
      ]);
      for (const line of table(['SET', 'SHARES', 'RECOVERY KEY', 'MADE', 'STATE'], rows)) printLine(context, line);
    });
  command.addCommand(splitCommand(context));
  return command.addHelpText(
    'after',
    '\nExample: orbit custodian add "Ana Souza" --contact "+55 11 5555-0101" --language pt',
  );
}

// The paper of somebody who left still counts; they do not.
function tellRemoved(app: App, custodian: Custodian, set: ShareSet | undefined): void {
  if (set?.holders.some((holder) => holder.custodian.id === custodian.id) !== true) return;
  const found = set.holders.filter((holder) => holder.custodian.removedAt === undefined).length;
  const now = app.clock.now();
  const facts = {
    custodian: custodian.name,
    since: now,
    user: actor().user,
    reason: 'struck off',
    found,
    partsNeeded: set.threshold,
  };
  app.tell(orbitEvent('custodian.inactive', facts, now));
}

function printPeople(context: CliContext, people: readonly Custodian[], set: ShareSet | undefined): void {
  if (people.length === 0) {
    printLine(context, 'No custodians yet. Add one: orbit custodian add NAME --contact TEXT');
    return;
  }
  const rows = people.map((person) => {
    const holder = set?.holders.find((candidate) => candidate.custodian.id === person.id);
    const marks = holder && [day(holder.viewedAt), day(holder.printedAt), day(holder.confirmedAt)];
    return [
      person.name,
      person.contact,
      holder === undefined ? '-' : String(holder.number),
      ...(marks ?? ['-', '-', '-']),
    ];
  });
  const header = ['NAME', 'CONTACT', 'SHARE', 'VIEWED', 'PRINTED', 'CONFIRMED'];
  for (const line of table(header, rows)) printLine(context, line);
  if (set === undefined) return;
  printLine(context);
  printLine(context, `Set '${set.name}': any ${set.threshold} of ${set.count} open recovery key ${set.keyId}.`);
  const worry = worryOf(set);
  if (worry === undefined) return;
  printLine(
    context,
    `Only ${worry.confirmed} confirmed, ${worry.wanted} wanted. Ask to run 'orbit share check': ${worry.waitingFor.join(', ')}`,
  );
}

function stateOf(set: ShareSet): string {
  return set.retiredAt === undefined ? 'current' : `${set.retiredBecause ?? 'retired'} ${day(set.retiredAt)}`;
}

function day(date: Date | undefined): string {
  return date?.toISOString().slice(0, 10) ?? '-';
}
