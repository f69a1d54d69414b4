// What `orbit repo forget` says: group by group what stays and why, what goes, and what is lost by that.
import type { NamedSnapshot } from '../../engine/format/snapshot-types.ts';
import type { RetentionResult } from '../../engine/maintain/apply-retention.ts';
import type { ForgetPlan, PlannedGroup } from '../../engine/maintain/plan-forget.ts';
import { describeGroup } from '../../engine/maintain/snapshot-groups.ts';
import type { CliContext } from '../context.ts';
import { printJson, printLine, table } from '../output.ts';
import { printPruneNumbers } from './prune-flags.ts';
import { shortTags } from './short-tags.ts';

/** Prints a plan: before anything is removed, so that an interrupted command has said what it was about to do. */
export function printForgetPlan(context: CliContext, { groups, doubtful }: ForgetPlan, dryRun: boolean): void {
  for (const group of groups) printGroup(context, group, dryRun);
  if (doubtful.length > 0)
    printLine(
      context,
      `${doubtful.length} snapshot(s) have dates that cannot be true; they stay and were not counted (--trust-dates counts them)`,
    );
}

/** Prints what became of a plan. */
export function printForgetResult(context: CliContext, result: RetentionResult, dryRun: boolean): void {
  const went = dryRun ? 'would go' : 'are gone';
  printLine(context, `${result.removedSnapshots} snapshot(s) ${went}, ${result.keptSnapshots} stay`);
  if (result.numbers !== undefined) printPruneNumbers(context, result.numbers, !dryRun);
  else if (result.removedSnapshots > 0) printLine(context, 'their data stays until `orbit repo prune`, or --prune');
  if (dryRun) printLine(context, 'nothing was removed: this was a dry run');
}

/** Prints both as JSON: a line as restic's, and one more for what was freed. */
export function printForgetJson(context: CliContext, { forget, numbers }: RetentionResult, dryRun: boolean): void {
  printJson(context, forget.groups.map(groupJson));
  if (numbers !== undefined) printJson(context, { message_type: 'prune', dry_run: dryRun, ...numbers });
}

function printGroup(context: CliContext, group: PlannedGroup, dryRun: boolean): void {
  const { keep, remove } = group;
  printLine(context, describeGroup({ ...group, snapshots: [] }));
  if (keep.length > 0) {
    const rows = keep.map(({ snapshot, reasons }) => [...shortRow(snapshot), reasons.join(', ')]);
    printLine(context, `  keep ${keep.length}:`);
    for (const line of table(['ID', 'Time', 'Tags', 'Why'], rows)) printLine(context, `    ${line}`);
  }
  if (remove.length > 0) {
    printLine(context, `  ${dryRun ? 'would remove' : 'remove'} ${remove.length}:`);
    for (const line of table(['ID', 'Time', 'Tags'], remove.map(shortRow))) printLine(context, `    ${line}`);
    printLine(context, `  ${describeLoss(group)}`);
  }
  printLine(context);
}

function describeLoss({ keep, remove }: PlannedGroup): string {
  const days = (snapshots: NamedSnapshot[]): string[] => snapshots.map(({ time }) => time.slice(0, 10)).sort();
  const gone = days(remove);
  const staying = days(keep.map(({ snapshot }) => snapshot));
  const earliest = staying[0] === undefined ? 'nothing stays' : `the earliest that stays is of ${staying[0]}`;
  const range = gone[0] === gone.at(-1) ? `of ${gone[0]}` : `from ${gone[0]} to ${gone.at(-1)}`;
  return `lost: ${gone.length} state(s) ${range}; ${earliest}`;
}

function shortRow({ id, time, tags }: NamedSnapshot): string[] {
  return [id.slice(0, 8), time.slice(0, 19).replace('T', ' '), shortTags(tags)];
}

function groupJson({ host, paths, tags, keep, remove }: PlannedGroup): object {
  const shown = (snapshot: NamedSnapshot): object => ({ ...snapshot, short_id: snapshot.id.slice(0, 8) });
  return {
    tags: tags.length === 0 ? null : tags,
    host,
    paths,
    keep: keep.map(({ snapshot }) => shown(snapshot)),
    remove: remove.map(shown),
    reasons: keep.map(({ snapshot, reasons }) => ({ snapshot: shown(snapshot), matches: reasons })),
  };
}
