// `orbit destination set`: other settings for a destination that is there, such as a password that was changed.
import { Command } from 'commander';
import { backendKinds } from '../backends/kinds.ts';
import type { BackendKind } from '../backends/kinds/kind.ts';
import { orbitEvent } from '../base/event.ts';
import { configFields } from '../base/secret-schema.ts';
import { changeDestination, serverToConfirm } from '../destinations/change.ts';
import { changedConfig, findDestination } from '../destinations/destination.ts';
import type { DestinationContext } from '../destinations/open.ts';
import { movedDestination } from '../jobs/settings-approval.ts';
import type { SetExitCode } from './commands.ts';
import { actor } from './actor.ts';
import { addChangeFlags, changeFromFlags, flagName } from './config-flags.ts';
import { confirmedHostKey } from './confirmed-host-key.ts';
import type { CliContext } from './context.ts';
import { withDestinations } from './destinations.ts';
import { refuseOtherKind } from './other-kind.ts';
import { exitCodes, printJson, printLine } from './output.ts';
import { probeLines } from './tell-probe.ts';
import { tellHome } from './tell-home.ts';
import { requireApprovalAtHome } from './four-eyes.ts';

interface Options extends Record<string, unknown> {
  hostKey?: string;
  keep?: boolean;
  json?: boolean;
}

/** One command for each kind, with its flags. */
export function setDestinationCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const set = new Command('set')
    .description('change settings of a destination: they are tested, and kept when they work')
    .addHelpText('after', '\nExample: orbit destination set cifs nas --password-file -');
  for (const kind of backendKinds) {
    const command = set.command(`${kind.kind} <name>`).description(kind.title);
    addChangeFlags(command, kind.config);
    if (kind.sshServer !== undefined)
      command.option('--host-key <fingerprint>', 'the fingerprint of another server, compared already: SHA256:…');
    command
      .option('--keep', 'keep the new settings also when they do not work yet')
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample: orbit destination set ${kind.kind} offsite ${exampleFlags(kind)}`)
      .action(async (name: string, options: Options) => {
        await withDestinations(context, (destinations) =>
          change(context, destinations, { kind, name, options }, setExitCode),
        );
      });
  }
  return set;
}

function exampleFlags(kind: BackendKind): string {
  const fields = configFields(kind.config);
  const secret = fields.find(({ isSecret }) => isSecret);
  if (secret !== undefined) return `--${flagName(secret.name)}-file -`;
  return `--unset ${flagName(fields.findLast(({ isRequired }) => !isRequired)?.name ?? '')}`;
}

async function change(
  context: CliContext,
  destinations: DestinationContext,
  { kind, name, options }: { kind: BackendKind; name: string; options: Options },
  setExitCode: SetExitCode,
): Promise<void> {
  const { store } = destinations;
  const place = findDestination(store, name);
  refuseOtherKind('destination', name, place.kind, kind.kind);
  const config = await changeFromFlags(context, kind.config, place.config, options);
  const moved = movedDestination(place, changedConfig(store, destinations.instanceKey, place, config));
  if (moved !== undefined) await requireApprovalAtHome(context, moved);
  const server = serverToConfirm(destinations, place, config, options.hostKey !== undefined);
  const hostKey = server === undefined ? undefined : await confirmedHostKey(context, server, options.hostKey);
  const { isKept, probe } = await changeDestination(destinations, place, {
    config,
    ifNotUsable: options.keep === true ? 'keep' : 'discard',
    ...(hostKey === undefined ? {} : { hostKey }),
  });
  const facts = { ...actor(), setting: 'destination changed', subject: name };
  if (isKept) await tellHome(context, () => [orbitEvent('settings.changed', facts, new Date())]);
  if (!probe.isUsable) setExitCode(exitCodes.failed);
  if (options.json === true) return printJson(context, { isKept, probe, destination: findDestination(store, name) });
  const kept = probe.isUsable ? 'they work' : 'though they do not work yet';
  printLine(
    context,
    isKept ? `${name} has its new settings: ${kept}` : `${name} stays as it was: what was to be does not work`,
  );
  for (const line of probeLines(probe)) printLine(context, `  ${line}`);
}
