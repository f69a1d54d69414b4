// `orbit install`: makes the service start with the machine; `--remove` undoes it; `--dry-run` only tells.
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { Failure } from '../../base/failure.ts';
import type { CliContext } from '../context.ts';
import { installSteps, removeSteps } from '../install/steps.ts';
import { printLine } from '../output.ts';

interface Options {
  dryRun?: boolean;
  remove?: boolean;
  purge?: boolean;
  root?: string;
  listen?: string;
}

const ownProgram = fileURLToPath(new URL('../../../bin/orbit', import.meta.url));

/** `orbit install [--dry-run] [--remove [--purge]]`. */
export function installCommand(context: CliContext): Command {
  return new Command('install')
    .description('make the service start with the machine: a user of its own, a hardened systemd unit')
    .option('-n, --dry-run', 'tell every step, do nothing')
    .option('--listen <address>', 'host:port that the service listens on')
    .option('--remove', 'undo it; data and backups stay')
    .option('--purge', 'with --remove: the data folder goes too; backups stay')
    .option('--root <folder>', 'install into this tree instead of the running system')
    .addHelpText('after', '\nExample: orbit install --dry-run')
    .action(async (options: Options) => {
      const isDry = options.dryRun === true;
      if (!isDry && options.root === undefined && process.getuid?.() !== 0) {
        throw new Failure('cli.needs-root', {
          message: 'installing changes the machine and needs root',
          hint: 'Run it with sudo; --dry-run shows every step without.',
        });
      }
      const places = { program: ownProgram, listen: options.listen, root: options.root };
      const steps = options.remove === true ? removeSteps(places, options.purge === true) : installSteps(places);
      for (const { told, take } of steps) {
        printLine(context, `${isDry ? 'would ' : ''}${told}`);
        if (!isDry) await take();
      }
      if (!isDry && options.remove !== true && options.root === undefined)
        printLine(context, 'Orbit runs. journalctl -u orbit shows the link by which the first account is made.');
    });
}
