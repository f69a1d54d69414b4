// `orbit recording hold`, `release`, `catalogue` and `layout`.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { formatCount } from '../../base/quantities.ts';
import { rebuildCatalogue } from '../../jobs/recording-catalogue.ts';
import { holdRecording, releaseRecording } from '../../recordings/catalogue/hold.ts';
import type { Layout } from '../../recordings/catalogue/layout.ts';
import {
  knownLayouts,
  layoutSchema,
  ownLayouts,
  removeLayout,
  saveLayout,
} from '../../recordings/catalogue/layouts.ts';
import { findRecording } from '../../recordings/catalogue/recording.ts';
import { keepsWords, setKeepsWords } from '../../recordings/catalogue/word-key.ts';
import type { CliContext } from '../context.ts';
import { deliverNow } from '../deliver-now.ts';
import { liveLine } from '../live-line.ts';
import { withHome } from '../open-home.ts';
import { printJson, printLine } from '../output.ts';
import { usageFailure } from '../usage.ts';
import { whoRuns } from './with-recording.ts';

/** `orbit recording hold` and `release`. */
export function holdCommands(context: CliContext): Command[] {
  const needed = (reason: string | undefined): string => {
    if (reason === undefined) throw usageFailure('a hold begins and ends with a reason', 'Give --reason TEXT.');
    return reason;
  };
  const hold = new Command('hold')
    .description('legal hold: never purge this recording at its source')
    .argument('<id>', 'the recording, or the first letters of its id')
    .option('--reason <text>', 'such as the number of a case')
    .addHelpText('after', "\nExample: orbit recording hold 4f2a --reason 'case 1234'")
    .action((id: string, { reason }: { reason?: string }) =>
      withHome(context, async (app) => {
        const recording = findRecording(app.store, id);
        holdRecording(app, recording.id, whoRuns(), needed(reason));
        printLine(context, `${recording.id} is held.`);
        await deliverNow(context, app);
      }),
    );
  const release = new Command('release')
    .description('end a legal hold')
    .argument('<id>', 'the recording, or the first letters of its id')
    .option('--reason <text>', 'why it ends')
    .addHelpText('after', "\nExample: orbit recording release 4f2a --reason 'case 1234 is closed'")
    .action((id: string, { reason }: { reason?: string }) =>
      withHome(context, async (app) => {
        const recording = findRecording(app.store, id);
        const was = releaseRecording(app, recording.id, whoRuns(), needed(reason));
        printLine(context, was ? `${recording.id} is held no longer.` : `${recording.id} was not held.`);
        await deliverNow(context, app);
      }),
    );
  return [hold, release];
}

/** `orbit recording catalogue`. */
export function catalogueCommand(context: CliContext): Command {
  const command = new Command('catalogue')
    .description('make the catalogue anew, choose what it keeps')
    .helpCommand(false);
  command
    .command('rebuild')
    .description('make the catalogue anew from the repositories alone')
    .option('--destination <name...>', 'only from these')
    .addHelpText('after', '\nExample: orbit recording catalogue rebuild')
    .action((options: { destination?: string[] }) =>
      withHome(context, async (app) => {
        const line = liveLine(context);
        const { recordings, destinations } = await rebuildCatalogue(app, {
          signal: context.signal,
          ...(options.destination === undefined ? {} : { destinations: options.destination }),
          report: (event) => {
            if (event.type === 'catalogued') line.show(`${formatCount(event.recordings)} recordings`);
            else if (event.type === 'destination') line.show(`${event.name}: ${event.snapshots} snapshots`);
          },
        });
        line.clear();
        printLine(
          context,
          `${formatCount(recordings)} recordings, from ${destinations.join(', ') || 'no destination'}.`,
        );
      }),
    );
  command
    .command('words [on-off]')
    .description('whether recordings are found by what was shown and typed: on or off; off forgets what was kept')
    .addHelpText('after', '\nExample: orbit recording catalogue words off')
    .action((choice: string | undefined) =>
      withHome(context, ({ store }) => {
        if (choice !== undefined && choice !== 'on' && choice !== 'off')
          throw usageFailure(`'${choice}' is neither on nor off`, 'Write on or off.');
        if (choice !== undefined) setKeepsWords(store, choice === 'on');
        const state = keepsWords(store) ? 'on' : 'off';
        printLine(context, `Words of recordings: ${state}.`);
        if (choice === 'on') printLine(context, 'Those taken in before: orbit recording catalogue rebuild.');
      }),
    );
  return command;
}

/** `orbit recording layout`. */
export function layoutCommand(context: CliContext): Command {
  const command = new Command('layout').description('how paths and side files tell of recordings').helpCommand(false);
  command
    .command('list')
    .description("list layouts, one's own before those built in")
    .option('--json', 'print JSON')
    .action((options: { json?: boolean }) =>
      withHome(context, ({ store }) => {
        const own = ownLayouts(store);
        if (options.json) return printJson(context, { own, builtIn: knownLayouts });
        for (const layout of [...own, ...knownLayouts]) {
          const side = layout.side?.map(({ path }) => path).join(', ') ?? '';
          printLine(
            context,
            `${layout.name.padEnd(20)} ${layout.path ?? '(any path)'}${side === '' ? '' : `  beside: ${side}`}`,
          );
        }
      }),
    );
  command
    .command('set <file>')
    .description('add or change a layout, given as JSON in a file (docs/recordings.md)')
    .addHelpText('after', '\nExample: orbit recording layout set pam-layout.json')
    .action((file: string) =>
      withHome(context, ({ store }) => {
        const layout = readLayout(file);
        saveLayout(store, layout);
        printLine(
          context,
          `Layout ${layout.name} is kept. Recordings taken in before: orbit recording catalogue rebuild.`,
        );
      }),
    );
  command
    .command('remove <name>')
    .description("remove a layout of one's own")
    .action((name: string) =>
      withHome(context, ({ store }) => {
        printLine(
          context,
          removeLayout(store, name) ? `Layout ${name} is gone.` : `There is no layout ${name} of one's own.`,
        );
      }),
    );
  return command;
}

function readLayout(file: string): Layout {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw usageFailure(`the file ${file} cannot be read`, 'Check its name and that you may read it.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw usageFailure(`${file} is no JSON`, 'See docs/recordings.md for an example.');
  }
  const parsed = layoutSchema.safeParse(value);
  if (parsed.success) return parsed.data as Layout;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw usageFailure(
    `${file} is no layout: ${faults.slice(0, 5).join('; ')}`,
    'See docs/recordings.md for an example.',
  );
}
