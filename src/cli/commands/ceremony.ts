// `orbit ceremony`: makes the recovery key, shows what opens it, changes that. No password is ever an argument.
import { Command } from 'commander';
import { type KeySetChange, withKeySetApproval } from '../../accounts/key-set-approval.ts';
import { type App, openApp } from '../../app.ts';
import { orbitEvent } from '../../base/event.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { changeMasterPassword, changeRecipients } from '../../breakglass/ceremony.ts';
import { toldWhenRefused } from '../../breakglass/custody-events.ts';
import { custodyState } from '../../breakglass/custody-state.ts';
import { holdCeremony } from '../../breakglass/hold-ceremony.ts';
import { generatePassphrase } from '../../breakglass/generated-passphrase.ts';
import {
  currentKey,
  type ExtraRecipient,
  findCurrentKey,
  type RecoveryKey,
  recoveryKeys,
} from '../../breakglass/recovery-key-store.ts';
import type { HandOutPlan } from '../../breakglass/hand-out.ts';
import { deliverKeys, type KeyDelivery, keyDeliveries } from '../../jobs/key-delivery.ts';
import { oweReseal, type ResealResult, resealEverywhere } from '../../jobs/reseal.ts';
import type { CliContext } from '../context.ts';
import { actor } from '../actor.ts';
import { custodyLines, keyJson, keyLines } from '../ceremony-view.ts';
import { deliveryLines, reseal, resealLines, showCompromise } from '../ceremony-reseal.ts';
import { recipientsGiven } from '../recipients-given.ts';
import { currentKeyOpenedBy, type CurrentKeyOptions, partsSentOf, withCurrentKey } from '../current-key.ts';
import { deliverNow } from '../deliver-now.ts';
import {
  custodianOf,
  deliver,
  handOutPlan,
  type HandOutOptions,
  type HandOutView,
  printHandOut,
  withHandOut,
} from '../hand-out-options.ts';
import { printJson, printLine } from '../output.ts';
import { readSecret } from '../prompt.ts';
import { usageFailure } from '../usage.ts';

interface NewWay {
  masterPasswordFile?: string;
  generate?: boolean;
  json?: boolean;
}

/** `orbit ceremony start|status|password|recipients`. */
export function ceremonyCommand(context: CliContext): Command {
  const command = new Command('ceremony').description('the recovery key: make it, see it, change what opens it');
  command.addHelpText('after', '\nExample: orbit ceremony start --generate');
  withCurrentKey(withHandOut(withNewPassword(command.command('start'))))
    .description(
      'make a recovery key; after the first, the current one must be opened too, so that no backup is orphaned',
    )
    .option('--recipient <key...>', 'who can open it besides: age1…, or an SSH public key (or the file with it)')
    .option(
      '--custodian <person...>',
      'who gets a share: a name, or "Ana Souza <telephone or e-mail>"; with --threshold',
    )
    .option('--no-master-password', 'only custodians or recipients open it')
    .option('--abandon-previous', 'nobody can open the key before: its backups stay closed to the new one')
    .addHelpText(
      'after',
      '\nExample: orbit ceremony start --generate --custodian "Ana <+55 11 5555-0101>" Bruno Carla --threshold 2 --by-link Carla',
    )
    .action((options: StartOptions) => withApp(context, (app) => start(context, app, options)));
  withCurrentKey(withHandOut(withNewPassword(command.command('compromised'))))
    .description('the recovery key is known to others: make a new one and seal everything at every destination to it')
    .option('--dry-run', 'only show what would be done')
    .option('--recipient <key...>', 'who can open the new key besides')
    .option('--custodian <person...>', 'who gets a share of the new key; with --threshold')
    .option('--no-master-password', 'only custodians or recipients open it')
    .addHelpText('after', '\nExample: orbit ceremony compromised --dry-run')
    .action((options: StartOptions & { dryRun?: boolean }) =>
      withApp(context, (app) =>
        options.dryRun ? showCompromise(context, app, options) : start(context, app, { ...options, compromised: true }),
      ),
    );
  withCurrentKey(command.command('reseal'))
    .description('after a compromise: seal what waits at destinations that were out of reach')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit ceremony reseal')
    .action((options: CurrentKeyOptions & { json?: boolean }) =>
      withApp(context, (app) => reseal(context, app, options)),
    );
  command
    .command('status')
    .description('which recovery key is current, and what opens it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit ceremony status')
    .action((options: { json?: boolean }) => withApp(context, (app) => status(context, app, options)));
  withCurrentKey(withNewPassword(command.command('password')))
    .description('change the master password; old kits open with the new one')
    .addHelpText('after', '\nExample: orbit ceremony password --generate')
    .action((options: NewWay & CurrentKeyOptions) =>
      withApp(context, (app) =>
        withKeySetApproval(app, { what: 'master-password' }, actor(), () => changePassword(context, app, options)),
      ),
    );
  withCurrentKey(command.command('recipients'))
    .description('add and remove keys that open the recovery key besides')
    .option('--add <key...>', 'age1…, or an SSH public key (or the file with it)')
    .option('--remove <key...>', 'the key as `ceremony status` shows it')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit ceremony recipients --add age1…')
    .action((options: CurrentKeyOptions & { add?: string[]; remove?: string[]; json?: boolean }) =>
      withApp(context, (app) => setRecipients(context, app, options)),
    );
  return command;
}

type StartOptions = NewWay &
  CurrentKeyOptions &
  HandOutOptions & {
    custodian?: string[];
    recipient?: string[];
    masterPassword: boolean;
    abandonPrevious?: boolean;
    compromised?: boolean;
  };

async function start(context: CliContext, app: App, options: StartOptions): Promise<void> {
  const people = (options.custodian ?? []).map((person) => custodianOf(app, person));
  const shares = people.length === 0 ? undefined : await handOutPlan(context, app, people, options);
  const recipients = await recipientsGiven(options.recipient ?? []);
  const change: KeySetChange = {
    what: 'recovery-key',
    hasMasterPassword: options.masterPassword,
    recipients,
    ...(shares === undefined ? {} : { shares }),
    before: options.compromised ? 'compromised' : options.abandonPrevious ? 'abandoned' : 'opened',
  };
  await withKeySetApproval(app, change, actor(), () => hold(context, app, { ...options, shares, recipients }));
}

async function hold(
  context: CliContext,
  app: App,
  options: StartOptions & { shares: HandOutPlan | undefined; recipients: ExtraRecipient[] },
): Promise<void> {
  const current = findCurrentKey(app.store);
  const previous =
    current === undefined
      ? undefined
      : options.abandonPrevious
        ? ('abandon' as const)
        : await currentKeyOpenedBy(context, options, current);
  const masterPassword = options.masterPassword ? await newPassword(context, options) : undefined;
  let resealed: ResealResult[] | undefined;
  const later = new Later();
  const { key, handedOut, retiredSet } = await holdCeremony(
    { ...app, actor: actor() },
    {
      extraRecipients: options.recipients,
      ...(masterPassword === undefined ? {} : { masterPassword }),
      ...(previous === undefined ? {} : { previous }),
      ...(options.compromised
        ? {
            isPreviousCompromised: true,
            async whileOpen(identities) {
              oweReseal(app);
              resealed = await later.try(() => resealEverywhere(app, identities, { signal: context.signal }));
            },
          }
        : {}),
      ...(options.shares === undefined ? {} : { custodians: options.shares }),
      ...partsSentOf(options),
    },
  );
  const view = handedOut === undefined ? undefined : await later.try(() => deliver(handedOut, options));
  const deliveries = await later.try(() => deliverKeys(app, { signal: context.signal }));
  tell(context, key, options, masterPassword, {
    ...(deliveries === undefined ? {} : { deliveries }),
    ...(view === undefined ? {} : { handedOut: view }),
    ...(resealed === undefined ? {} : { resealed }),
  });
  if (!options.json && resealed !== undefined) for (const line of resealLines(resealed)) printLine(context, line);
  if (!options.json && view !== undefined) printHandOut(context, view);
  if (!options.json && view === undefined && retiredSet !== undefined)
    printLine(
      context,
      `The custodians' set '${retiredSet}' is of the key before. Make a new one: orbit custodian split`,
    );
  await deliverNow(context, app);
  later.throwIfAny();
}

async function changePassword(context: CliContext, app: App, options: NewWay & CurrentKeyOptions): Promise<void> {
  const current = currentKey(app.store);
  const by = await currentKeyOpenedBy(context, options, current);
  const next = await newPassword(context, options);
  const key = await toldWhenRefused(app, actor(), () => changeMasterPassword(app, by, next));
  app.tell(orbitEvent('master-password.changed', { ...actor(), keyId: key.id }, app.clock.now()));
  const later = new Later();
  const deliveries = await later.try(() => deliverKeys(app, { signal: context.signal }));
  tell(context, key, options, next, deliveries === undefined ? {} : { deliveries });
  await deliverNow(context, app);
  later.throwIfAny();
}

async function setRecipients(
  context: CliContext,
  app: App,
  options: CurrentKeyOptions & { add?: string[]; remove?: string[]; json?: boolean },
): Promise<void> {
  const current = currentKey(app.store);
  const { extraRecipients } = current;
  const removed = new Set(options.remove);
  for (const gone of removed) {
    if (!extraRecipients.some(({ recipient, title }) => recipient === gone || title === gone)) {
      throw usageFailure(`'${gone}' is no recipient`, 'See orbit ceremony status.');
    }
  }
  const kept = extraRecipients.filter(({ recipient, title }) => !removed.has(recipient) && !removed.has(title));
  const next = [...kept, ...(await recipientsGiven(options.add ?? []))];
  const key = await withKeySetApproval(app, { what: 'recipients', recipients: next }, actor(), async () => {
    const by = await currentKeyOpenedBy(context, options, current);
    return await toldWhenRefused(app, actor(), () => changeRecipients(app, by, next));
  });
  const subject = [...(options.add ?? []).map((one) => `+ ${one}`), ...[...removed].map((one) => `- ${one}`)].join(
    ', ',
  );
  const facts = { ...actor(), setting: 'recipients of the recovery key', subject };
  app.tell(orbitEvent('settings.changed', facts, app.clock.now()));
  tell(context, key, options, undefined, { deliveries: await deliverKeys(app, { signal: context.signal }) });
  await deliverNow(context, app);
}

function status(context: CliContext, app: App, options: { json?: boolean }): void {
  const keys = recoveryKeys(app.store);
  const custody = custodyState(app);
  const destinations = keyDeliveries(app.store);
  if (options.json) {
    const further = custody === undefined ? {} : { custody };
    return printJson(context, { keys: keys.map(keyJson), destinations, ...further });
  }
  const current = currentKey(app.store);
  for (const line of keyLines(current)) printLine(context, line);
  for (const key of keys.filter((one) => one.state !== 'current')) {
    const reach =
      key.sealedToCurrent === undefined
        ? 'given up: its backups open with its own key only'
        : 'opens with the current key';
    printLine(context, `${key.state.padEnd(13)}${key.id}, made ${key.createdAt.toISOString()}, ${reach}`);
  }
  for (const line of deliveryLines(destinations)) printLine(context, line);
  if (custody !== undefined) for (const line of custodyLines(custody)) printLine(context, line);
}

// The generated passphrase is printed once, and kept nowhere.
function tell(
  context: CliContext,
  key: RecoveryKey,
  options: NewWay,
  password: SecretString | undefined,
  further: { handedOut?: HandOutView; deliveries?: KeyDelivery[]; resealed?: ResealResult[] } = {},
): void {
  const passphrase = options.generate && password !== undefined ? password.reveal() : undefined;
  if (options.json)
    return printJson(context, { ...keyJson(key), ...further, ...(passphrase === undefined ? {} : { passphrase }) });
  for (const line of [...keyLines(key), ...deliveryLines(further.deliveries ?? [])]) printLine(context, line);
  if (passphrase === undefined) return;
  printLine(context, '\nIts master password is shown this once and kept nowhere. Write it down now:');
  printLine(context, `\n    ${passphrase}\n`);
}

async function newPassword(context: CliContext, options: NewWay): Promise<SecretString> {
  if (options.generate && options.masterPasswordFile !== undefined) {
    throw usageFailure('--generate and --master-password-file contradict each other', 'Give one.');
  }
  if (options.generate) return generatePassphrase();
  return await readSecret(context, 'New master password: ', { file: options.masterPasswordFile, confirm: true });
}

// Once a key was made, its passphrase must be told whatever else goes wrong: it is kept nowhere.
class Later {
  readonly #troubles: unknown[] = [];

  async try<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#troubles.push(error);
      return undefined;
    }
  }

  throwIfAny(): void {
    if (this.#troubles.length > 0) throw this.#troubles[0];
  }
}

function withNewPassword(command: Command): Command {
  return command
    .option(
      '--master-password-file <file>',
      'the file with the new master password, - for standard input (else it is asked)',
    )
    .option('--generate', 'make a master password and print it once')
    .option('--json', 'print JSON');
}

async function withApp(context: CliContext, work: (app: App) => Promise<void> | void): Promise<void> {
  const app = openApp(context.home);
  try {
    await work(app);
  } finally {
    app.close();
  }
}
