// `orbit destination authorize`: the line for the far side, and the proof of what it forbids.
import { Command } from 'commander';
import { appendCommands } from '../backends/rsync/far-commands.ts';
import { type KeyRight, appendLine, rrsyncLine, sftpLine } from '../destinations/authorized-keys.ts';
import { type Destination, findDestination, saveConfig } from '../destinations/destination.ts';
import { type DestinationContext, proveDestination } from '../destinations/open.ts';
import { ensureSshKey } from '../destinations/ssh-key.ts';
import type { CliContext } from './context.ts';
import { withDestinations } from './destinations.ts';
import { printJson, printLine } from './output.ts';
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
  const line = await authorizedKeysLine(destinations, one, options);
  if (options.json) printJson(context, { line });
  else printLine(context, line);
}

async function authorizedKeysLine(
  { store, instanceKey }: DestinationContext,
  one: Destination,
  options: AuthorizeOptions,
): Promise<string> {
  const { right } = options;
  if (!isRight(right)) throw usageFailure(`there is no right '${right}'`, 'Use append, write, read or full.');
  if (options.from !== undefined && !/^[A-Za-z0-9.:,*?!/_-]+$/.test(options.from)) {
    throw usageFailure(`'${options.from}' is no list of addresses`, 'Example: 192.0.2.10,2001:db8::/64');
  }
  if (one.config['sshKey'] === undefined) {
    throw usageFailure(`${one.name} is not reached by SSH`, 'Only rsync and SFTP destinations have such a line.');
  }
  const { publicLine } = await ensureSshKey(store, instanceKey, options.key ?? String(one.config['sshKey']));
  const key = {
    publicLine,
    path: String(one.config['path']),
    ...(options.from === undefined ? {} : { from: options.from }),
  };
  if (one.kind === 'sftp') return sftpLine(key);
  if (right !== 'append') return rrsyncLine(key, right, options.rrsync);
  const { timeoutSeconds, bandwidthLimitKib } = one.config as { timeoutSeconds: number; bandwidthLimitKib: number };
  return appendLine(key, await appendCommands({ timeoutSeconds, bandwidthLimitKib }));
}

function isRight(right: string): right is KeyRight {
  return ['append', 'write', 'read', 'full'].includes(right);
}
