// `orbit destination authorize`: the line for the far side, and the proof of what it forbids.
import { Command } from 'commander';
import type { KeyRight } from '../destinations/authorized-keys.ts';
import { authorizedKeysLine } from '../destinations/authorize.ts';
import { orbitEvent } from '../base/event.ts';
import { type Destination, findDestination, locationOf, saveConfig } from '../destinations/destination.ts';
import { type DestinationContext, proveDestination } from '../destinations/open.ts';
import { ensureSshKey } from '../destinations/ssh-key.ts';
import type { CliContext } from './context.ts';
import { withDestinations } from './destinations.ts';
import { printJson, printLine } from './output.ts';
import { tellHome } from './tell-home.ts';
import { usageFailure } from './usage.ts';

/** `orbit destination authorize NAME`. */
export function authorizeCommand(context: CliContext): Command {
  return new Command('authorize')
    .description('print the authorized_keys line for a destination; with --prove, try what it forbids')
    .argument('<name>')
    .option('--right <right>', 'append (adds, cannot overwrite, delete or read), write, read, or full', 'append')
    .option('--key <name>', 'which SSH key; default: the destination’s own')
    .option('--from <addresses>', 'only from these addresses, as sshd takes them')
    .option('--rrsync <path>', 'where rrsync lies over there', '/usr/bin/rrsync')
    .option('--restricted', 'the line is in place: use the destination through it from now on')
    .option('--prove', 'try to delete and to overwrite, and remember whether that was refused')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit destination authorize offsite --right append --from 192.0.2.10')
    .action(async (name: string, options: AuthorizeOptions) => {
      await withDestinations(context, async (destinations) => {
        await authorize(context, destinations, name, options);
      });
    });
}

interface AuthorizeOptions {
  right: string;
  key?: string;
  from?: string;
  rrsync: string;
  restricted?: boolean;
  prove?: boolean;
  json?: boolean;
}

async function authorize(
  context: CliContext,
  destinations: DestinationContext,
  name: string,
  options: AuthorizeOptions,
): Promise<void> {
  const { store, instanceKey } = destinations;
  const one = findDestination(store, name);
  if (options.restricted === true) saveConfig(store, instanceKey, one.id, { ...one.config, restricted: true });
  if (options.prove === true) {
    const proof = await proveDestination(destinations, findDestination(store, name));
    const allowed = [
      ...(proof.isDeletingRefused ? [] : ['deleting was allowed']),
      ...(proof.isOverwritingRefused ? [] : ['overwriting was allowed']),
    ].join(' and ');
    const facts = { destination: name, location: locationOf(one), reason: allowed };
    if (allowed !== '')
      await tellHome(context, () => [orbitEvent('destination.not-append-only', facts, new Date(proof.at))]);
    if (options.json) return printJson(context, { proof });
    const day = proof.at.slice(0, 10);
    const say = (refused: boolean): string => (refused ? 'refused' : 'NOT refused');
    printLine(
      context,
      `Deleting was ${say(proof.isDeletingRefused)}, overwriting was ${say(proof.isOverwritingRefused)}.`,
    );
    const isProven = proof.isDeletingRefused && proof.isOverwritingRefused;
    printLine(context, isProven ? `append-only: proven on ${day}` : `not append-only, as tried on ${day}`);
    return;
  }
  const line = await lineFor(destinations, one, options);
  if (options.json) printJson(context, { line });
  else printLine(context, line);
}

async function lineFor(
  { store, instanceKey }: DestinationContext,
  one: Destination,
  { right, key, from, rrsync }: AuthorizeOptions,
): Promise<string> {
  if (!isRight(right)) throw usageFailure(`there is no right '${right}'`, 'Use append, write, read or full.');
  const name = key ?? (typeof one.config['sshKey'] === 'string' ? one.config['sshKey'] : 'orbit');
  const { publicLine } = await ensureSshKey(store, instanceKey, name);
  const options = { right, rrsync, ...(from === undefined ? {} : { from }) };
  return authorizedKeysLine(one.kind, one.config, publicLine, options);
}

function isRight(right: string): right is KeyRight {
  return ['append', 'write', 'read', 'full'].includes(right);
}
