// `orbit partition`: a remote partition for backups, with the flags of the documented command; a face over destinations.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { checkedExtra } from '../../backends/mounted/mount-options.ts';
import { checkCanMount } from '../../backends/mounted/mounter.ts';
import {
  addDestination,
  findDestination,
  kindOf,
  locationOf,
  parseConfig,
  removeDestination,
} from '../../destinations/destination.ts';
import { type DestinationContext, prepareDestination, probeDestination } from '../../destinations/open.ts';
import {
  findPartition,
  listPartitions,
  mountSettings,
  partitionAt,
  remountPartition,
  takeMountAway,
  unmountPartition,
} from '../../destinations/partition.ts';
import { partitionUnit } from '../../destinations/partition-unit.ts';
import { useFirstDestination } from '../../jobs/first-jobs.ts';
import { actor } from '../actor.ts';
import type { SetExitCode } from '../commands.ts';
import type { CliContext } from '../context.ts';
import { withDestinations } from '../destinations.ts';
import { exitCodes, printJson, printLine, table } from '../output.ts';
import { readSecret } from '../prompt.ts';
import { usageFailure } from '../usage.ts';

interface PartitionOptions {
  local: string;
  remoteHost?: string;
  remotePath?: string;
  type: string;
  options?: string;
  user?: string;
  password?: string;
  passwordFile?: string;
  domain?: string;
  name?: string;
  remount?: boolean;
  umount?: boolean;
  delete?: boolean;
  show?: boolean;
  unit?: boolean;
  install?: boolean;
  unitFolder: string;
  force?: boolean;
  json?: boolean;
}

/** `orbit partition`. `-h` is the host, as documented; only `--help` helps. */
export function partitionCommand(context: CliContext, setExitCode: SetExitCode): Command {
  return new Command('partition')
    .description('a remote partition for backups: mount it now, and again when it is needed')
    .helpOption('--help', 'display help for command')
    .option('-l, --local <path>', 'mount point', '/srv/backup_remoto')
    .option('-h, --remote-host <host>', 'host name or IP address')
    .option('-r, --remote-path <path>', 'path on that host: /share/folder for cifs, the exported path for nfs')
    .option('--type <type>', 'cifs or nfs', 'cifs')
    .option('-o, --options <options>', 'extra mount options, separated by commas')
    .option('-u, --user <user>', 'user, for cifs')
    .option('-p, --password <password>', 'refused: it is asked for, or taken from --password-file')
    .option('--password-file <file>', 'take the password from this file, - for standard input')
    .option('-d, --domain <domain>', 'domain of the user, for cifs')
    .option('--name <name>', 'name of the destination (else: the last part of the mount point)')
    .option('--remount', 'mount it anew after the server was away')
    .option('--umount', 'unmount it and keep the destination; what is due waits until --remount')
    .option('--delete', 'unmount it and forget the destination; what lies there stays')
    .option('--show', 'show all partitions')
    .option('--unit', 'print the systemd unit that mounts it at every start')
    .option('--install', 'with --unit: put the unit in place')
    .option('--unit-folder <folder>', 'where units are put', '/etc/systemd/system')
    .option('--force', 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit partition -h nas.example.org -r /backup/orbit -u orbit -d EXAMPLE')
    .action(async (options: PartitionOptions) => {
      await withDestinations(context, async (destinations) => {
        if (options.password !== undefined) throw passwordArgument();
        if (options.show) return await show(context, destinations, options);
        if (options.unit) return unit(context, destinations, options);
        if (options.remount) return await remount(context, destinations, options);
        if (options.umount) return await umount(context, destinations, options);
        if (options.delete) return await remove(context, destinations, options);
        await add(context, destinations, options, setExitCode);
      });
    });
}

async function add(
  context: CliContext,
  destinations: DestinationContext,
  options: PartitionOptions,
  setExitCode: SetExitCode,
) {
  const { local, remoteHost: host, remotePath: path, type } = options;
  if (host === undefined || path === undefined) {
    throw usageFailure(
      'no remote host and path were given',
      'Add a partition by --remote-host and --remote-path, or use --show, --remount, --umount, --delete, --unit.',
    );
  }
  if (type !== 'cifs' && type !== 'nfs') throw usageFailure(`there is no type '${type}'`, 'Use cifs or nfs.');
  if (!path.startsWith('/'))
    throw usageFailure(`the remote path '${path}' does not start with /`, 'Write /share/folder.');
  const { store, instanceKey } = destinations;
  const taken = partitionAt(store, local);
  if (taken !== undefined) {
    throw usageFailure(
      `${taken.name} (${locationOf(taken)}) belongs at ${local} already`,
      'Choose another --local, or --delete that one first.',
    );
  }
  const kind = kindOf(type);
  const shared = { host, path, local, ...(options.options === undefined ? {} : { options: options.options }) };
  const own =
    type === 'nfs'
      ? {}
      : { user: options.user ?? '', ...(options.domain === undefined ? {} : { domain: options.domain }) };
  if (type === 'cifs' && options.user === undefined) throw usageFailure('no user was given', 'Add --user NAME.');
  // What cannot work is said before a password is asked for.
  parseConfig(kind, { ...shared, ...own, ...(type === 'cifs' ? { password: 'x' } : {}) });
  checkedExtra(options.options ?? '');
  await checkCanMount(type, `${type}://${host}${path}`);
  await confirm(context, options, `Mount ${host}:${path} (${type}) at ${local} for backups?`);
  const password =
    type === 'nfs'
      ? {}
      : {
          password: (
            await readSecret(context, `Password of ${options.user}: `, { file: options.passwordFile })
          ).reveal(),
        };
  const name = options.name ?? basename(local);
  const added = addDestination(store, instanceKey, { name, kind: type, config: { ...shared, ...own, ...password } });
  try {
    await prepareDestination(destinations, added);
  } catch (error) {
    await takeMountAway(added);
    removeDestination(store, added.id);
    throw error;
  }
  useFirstDestination(store, added.name);
  const { destination, result } = await probeDestination(destinations, findDestination(store, added.id));
  if (!result.isUsable) setExitCode(exitCodes.failed);
  if (options.json) return printJson(context, { destination, result });
  if (result.failure !== undefined) return printLine(context, `${name} is mounted, but ${result.failure.message}`);
  done(context);
}

async function show(context: CliContext, { store }: DestinationContext, options: PartitionOptions): Promise<void> {
  const all = await listPartitions(store);
  if (options.json) return printJson(context, all);
  if (all.length === 0) return printLine(context, 'There is no partition. Add one: orbit partition --help');
  const rows = all.map((one) => [one.name, one.type, one.local, one.state, one.location]);
  for (const line of table(['NAME', 'TYPE', 'AT', 'STATE', 'PLACE'], rows)) printLine(context, line);
  for (const { name, kernelOptions } of all)
    if (kernelOptions !== undefined) printLine(context, `${name}: ${kernelOptions},pass=*******`);
}

async function remount(
  context: CliContext,
  destinations: DestinationContext,
  options: PartitionOptions,
): Promise<void> {
  const destination = findPartition(destinations.store, options.local);
  await confirm(context, options, `Mount ${locationOf(destination)} at ${options.local} anew?`);
  await remountPartition(destinations, destination);
  const now = (await listPartitions(destinations.store)).find(({ local }) => local === options.local);
  if (options.json) return printJson(context, now);
  printLine(context, `${options.local} remounted successfully`);
  if (typeof destination.config['domain'] === 'string') printLine(context, `- domain=${destination.config['domain']}`);
  const mask = destination.kind === 'cifs' ? ',pass=*******' : '';
  printLine(context, `mount.${destination.kind} kernel options: ${now?.kernelOptions ?? ''}${mask}`);
}

async function umount(context: CliContext, destinations: DestinationContext, options: PartitionOptions): Promise<void> {
  const destination = findPartition(destinations.store, options.local);
  const { name } = destination;
  await confirm(
    context,
    options,
    `Unmount ${options.local}? A run that writes there is cut off, and backups to ${name} wait until you --remount it.`,
  );
  const unmounted = await unmountPartition(destinations, destination, actor().user);
  if (options.json) printJson(context, { unmounted });
  else done(context);
}

async function remove(context: CliContext, destinations: DestinationContext, options: PartitionOptions): Promise<void> {
  const destination = findPartition(destinations.store, options.local);
  await confirm(context, options, `Unmount ${options.local} and forget ${destination.name}? What lies there stays.`);
  const { name } = unitOf(context, destinations, options);
  await takeMountAway(destination);
  removeDestination(destinations.store, destination.id);
  rmSync(join(options.unitFolder, name), { force: true });
  if (options.json) printJson(context, { removed: destination.name });
  else done(context);
}

function unit(context: CliContext, destinations: DestinationContext, options: PartitionOptions): void {
  const { name, text } = unitOf(context, destinations, options);
  const file = join(options.unitFolder, name);
  if (options.install) {
    mkdirSync(options.unitFolder, { recursive: true });
    writeFileSync(file, text, { mode: 0o644 });
  }
  if (options.json) return printJson(context, { name, text, ...(options.install ? { file } : {}) });
  if (!options.install) return printLine(context, `# ${file}\n${text.trimEnd()}`);
  printLine(context, `${file} is in place. Switch it on: systemctl daemon-reload && systemctl enable --now '${name}'`);
}

function unitOf(context: CliContext, destinations: DestinationContext, { local }: PartitionOptions) {
  const destination = findPartition(destinations.store, local);
  const orbit = fileURLToPath(new URL('../../../bin/orbit', import.meta.url));
  return partitionUnit(mountSettings(destinations, destination), local, orbit, resolve(context.home));
}

async function confirm(context: CliContext, { force }: PartitionOptions, question: string): Promise<void> {
  if (force === true) return;
  const input = context.stdin ?? process.stdin;
  if (!context.isTerminal || input.isTTY !== true)
    throw usageFailure('nobody is there to ask', 'Add --force to go on without a question.');
  const prompt = createInterface({ input, output: context.stderr });
  try {
    const answer = (await prompt.question(`${question} [y/n] `, { signal: context.signal })).trim();
    if (!/^y(es)?$/i.test(answer)) throw usageFailure('nothing was done', 'Answer y to go on.');
  } finally {
    prompt.close();
  }
}

function done(context: CliContext): void {
  printLine(context, 'Done!');
  printLine(context, 'No errors reported');
}

function passwordArgument() {
  return usageFailure(
    'a password on the command line is seen by everybody on this machine (ps) and kept in the shell’s history',
    'Leave -p out: it is asked for, or taken from --password-file FILE. If that was the real one, change it.',
  );
}
