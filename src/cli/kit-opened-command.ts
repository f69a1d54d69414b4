// The face of `orbit kit opened`. What it does needs the database, and opening a kit must not: it is loaded when it is asked for.
import { Command } from 'commander';
import type { CliContext } from './context.ts';
import type { OpenedOptions } from './kit-opened.ts';
import { withOpeningOptions } from './kit-opening.ts';

/** `orbit kit opened [file]`: takes in an opening record, and lists the passwords to change. */
export function openedCommand(context: CliContext): Command {
  return withOpeningOptions(
    new Command('opened')
      .description(
        'take in an opening record with the recovery key, and list the passwords to change; without a file, the records so far',
      )
      .argument('[file]', 'orbit-opening-….age, or the id of a record that was taken in'),
  )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample: orbit kit opened orbit-opening-2026-11-23T03-12-44.age')
    .action(async (file: string | undefined, options: OpenedOptions) => {
      const { takeInOpening } = await import('./kit-opened.ts');
      await takeInOpening(context, file, options);
    });
}
