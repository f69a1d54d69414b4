// `orbit install`: makes the service start with the machine; `--remove` undoes it; `--dry-run` only tells.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { Failure } from '../../base/failure.ts';
import type { CliContext } from '../context.ts';
import { type Allowance, allowances } from '../install/drop-in.ts';
import { allowSteps, type InstallOptions, installSteps, removeSteps, type Step } from '../install/steps.ts';
import { printLine } from '../output.ts';

interface Options {
  dryRun?: boolean;
  remove?: boolean;
  purge?: boolean;
  root?: string;
  listen?: string;
  allow?: Allowance[];
  write?: string[];
}

const ownProgram = fileURLToPath(new URL('../../../bin/orbit', import.meta.url));

/** `orbit install [--dry-run] [--remove [--purge]]`. */
export function installCommand(context: CliContext): Command {
  return new Command('install')
    .description('make the service start with the machine: a user of its own, a hardened systemd unit')
    .option('-n, --dry-run', 'tell every step, do nothing')
    .option('--listen <address>', 'host:port that the service listens on')
    .addOption(
      new Option(
        '--allow <what...>',
        'let the service do more: mount shares, take snapshots of btrfs or LVM, write to terminals',
      ).choices(allowances),
    )
    .option('--write <folder...>', 'let the service write there, such as to a destination on this machine')
    .option('--remove', 'undo it; data and backups stay')
    .option('--purge', 'with --remove: the data folder goes too; backups stay')
    .option('--root <folder>', 'install into this tree instead of the running system')
    .addHelpText(
      'after',
      '\nExample: orbit install --dry-run\n         orbit install --allow mounts --write /srv/backup',
    )
    .action(async (options: Options) => {
      const isDry = options.dryRun === true;
      if (!isDry && options.root === undefined && process.getuid?.() !== 0) {
        throw new Failure('cli.needs-root', {
          message: 'installing changes the machine and needs root',
          hint: 'Run it with sudo; --dry-run shows every step without.',
        });
      }
      const places = { program: ownProgram, listen: options.listen, root: options.root };
      const steps = stepsOf(options, places);
      for (const { told, take } of steps) {
        printLine(context, `${isDry ? 'would ' : ''}${told}`);
        if (!isDry) await take();
      }
      if (!isDry && options.remove !== true && options.root === undefined && !options.allow && !options.write)
        printLine(context, 'Orbit runs. journalctl -u orbit shows the link by which the first account is made.');
    });
}

// What is allowed is a change of its own: the service is there already, from a package or from here.
function stepsOf({ remove, purge, allow = [], write = [] }: Options, places: InstallOptions): Step[] {
  if (remove === true) return removeSteps(places, purge === true);
  if (allow.length + write.length === 0) return installSteps(places);
  return allowSteps(places, { allow, write: write.map((folder) => resolve(folder)) });
}
