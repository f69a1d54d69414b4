// `orbit destination`: the places backups are kept at.
import { Command } from 'commander';
import { backendKinds } from '../../backends/kinds.ts';
import type { BackendKind } from '../../backends/kinds/kind.ts';
import { hostKeyFrom } from '../../backends/ssh/host-key.ts';
import { orbitEvent } from '../../base/event.ts';
import { configFields } from '../../base/secret-schema.ts';
import { prepareAndTest } from '../../destinations/change.ts';
import {
  type Destination,
  addDestination,
  findDestination,
  kindOf,
  listDestinations,
  locationOf,
  parseConfig,
  removeDestination,
  savePins,
} from '../../destinations/destination.ts';
import { pinMount } from '../../destinations/mount.ts';
import { type DestinationContext, destinationEvents, probeDestination } from '../../destinations/open.ts';
import { ensureSshKey } from '../../destinations/ssh-key.ts';
import { useFirstDestination } from '../../jobs/first-jobs.ts';
import { findLockRenewal, type LockRenewal } from '../../jobs/lock-renewal.ts';
import type { SetExitCode } from '../commands.ts';
import { authorizeCommand } from '../authorize.ts';
import { addConfigFlags, configFromFlags, flagName } from '../config-flags.ts';
import { probeLines, tellProbe } from '../tell-probe.ts';
import { renewLocksCommand } from '../renew-locks.ts';
import { setDestinationCommand } from '../set-destination.ts';
import { confirmedHostKey } from '../confirmed-host-key.ts';
import type { CliContext } from '../context.ts';
import { actor } from '../actor.ts';
import { requireApprovalAtHome } from '../four-eyes.ts';
import { tellHome } from '../tell-home.ts';
import { withDestinations } from '../destinations.ts';
import { printJson, printLine, table } from '../output.ts';

/** `orbit destination add|set|list|show|test|trust|authorize|events|remove`. */
export function destinationCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('destination')
    .description('the places that backups are kept at')
    .addHelpText('after', '\nExample: orbit destination add folder nas --path /mnt/nas/orbit --on-mount');
  command.addCommand(addCommand(context, setExitCode));
  command.addCommand(setDestinationCommand(context, setExitCode));
  command.addCommand(renewLocksCommand(context));
  simple(command, context, 'list', 'list destinations and how they are', async ({ store }, _name, json) => {
    const all = listDestinations(store);
    if (json) return printJson(context, all);
    const rows = all.map((one) => [
      one.name,
      one.kind,
      one.state,
      one.lastProbe?.at.slice(0, 19) ?? 'never',
      locationOf(one),
    ]);
    for (const line of table(['NAME', 'KIND', 'STATE', 'PROBED', 'PLACE'], rows)) printLine(context, line);
  });
  simple(
    command,
    context,
    'show <name>',
    'show everything about one, except secrets',
    async ({ store }, name, json) => {
      const one = findDestination(store, name);
      if (json) return printJson(context, { ...one, location: locationOf(one) });
      printDestination(context, one, findLockRenewal(store, name));
    },
  );
  simple(
    command,
    context,
    'events',
    'list when destinations were lost and came back',
    async ({ store }, _name, json) => {
      const events = destinationEvents(store);
      if (json) return printJson(context, events);
      const rows = events.map((event) => [event.at.slice(0, 19), event.destinationName, event.type, event.message]);
      for (const line of table(['WHEN', 'DESTINATION', 'WHAT', 'WHY'], rows)) printLine(context, line);
    },
  );
  simple(command, context, 'remove <name>', 'forget one; what lies there stays', async ({ store }, name, json) => {
    const { name: subject } = findDestination(store, name);
    await requireApprovalAtHome(context, { action: 'destination.remove', subject });
    const one = removeDestination(store, name);
    const facts = { ...actor(), destination: one.name, location: locationOf(one) };
    await tellHome(context, () => [orbitEvent('destination.removed', facts, new Date())]);
    if (json) printJson(context, { removed: one.name });
    else printLine(context, `${one.name} is forgotten; what lies at ${locationOf(one)} stays.`);
  });
  command
    .command('test <name>')
    .description('write, read back, compare, list and delete at a destination, and say how it is')
    .option('--accept-empty', 'take a folder that was emptied for ours again')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit destination test nas')
    .action(async (name: string, options: { acceptEmpty?: boolean; json?: boolean }) => {
      await withDestinations(context, async (destinations) => {
        const destination = findDestination(destinations.store, name);
        const probed = await probeDestination(destinations, destination, { acceptEmpty: options.acceptEmpty === true });
        tellProbe(context, probed, { json: options.json === true }, setExitCode);
      });
    });
  command
    .command('trust <name>')
    .description('confirm a server’s host key, or the mount a folder lies on, after it changed for a known reason')
    .option('--host-key <fingerprint>', 'the fingerprint you compared, SHA256:…')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit destination trust offsite --host-key SHA256:NiQARVEH…')
    .action(async (name: string, options: { hostKey?: string; json?: boolean }) => {
      await withDestinations(context, async ({ store }) => {
        const one = findDestination(store, name);
        const server = kindOf(one.kind).sshServer?.(one.config);
        const pins = { ...one.pins };
        if (server !== undefined) pins.hostKey = await confirmedHostKey(context, server, options.hostKey);
        if (one.config['onMount'] === true) pins.mount = await pinMount(String(one.config['path']));
        savePins(store, one.id, pins);
        if (options.json) printJson(context, findDestination(store, name));
        else printLine(context, `${one.name} is trusted as it is now.`);
      });
    });
  command.addCommand(authorizeCommand(context));
  return command;
}

function addCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const add = new Command('add')
    .description('add a destination of a kind, make its folder and test it')
    .addHelpText(
      'after',
      '\nExample: orbit destination add rsync offsite --host backup.example.org --user orbit --path /srv/orbit',
    );
  for (const kind of backendKinds) {
    const command = add.command(`${kind.kind} <name>`).description(kind.title);
    addConfigFlags(command, kind.config);
    if (kind.sshServer !== undefined) {
      command.option('--host-key <fingerprint>', 'the server’s fingerprint, compared already: SHA256:…');
    }
    command
      .option('--no-test', 'only keep it; contact nothing but for the host key')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample: orbit destination add ${kind.kind} offsite ${exampleFlags(kind)}`)
      .action(async (name: string, options: Record<string, unknown>) => {
        const config = await configFromFlags(context, kind.config, options);
        await withDestinations(context, async (destinations) => {
          await addOne(context, destinations, { kind, name, config }, options, setExitCode);
        });
      });
  }
  return add;
}

async function addOne(
  context: CliContext,
  destinations: DestinationContext,
  wanted: { kind: BackendKind; name: string; config: Record<string, unknown> },
  options: Record<string, unknown>,
  setExitCode: SetExitCode,
): Promise<void> {
  const { store, instanceKey } = destinations;
  const { kind, name, config } = wanted;
  const settings = parseConfig(kind, config);
  const server = kind.sshServer?.(settings);
  const expected = typeof options['hostKey'] === 'string' ? options['hostKey'] : undefined;
  const pins = server === undefined ? {} : { hostKey: await confirmedHostKey(context, server, expected) };
  if (typeof settings['sshKey'] === 'string') await ensureSshKey(store, instanceKey, settings['sshKey']);
  const added = addDestination(store, instanceKey, { name, kind: kind.kind, config, pins });
  useFirstDestination(store, added.name);
  if (options['test'] === false) {
    if (options['json'] === true) printJson(context, { destination: added });
    else printLine(context, `${name} is kept, untested.`);
    return;
  }
  tellProbe(context, await prepareAndTest(destinations, added), { json: options['json'] === true }, setExitCode);
}

function printDestination(context: CliContext, one: Destination, locks: LockRenewal | undefined): void {
  const { hostKey, mount } = one.pins;
  const rows = [
    ['name', one.name],
    ['kind', kindOf(one.kind).title],
    ['place', locationOf(one)],
    ['state', `${one.state} since ${one.stateSince.slice(0, 19)}`],
    ...Object.entries(one.config).map(([name, value]) => [name, String(value)]),
    ...(hostKey === undefined
      ? []
      : [['host key', `${hostKeyFrom(hostKey).fingerprint} (${hostKeyFrom(hostKey).type})`]]),
    ...(mount === undefined ? [] : [['mount', `${mount.source} (${mount.type}) at ${mount.point}`]]),
    ...(locks?.lockedUntil === undefined
      ? []
      : [['locked until', `${locks.lockedUntil.toISOString().slice(0, 10)} at least`]]),
    ...(one.appendOnly === undefined ? [] : [['append-only', appendOnlyText(one.appendOnly)]]),
  ];
  for (const line of table(['WHAT', 'IS'], rows)) printLine(context, line);
  if (one.lastProbe !== undefined) for (const line of probeLines(one.lastProbe)) printLine(context, `  ${line}`);
}

function appendOnlyText(proof: NonNullable<Destination['appendOnly']>): string {
  const { isDeletingRefused, isOverwritingRefused, at } = proof;
  if (isDeletingRefused && isOverwritingRefused) return `proven on ${at.slice(0, 10)}`;
  const allowed = [isDeletingRefused ? [] : ['deleting'], isOverwritingRefused ? [] : ['overwriting']].flat();
  return `no: ${allowed.join(' and ')} was allowed on ${at.slice(0, 10)}`;
}

function exampleFlags(kind: BackendKind): string {
  const example: Record<string, string> = { host: 'backup.example.org', user: 'orbit', path: '/srv/orbit' };
  return configFields(kind.config)
    .filter((field) => field.isRequired && !field.isSecret)
    .map((field) => `--${flagName(field.name)} ${example[field.name] ?? '…'}`)
    .join(' ');
}

function simple(
  parent: Command,
  context: CliContext,
  usage: string,
  description: string,
  action: (destinations: DestinationContext, name: string, json: boolean) => Promise<void>,
): void {
  const hasName = usage.includes('<name>');
  parent
    .command(usage)
    .description(description)
    .option('--json', 'print JSON')
    .addHelpText('after', `\nExample: orbit destination ${usage.replace('<name>', 'nas')}`)
    .action(async (...args: unknown[]) => {
      const options = (hasName ? args[1] : args[0]) as { json?: boolean };
      await withDestinations(context, (destinations) => {
        return action(destinations, hasName ? String(args[0]) : '', options.json === true);
      });
    });
}
