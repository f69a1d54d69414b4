// `orbit custodian split`: makes a set of shares of the current recovery key and hands them out.
import { Command } from 'commander';
import { withKeySetApproval } from '../accounts/key-set-approval.ts';
import type { App } from '../app.ts';
import { splitAnew } from '../breakglass/hold-ceremony.ts';
import { openCustodians } from '../breakglass/custodians.ts';
import { currentKey } from '../breakglass/recovery-key-store.ts';
import { deliverKeys } from '../jobs/key-delivery.ts';
import { actor } from './actor.ts';
import type { CliContext } from './context.ts';
import { currentKeyOpenedBy, type CurrentKeyOptions, partsSentOf, withCurrentKey } from './current-key.ts';
import { deliverNow } from './deliver-now.ts';
import { deliver, handOutPlan, type HandOutOptions, printHandOut, withHandOut } from './hand-out-options.ts';
import { withHome } from './open-home.ts';
import { printJson } from './output.ts';

type SplitOptions = HandOutOptions & CurrentKeyOptions & { json?: boolean };

/** See the head of this file. */
export function splitCommand(context: CliContext): Command {
  const command = new Command('split')
    .description('split the recovery key among custodians; backups and the master password stay as they are')
    .argument('<names...>', 'the custodians, one share each');
  return withCurrentKey(withHandOut(command))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit custodian split Ana Bruno Carla --threshold 2 --sheets /dev/shm/sheets')
    .action((names: string[], options: SplitOptions) =>
      withHome(context, (app) => split(context, app, names, options)),
    );
}

async function split(context: CliContext, app: App, names: string[], options: SplitOptions): Promise<void> {
  const key = currentKey(app.store);
  const custodians = openCustodians(app.store, app.clock);
  const people = names.map((name) => custodians.find(name));
  const plan = await handOutPlan(context, app, people, options);
  const change = { what: 'shares', ...plan } as const;
  const handedOut = await withKeySetApproval(app, change, actor(), () =>
    splitAnew({ ...app, actor: actor() }, () => currentKeyOpenedBy(context, options, key), plan, partsSentOf(options)),
  );
  const view = await deliver(handedOut, options);
  await deliverKeys(app, { signal: context.signal });
  await deliverNow(context, app);
  if (options.json) printJson(context, view);
  else printHandOut(context, view);
}
