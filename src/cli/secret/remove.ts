// `orbit secret remove` and `orbit secret restore`
import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine } from '../output.ts';

interface Options {
  force?: boolean;
  version?: string;
  json?: boolean;
}

/** `orbit secret remove SECRET…`: takes secrets out of lists and kits; restore brings them back. */
export function removeCommand(context: CliContext): Command {
  return new Command('remove')
    .description('take secrets out of lists and kits; restore brings them back')
    .argument('<secrets...>', 'their titles, groups and titles, or ids')
    .option('--force', "remove one of Orbit's own secrets all the same")
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample: orbit secret remove 'Core switch'")
    .action((wanted: string[], options: Options) =>
      withHome(context, ({ vault }) => {
        // Every name is looked up before anything is removed: a wrong one removes nothing.
        const found = wanted.map((name) => vault.find(name));
        for (const { id } of found) vault.remove(id, { force: options.force === true });
        if (options.json) printJson(context, { removed: found.map(({ id }) => id) });
        else for (const { id, title } of found) printLine(context, `removed '${title}'; orbit secret restore ${id}`);
      }),
    );
}

/** `orbit secret restore SECRET [--version N]`: brings back a removed secret, or the look of an earlier version. */
export function restoreCommand(context: CliContext): Command {
  return new Command('restore')
    .description('bring back a removed secret, or an earlier version of one')
    .argument('<secret>', 'its title, group and title, or id')
    .option('--version <N>', 'make it look as in this version; the present look stays as a version')
    .option('--force', "change one of Orbit's own secrets all the same")
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample: orbit secret restore 'Core switch' --version 3")
    .action((wanted: string, options: Options) =>
      withHome(context, ({ vault }) => {
        const removed = options.version === undefined ? 'only' : 'with';
        const { id } = vault.find(wanted, { removed });
        vault.restore(id, {
          force: options.force === true,
          ...(options.version === undefined ? {} : { revision: Number(options.version) }),
        });
        const { title, revision } = vault.show(id);
        if (options.json) printJson(context, { id, title, revision });
        else printLine(context, `'${title}' is back (version ${revision})`);
      }),
    );
}
