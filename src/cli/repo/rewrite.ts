// `orbit repo rewrite`
import { Command } from 'commander';
import { note } from '../../base/note.ts';
import { orbitEvent } from '../../base/event.ts';
import { formatBytes, formatCount } from '../../base/quantities.ts';
import { Exclusions } from '../../engine/backup/exclusions.ts';
import type { SnapshotId } from '../../engine/ids.ts';
import { type Rewritten, rewriteSnapshots, type RewriteEvent } from '../../engine/maintain/rewrite.ts';
import { chooseSnapshot } from '../../engine/repository/snapshot-choice.ts';
import type { SetExitCode } from '../commands.ts';
import { actor } from '../actor.ts';
import type { CliContext } from '../context.ts';
import { requireApprovalAtHome } from '../four-eyes.ts';
import { heldAtHome } from '../holds-at-home.ts';
import { exitCodes, printJson, printLine } from '../output.ts';
import { tellHome } from '../tell-home.ts';
import { usageFailure } from '../usage.ts';
import {
  refuseUnlocked,
  repositoryName,
  withLockedRepository,
  withRepositoryFlags,
  type RepositoryFlags,
} from './open.ts';
import { type PatternFlags, patternsOf, withPatternFlags } from './pattern-flags.ts';
import { passesFilter, withSnapshotFilter, type SnapshotFilter } from './snapshots.ts';

interface RewriteFlags extends RepositoryFlags, SnapshotFilter, PatternFlags {
  dryRun?: boolean;
  forget?: boolean;
}

/** `orbit repo rewrite`: takes files out of snapshots. Exit code 3 when some had to stay as they are. */
export function rewriteCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const command = new Command('rewrite')
    .description('take files out of snapshots: new ones without them stand beside the old ones, or in their place')
    .argument('[ids...]', 'only these snapshots, or latest; without it all that pass the filter')
    .option('--forget', 'remove the old snapshots once the new ones are proved; prune then frees the data')
    .option('-n, --dry-run', 'say what would be taken out, write nothing');
  return withSnapshotFilter(withPatternFlags(withRepositoryFlags(command)))
    .addHelpText(
      'after',
      '\nExample: orbit repo rewrite -r /srv/backup -p backup.password --exclude /etc/passwords.txt --forget --dry-run',
    )
    .action(async (ids: string[], flags: RewriteFlags) => {
      const isDry = flags.dryRun === true;
      const patterns = patternsOf(context, flags);
      if (patterns.exclude.length + patterns.iexclude.length === 0)
        throw usageFailure('nothing is to be taken out', 'Say what, with --exclude, --iexclude or their files.');
      if (!isDry) refuseUnlocked(flags);
      if (!isDry && flags.forget === true) {
        const taken = [...patterns.exclude, ...patterns.iexclude].join(', ');
        const subject = note('approval.rewritten', { repository: repositoryName(context, flags), patterns: taken });
        await requireApprovalAtHome(context, { action: 'backup.delete', subject, detail: ids.toSorted().join(' ') });
      }
      const told = (event: RewriteEvent): void => {
        if (event.type !== 'entry-taken-out' || flags.json) return;
        const what = isDry ? 'would take out' : 'took out';
        printLine(
          context,
          `${what} ${event.path} (snapshot ${event.snapshot.slice(0, 8)}, ${formatBytes(event.bytes)})`,
        );
      };
      const result = await withLockedRepository(context, flags, { exclusive: !isDry }, async (repository, signal) => {
        const all = await repository.listSnapshots({ signal });
        const named = ids.length === 0 ? undefined : new Set(ids.map((id) => chooseSnapshot(all, id).id));
        const done = await rewriteSnapshots(repository, {
          unwanted: new Exclusions(patterns),
          dryRun: isDry,
          forget: flags.forget === true,
          heldOf: (snapshots) => heldAtHome(context, snapshots),
          isWanted: (snapshot) => named?.has(snapshot.id) !== false && passesFilter(snapshot, flags),
          signal,
          report: told,
        });
        const destination = repository.backend.location;
        const deleted = (snapshot: SnapshotId) =>
          orbitEvent('backup.deleted', { ...actor(), snapshot, destination }, new Date());
        if (done.forgotten.length > 0) await tellHome(context, () => done.forgotten.map(deleted));
        return done;
      });
      if (result.kept.length + result.emptied.length + result.damaged.length > 0) setExitCode(exitCodes.partial);
      if (flags.json) printJson(context, { ...result, dryRun: isDry });
      else printResult(context, result, flags);
    });
}

function printResult(context: CliContext, result: Rewritten, { dryRun = false, forget = false }: RewriteFlags): void {
  const { snapshots, entries, replaced, alreadyReplaced, forgotten, kept, emptied, damaged } = result;
  for (const { from, to } of replaced)
    printLine(
      context,
      to === undefined
        ? `would make snapshot ${from.slice(0, 8)} anew`
        : `snapshot ${to.slice(0, 8)} is ${from.slice(0, 8)} without them`,
    );
  for (const id of alreadyReplaced) printLine(context, `snapshot ${id.slice(0, 8)} was rewritten so before`);
  for (const id of forgotten) printLine(context, `removed snapshot ${id.slice(0, 8)}`);
  for (const id of kept) printLine(context, `snapshot ${id.slice(0, 8)} is held or protected: the old one stays`);
  for (const id of emptied)
    printLine(context, `nothing would be left of snapshot ${id.slice(0, 8)}: it stays. orbit repo forget removes it.`);
  for (const { snapshot, failure } of damaged)
    printLine(context, `snapshot ${snapshot.slice(0, 8)} stays: ${failure.message}`);
  if (entries === 0) return printLine(context, `${formatCount(snapshots)} snapshot(s) hold nothing of it`);
  if (dryRun) return printLine(context, 'nothing was written: this was a dry run');
  if (forget) return printLine(context, 'The data is freed by: orbit repo prune');
  printLine(context, 'The old snapshots are still there, with everything in them; --forget removes them.');
}
