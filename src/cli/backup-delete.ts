// `orbit backup delete`: snapshots that a person chose go for good, as in the console: shown first, then exactly that, or nothing.
import { Command, Option } from 'commander';
import { tellNote } from '../base/note.ts';
import { formatBytes, formatCount, formatMinute } from '../base/quantities.ts';
import { deleteSnapshots, planDeletionAt, type PlacedDeletion } from '../jobs/deletion-desk.ts';
import type { StayReason } from '../jobs/deletion-plan.ts';
import type { RepositoryKind } from '../jobs/job.ts';
import { actor } from './actor.ts';
import { ask, canAsk } from './ask.ts';
import type { SetExitCode } from './commands.ts';
import type { CliContext } from './context.ts';
import { deliverNow } from './deliver-now.ts';
import { withHome } from './open-home.ts';
import { exitCodes, printJson, printLine, table } from './output.ts';
import { usageFailure } from './usage.ts';

interface DeleteOptions {
  destination: string;
  kind: RepositoryKind;
  reason?: string;
  free?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** `orbit backup delete SNAPSHOT… --destination NAME --reason TEXT`. Exit code 3 of a dry run: some must stay. */
export function backupDeleteCommand(context: CliContext, setExitCode: SetExitCode): Command {
  return new Command('delete')
    .description(
      'delete snapshots for good at one destination: all that are named, or none; the newest, the newest good one and held ones never',
    )
    .argument('<snapshots...>', 'their ids, or the beginnings of them')
    .requiredOption('--destination <name>', 'where')
    .addOption(new Option('--kind <kind>', 'of which backup').choices(['system', 'recordings']).default('system'))
    .option('--reason <text>', 'why, for the audit trail and whoever is told')
    .option('--free', 'free the data that only they held as well')
    .option('-n, --dry-run', 'say what would go and what must stay, delete nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      "\nExample: orbit backup delete 3f9a12cd --destination nas --reason 'the wrong folder was backed up' --dry-run",
    )
    .action((ids: string[], options: DeleteOptions) =>
      withHome(context, async (app) => {
        const { signal } = context;
        const copy = { kind: options.kind, destination: options.destination };
        const plan = await planDeletionAt(app, { copy, chosen: new Set(ids) }, { signal });
        if (!options.json) for (const line of planLines(plan)) printLine(context, line);
        if (options.dryRun) {
          if (plan.stay.length > 0 || plan.appendOnly !== undefined) setExitCode(exitCodes.partial);
          return options.json ? printJson(context, { ...plan, dryRun: true }) : undefined;
        }
        const reason = options.reason?.trim() ?? '';
        if (reason.length < 3)
          throw usageFailure('there is no reason', "Say why: --reason 'the wrong folder was backed up'.");
        const named = [...plan.remove, ...plan.stay.map(({ snapshot }) => snapshot)];
        if (plan.stay.length === 0 && plan.appendOnly === undefined) await confirm(context, plan, options);
        try {
          const done = await deleteSnapshots(
            app,
            { copy, chosen: new Set(named.map(({ id }) => id)) },
            {
              by: actor(),
              reason,
              frees: options.free === true,
              signal,
            },
          );
          if (options.json) return printJson(context, { ...done, removed: done.removed.map(({ id }) => id) });
          const freed = options.free ? `, ${formatBytes(done.freedBytes)} freed` : '';
          printLine(context, `${formatCount(done.removed.length)} deleted, ${formatCount(done.left)} left${freed}`);
        } finally {
          await deliverNow(context, app);
        }
        return undefined;
      }),
    );
}

function planLines({ remove, stay, left, appendOnly }: PlacedDeletion): string[] {
  const rows = [
    ...remove.map(({ id, time }) => [id.slice(0, 8), formatMinute(time), 'goes for good']),
    ...stay.map(({ snapshot: { id, time }, reasons }) => [
      id.slice(0, 8),
      formatMinute(time),
      `must stay: ${reasons.map(reasonText).join('; ')}`,
    ]),
  ];
  return [
    ...table(['SNAPSHOT', 'TIME', 'WHAT'], rows),
    ...(appendOnly === undefined ? [] : [tellNote(appendOnly, 'en')]),
    `${formatCount(left)} snapshot(s) would be left`,
  ];
}

function reasonText(reason: StayReason): string {
  if (reason.why === 'held') return reason.reason;
  return reason.why === 'newest' ? 'the newest of its machine' : 'the newest that is known to be good';
}

async function confirm(context: CliContext, { remove }: PlacedDeletion, options: DeleteOptions): Promise<void> {
  if (options.yes) return;
  const what = `${formatCount(remove.length)} snapshot(s) at ${options.destination}`;
  if (!canAsk(context)) throw usageFailure(`nobody can be asked whether ${what} shall go`, 'Add --yes.');
  const answer = await ask(context, `Type ${options.destination} to delete ${what} for good: `);
  if (answer !== options.destination)
    throw usageFailure('it was not confirmed: nothing was deleted', 'Run it again, or add --yes.');
}
