// `orbit repo forget`
import { Command } from 'commander';
import { note } from '../../base/note.ts';
import { type OrbitEvent, orbitEvent } from '../../base/event.ts';
import { carryOutForget } from '../../engine/maintain/apply-retention.ts';
import { snapshotStoringDates } from '../../engine/maintain/forget.ts';
import { planForget, planForgetNamed, type ForgetPlan, type Protection } from '../../engine/maintain/plan-forget.ts';
import { parseGroupBy } from '../../engine/maintain/snapshot-groups.ts';
import type { NamedSnapshot } from '../../engine/format/snapshot-types.ts';
import type { Repository } from '../../engine/repository/repository.ts';
import { chooseSnapshot } from '../../engine/repository/snapshot-choice.ts';
import type { SetExitCode } from '../commands.ts';
import { actor } from '../actor.ts';
import type { CliContext } from '../context.ts';
import { requireApprovalAtHome } from '../four-eyes.ts';
import { protectionsAtHome } from '../holds-at-home.ts';
import { tellHome } from '../tell-home.ts';
import { printForgetJson, printForgetPlan, printForgetResult } from './forget-view.ts';
import { policyOf, withKeepFlags, type KeepFlags } from './keep-flags.ts';
import { maintenanceLine } from './maintenance-line.ts';
import {
  refuseUnlocked,
  repositoryName,
  withLockedRepository,
  withRepositoryFlags,
  type RepositoryFlags,
} from './open.ts';
import { printLeftBehind, pruneOptionsOf, withPruneFlags, type PruneFlags } from './prune-flags.ts';
import { passesFilter, type SnapshotFilter } from './snapshots.ts';

interface ForgetFlags extends RepositoryFlags, KeepFlags, PruneFlags, SnapshotFilter {
  groupBy: string;
  prune?: boolean;
  dryRun?: boolean;
  trustDates?: boolean;
  unsafeAllowRemoveAll?: boolean;
}

/** `orbit repo forget`: removes snapshots by a policy, or those that are named. */
export function forgetCommand(context: CliContext, setExitCode: SetExitCode): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  const command = new Command('forget')
    .description('remove snapshots that a policy lets go, or that are named')
    .argument('[ids...]', 'only these snapshots, whatever the policy')
    .option('--host <host>', 'only of this host (may be repeated)', collect)
    .option('--tag <tag,…>', 'only with all of these tags (repeated: or with these)', collect)
    .option('--path <path>', 'only those that hold this path (repeated: all of them)', collect)
    .option('-g, --group-by <group>', "what the policy looks at together: host, paths, tags, or ''", 'host,paths')
    .option('--prune', 'free the data as well when snapshots went')
    .option('-n, --dry-run', 'show the plan, remove nothing')
    .option('--trust-dates', 'count snapshots that lie in the future or were dated back as well')
    .option('--unsafe-allow-remove-all', 'let the last snapshot of a host and its paths go when it is named');
  return withRepositoryFlags(withPruneFlags(withKeepFlags(command)))
    .addHelpText(
      'after',
      '\nExample: orbit repo forget -r /srv/backup -p backup.password --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --prune --dry-run',
    )
    .action(async (ids: string[], flags: ForgetFlags) => {
      const dryRun = flags.dryRun === true;
      if (!dryRun) refuseUnlocked(flags);
      const line = maintenanceLine(context, flags.json === true);
      const result = await withLockedRepository(context, flags, { exclusive: !dryRun }, async (repository, signal) => {
        const all = await repository.listSnapshots({ signal });
        const protect = await protectionsAtHome(context, all);
        const plan = await planOf(repository, all, ids, flags, signal, protect);
        if (flags.json !== true) printForgetPlan(context, plan, dryRun);
        if (!dryRun && plan.remove.length > 0) {
          const detail = plan.remove
            .map(({ id }) => id)
            .sort()
            .join(' ');
          const repository = repositoryName(context, flags);
          const subject = note('approval.snapshots', { count: plan.remove.length, repository });
          await requireApprovalAtHome(context, { action: 'backup.delete', subject, detail });
        }
        const prune = flags.prune === true && plan.remove.length > 0 ? 'always' : 'never';
        const options = { ...pruneOptionsOf(flags), now: new Date(), dryRun, signal, report: line.report };
        const done = await carryOutForget(repository, plan, all.length, { ...options, prune });
        if (!dryRun) await tellHome(context, () => deletedEvents(plan, repository.backend.location, options.now));
        return done;
      }).finally(line.end);
      if (flags.json) printForgetJson(context, result, dryRun);
      else printForgetResult(context, result, dryRun);
      printLeftBehind(context, result, setExitCode);
    });
}

function deletedEvents({ remove }: ForgetPlan, destination: string, now: Date): OrbitEvent[] {
  return remove.map(({ id }) => orbitEvent('backup.deleted', { ...actor(), snapshot: id, destination }, now));
}

async function planOf(
  repository: Repository,
  all: NamedSnapshot[],
  ids: string[],
  flags: ForgetFlags,
  signal: AbortSignal,
  protect: readonly Protection[],
): Promise<ForgetPlan> {
  const groupBy = parseGroupBy(flags.groupBy);
  if (ids.length > 0) {
    const named = new Set(ids.map((id) => chooseSnapshot(all, id).id));
    return planForgetNamed(all, named, { protect, allowLast: flags.unsafeAllowRemoveAll === true });
  }
  const snapshots = all.filter((snapshot) => passesFilter(snapshot, flags));
  const rules = { groupBy, now: new Date(), protect };
  if (flags.trustDates)
    return planForget(snapshots, policyOf(flags), { ...rules, known: new Set(all.map(({ id }) => id)) });
  const storedAt = await snapshotStoringDates(repository, snapshots, { signal });
  return planForget(snapshots, policyOf(flags), { ...rules, ...(storedAt === undefined ? {} : { storedAt }) });
}
