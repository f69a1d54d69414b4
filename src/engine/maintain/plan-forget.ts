// Which snapshots go, group by group, and why the others stay: the policy, what is protected, and dates that are believed. Pure.
import { Failure } from '../../base/failure.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { SnapshotId } from '../ids.ts';
import { doubtfulDates, type DateEvidence } from './doubtful-dates.ts';
import { applyPolicy, isEmptyPolicy, type RetentionPolicy } from './retention-policy.ts';
import { defaultGroupBy, describeGroup, groupSnapshots, type GroupBy, type SnapshotGroup } from './snapshot-groups.ts';

/** A snapshot that stays whatever the policy says, such as for a legal hold. */
export interface Protection {
  snapshot: SnapshotId;
  reason: string;
}

/** What a plan takes into account besides the policy. */
export interface ForgetRules extends DateEvidence {
  /** Default: host and paths. */
  groupBy?: GroupBy;
  protect?: readonly Protection[];
  /** Whether a snapshot is a good one, as far as the caller knows. The newest good one of a group never goes. Default: all are. */
  isGood?: (snapshot: NamedSnapshot) => boolean;
  /** Goes by the policy alone, as stock restic does: no last good one, no doubt about dates. `protect` still counts. */
  policyOnly?: boolean;
}

/** A snapshot that stays, and why. */
export interface StayingSnapshot {
  snapshot: NamedSnapshot;
  reasons: string[];
}

/** What happens to one group, newest first. */
export interface PlannedGroup extends Omit<SnapshotGroup, 'snapshots'> {
  keep: StayingSnapshot[];
  remove: NamedSnapshot[];
}

/** What forgetting will do. */
export interface ForgetPlan {
  groups: PlannedGroup[];
  /** All snapshots that go. */
  remove: NamedSnapshot[];
  /** Snapshots whose dates are not believed: they stay, and push nothing out. */
  doubtful: { snapshot: NamedSnapshot; why: string }[];
}

/**
 * Applies a policy to every group.
 * @throws Failure `retention.empty-policy`, and `retention.keeps-nothing` when the policy would keep nothing of a group
 */
export function planForget(
  snapshots: readonly NamedSnapshot[],
  policy: RetentionPolicy,
  rules: ForgetRules,
): ForgetPlan {
  if (isEmptyPolicy(policy)) throw emptyPolicy();
  const doubts = rules.policyOnly === true ? new Map<SnapshotId, string>() : doubtfulDates(snapshots, rules);
  const groups = groupSnapshots(snapshots, rules.groupBy ?? defaultGroupBy).map((group) =>
    planGroup(group, policy, rules, doubts),
  );
  const doubtful = snapshots.flatMap((snapshot) => {
    const why = doubts.get(snapshot.id);
    return why === undefined ? [] : [{ snapshot, why }];
  });
  return { groups, remove: groups.flatMap(({ remove }) => remove), doubtful };
}

function planGroup(
  { snapshots, ...group }: SnapshotGroup,
  policy: RetentionPolicy,
  rules: ForgetRules,
  doubts: ReadonlyMap<SnapshotId, string>,
): PlannedGroup {
  const believed = snapshots.filter(({ id }) => !doubts.has(id));
  const decided = applyPolicy(believed, policy, rules.now);
  if (believed.length > 0 && decided.keep.length === 0) throw keepsNothing({ snapshots, ...group });
  const reasons = new Map(decided.keep.map((kept) => [kept.snapshot.id, kept.reasons]));
  const addReason = (id: SnapshotId, reason: string): void =>
    void reasons.set(id, [...(reasons.get(id) ?? []), reason]);
  for (const [id, why] of doubts) addReason(id, why);
  for (const { snapshot, reason } of rules.protect ?? []) addReason(snapshot, `protected: ${reason}`);
  const newestFirst = applyPolicy(snapshots, { last: 'unlimited' }, rules.now).keep.map(({ snapshot }) => snapshot);
  const lastGood = newestFirst.find((snapshot) => !doubts.has(snapshot.id) && (rules.isGood?.(snapshot) ?? true));
  const isLastGoodAtRisk = lastGood !== undefined && !reasons.has(lastGood.id) && rules.policyOnly !== true;
  if (isLastGoodAtRisk) addReason(lastGood.id, 'last good snapshot');
  return {
    ...group,
    keep: newestFirst.flatMap((snapshot) => {
      const why = reasons.get(snapshot.id);
      return why === undefined ? [] : [{ snapshot, reasons: why }];
    }),
    remove: newestFirst.filter(({ id }) => !reasons.has(id)),
  };
}

/**
 * A plan for snapshots that somebody named.
 * @throws Failure `retention.protected`, and `retention.last-snapshot` when nothing of a group would be left
 */
export function planForgetNamed(
  snapshots: readonly NamedSnapshot[],
  named: ReadonlySet<SnapshotId>,
  rules: Pick<ForgetRules, 'groupBy' | 'protect'> & { allowLast?: boolean },
): ForgetPlan {
  const hold = rules.protect?.find(({ snapshot }) => named.has(snapshot));
  if (hold !== undefined) throw protectedSnapshot(hold);
  const groups = groupSnapshots(snapshots, rules.groupBy ?? defaultGroupBy).flatMap((group): PlannedGroup[] => {
    const remove = group.snapshots.filter(({ id }) => named.has(id));
    if (remove.length === 0) return [];
    if (remove.length === group.snapshots.length && rules.allowLast !== true) throw lastSnapshot(group);
    const keep = group.snapshots.filter(({ id }) => !named.has(id)).map((snapshot) => ({ snapshot, reasons: [] }));
    const { host, paths, tags } = group;
    return [{ host, paths, tags, keep, remove }];
  });
  return { groups, remove: groups.flatMap(({ remove }) => remove), doubtful: [] };
}

function emptyPolicy(): Failure {
  return new Failure('retention.empty-policy', {
    message: 'the retention policy has no rule, so it would keep nothing',
    hint: 'Say what stays, for example the last 7 days, 5 weeks and 12 months.',
  });
}

function keepsNothing(group: SnapshotGroup): Failure {
  return new Failure('retention.keeps-nothing', {
    message: `the retention policy would keep none of the ${group.snapshots.length} snapshot(s) of ${describeGroup(group)}, so nothing was removed`,
    hint: 'Add a rule that holds for them, or remove them one by one by their ids if they are really not wanted.',
  });
}

function lastSnapshot(group: SnapshotGroup): Failure {
  return new Failure('retention.last-snapshot', {
    message: `nothing would be left of ${describeGroup(group)}`,
    hint: 'Make a newer backup first, or say --unsafe-allow-remove-all if nothing of it is wanted any more.',
  });
}

function protectedSnapshot({ snapshot, reason }: Protection): Failure {
  return new Failure('retention.protected', {
    message: `snapshot ${snapshot.slice(0, 8)} is protected: ${reason}`,
    hint: 'End the protection first, if you may.',
    facts: { snapshot },
  });
}
