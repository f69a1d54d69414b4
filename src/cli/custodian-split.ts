// `orbit custodian split`: makes a set of shares of the current recovery key and hands them out.
import { userInfo } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { type App, openApp } from '../app.ts';
import { orbitEvent } from '../base/event.ts';
import { changeShares, type OpenedBy } from '../breakglass/ceremony.ts';
import { openCustodians } from '../breakglass/custodians.ts';
import { currentKey, type RecoveryKey } from '../breakglass/recovery-key-store.ts';
import { splitAmong } from '../breakglass/split-among.ts';
import type { CliContext } from './context.ts';
import { tellReplaced, toldWhenRefused } from './custody-events.ts';
import { deliverNow } from './deliver-now.ts';
import { identityOf } from './kit-opening.ts';
import { printJson, printLine } from './output.ts';
import { readSecret } from './prompt.ts';
import { presentShares, type Presented } from './share-presenter.ts';

interface SplitOptions {
  threshold: number;
  sheets?: string;
  contact?: string[];
  organisation?: string;
  currentPasswordFile?: string;
  currentIdentityFile?: string;
  currentShareFile?: string[];
  json?: boolean;
}

/** See the head of this file. */
export function splitCommand(context: CliContext): Command {
  return new Command('split')
    .description('split the recovery key among custodians; backups and the master password stay as they are')
    .argument('<names...>', 'the custodians, one share each')
    .requiredOption('--threshold <n>', 'how many of them open the key', wholeNumber)
    .option(
      '--sheets <folder>',
      'write a sheet each into this folder (best in memory: /dev/shm/…) instead of showing the words',
    )
    .option('--contact <line...>', 'whom to call, on every sheet')
    .option('--organisation <name>', 'on every sheet')
    .option('--current-password-file <file>', 'the file with the master password (else it is asked)')
    .option('--current-identity-file <file>', 'the recovery key itself')
    .option('--current-share-file <file...>', 'files with the words of the present shares')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit custodian split Ana Bruno Carla --threshold 2 --sheets /dev/shm/sheets')
    .action(async (names: string[], options: SplitOptions) => {
      const app = openApp(context.home);
      try {
        await split(context, app, names, options);
      } finally {
        app.close();
      }
    });
}

async function split(context: CliContext, app: App, names: string[], options: SplitOptions): Promise<void> {
  const key = currentKey(app.store);
  const custodians = openCustodians(app.store, app.clock);
  const people = names.map((name) => custodians.find(name));
  const user = userInfo().username;
  const numbers = { partsNeeded: options.threshold, expected: people.length, keyId: key.id };
  let presented: Presented | undefined;
  const splitter = splitAmong(custodians, {
    people,
    threshold: options.threshold,
    keyId: () => key.id,
    present: async (shares) => {
      presented = await presentShares(context, shares, {
        sheets: options.sheets,
        contacts: options.contact ?? [],
        organisation: options.organisation,
        now: app.clock.now(),
      });
    },
  });
  const before = custodians.currentSet();
  app.tell(orbitEvent('ceremony.started', { user, ...numbers }, app.clock.now()));
  const counts = options.currentShareFile === undefined ? {} : { partsSent: options.currentShareFile.length };
  await toldWhenRefused(app, async () => changeShares(app, await openedBy(context, options, key), splitter), {
    ...counts,
    ...(before === undefined ? {} : { partsNeeded: before.threshold }),
  });
  const set = custodians.currentSet();
  tellReplaced(app, before, set);
  for (const holder of set?.holders ?? []) {
    custodians.mark(set?.setId ?? 0, holder.number, presented?.mark ?? 'viewed');
    const id = presented?.mark === 'printed' ? 'custodian.share-downloaded' : 'custodian.share-viewed';
    app.tell(orbitEvent(id, { custodian: holder.custodian.name, user, keyId: key.id }, app.clock.now()));
  }
  app.tell(orbitEvent('ceremony.completed', { user, ...numbers }, app.clock.now()));
  await deliverNow(context, app);
  const files = presented?.files ?? [];
  if (options.json)
    return printJson(context, {
      set: set?.name,
      keyId: key.id,
      threshold: options.threshold,
      custodians: names,
      files,
    });
  printLine(
    context,
    `Set '${set?.name}': any ${options.threshold} of ${people.length} shares open recovery key ${key.id}.`,
  );
  for (const file of files) printLine(context, `  ${file}`);
  if (files.length > 0)
    printLine(
      context,
      'Print these now, hand them over, then remove them: they are shares in the clear, but for those that end in .age.',
    );
  printLine(context, "Ask every custodian to run 'orbit share check'; 'orbit custodian list' shows who has.");
}

async function openedBy(context: CliContext, options: SplitOptions, key: RecoveryKey): Promise<OpenedBy> {
  const identity = await identityOf({
    ...(options.currentIdentityFile === undefined ? {} : { identityFile: options.currentIdentityFile }),
    ...(options.currentShareFile === undefined ? {} : { shareFile: options.currentShareFile }),
    ...(options.currentPasswordFile === undefined ? {} : { masterPasswordFile: options.currentPasswordFile }),
  });
  if (identity !== undefined) return { identity };
  const question = `Master password of recovery key ${key.id}: `;
  return { masterPassword: await readSecret(context, question, { file: options.currentPasswordFile }) };
}

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,3}$/.test(text)) throw new InvalidArgumentError('a whole number');
  return Number(text);
}
