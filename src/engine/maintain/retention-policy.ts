// Which snapshots of one group stay, by restic's rules to the letter (restic internal/data/snapshot_policy.go). Pure.
import assert from 'node:assert/strict';
import { parseNodeTime, type NodeTime } from '../format/node-time.ts';
import type { Snapshot } from '../format/snapshot-types.ts';
import { formatSpan, isNoSpan, momentBefore, periodsOf, type CalendarSpan, type Periods } from './calendar-span.ts';

/** How many are kept: a whole number, or all. 0 switches the rule off. */
export type KeepCount = number | 'unlimited';

/** A snapshot stays when one rule wants it. Spans count back from the newest snapshot that is not in the future. */
export interface RetentionPolicy {
  last?: KeepCount;
  hourly?: KeepCount;
  daily?: KeepCount;
  weekly?: KeepCount;
  monthly?: KeepCount;
  yearly?: KeepCount;
  within?: CalendarSpan;
  withinHourly?: CalendarSpan;
  withinDaily?: CalendarSpan;
  withinWeekly?: CalendarSpan;
  withinMonthly?: CalendarSpan;
  withinYearly?: CalendarSpan;
  /** Stays when it has every tag of one of these lists. An empty tag means: has no tags. */
  tags?: string[][];
}

/** The rules that count. */
export type CountedRule = 'last' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly';

/** A snapshot that stays, why, and what the counted rules have left after it (-1: unlimited). */
export interface KeptSnapshot<Kind> {
  snapshot: Kind;
  /** In restic's words, such as `daily snapshot` or `within 7d`. */
  reasons: string[];
  counters: Record<CountedRule, number>;
}

/** What a policy does to a group, newest first. */
export interface PolicyResult<Kind> {
  keep: KeptSnapshot<Kind>[];
  remove: Kind[];
}

type Dated = Pick<Snapshot, 'time' | 'tags'>;

interface Moment<Kind> {
  snapshot: Kind;
  time: NodeTime;
  periods: Periods;
}

// A bucket takes the newest snapshot of each of its periods. `last` has a period of its own for each snapshot.
interface Bucket {
  rule: string;
  period: keyof Periods | 'each';
  /** Snapshots still to be taken; -1 without limit. */
  left: number;
  /** Only later moments count, in nanoseconds. */
  after: bigint | undefined;
  span: string;
  lastPeriod: number;
}

const countedRules: [rule: CountedRule, period: Bucket['period'], words: string][] = [
  ['last', 'each', 'last snapshot'],
  ['hourly', 'hour', 'hourly snapshot'],
  ['daily', 'day', 'daily snapshot'],
  ['weekly', 'week', 'weekly snapshot'],
  ['monthly', 'month', 'monthly snapshot'],
  ['yearly', 'year', 'yearly snapshot'],
];
const spanRules = [
  ['withinHourly', 'hour', 'hourly within'],
  ['withinDaily', 'day', 'daily within'],
  ['withinWeekly', 'week', 'weekly within'],
  ['withinMonthly', 'month', 'monthly within'],
  ['withinYearly', 'year', 'yearly within'],
] as const;

/** True when no rule is set: such a policy would remove everything. */
export function isEmptyPolicy(policy: RetentionPolicy): boolean {
  const isCounting = countedRules.some(([rule]) => countOf(policy[rule]) !== 0);
  const isSpanning = !isNoSpan(policy.within) || spanRules.some(([rule]) => !isNoSpan(policy[rule]));
  return !isCounting && !isSpanning && (policy.tags ?? []).length === 0;
}

/** Applies the policy to the snapshots of one group, given in any order. `now` tells which lie in the future. */
export function applyPolicy<Kind extends Dated>(
  snapshots: readonly Kind[],
  policy: RetentionPolicy,
  now: Date,
): PolicyResult<Kind> {
  const moments = snapshots
    .map(momentOf)
    .sort((a, b) => (a.time.ns === b.time.ns ? 0 : a.time.ns > b.time.ns ? -1 : 1));
  const nowNs = BigInt(now.getTime()) * 1_000_000n;
  const latest = moments.find(({ time }) => time.ns < nowNs)?.time ?? { ns: goZeroTime, offsetMinutes: 0 };
  const counted = countedRules.map(([rule, period, words]): Bucket => {
    return { rule: words, period, left: countOf(policy[rule]), after: undefined, span: '', lastPeriod: -1 };
  });
  const spanning = spanRules.flatMap(([rule, period, words]): Bucket[] => {
    const span = policy[rule];
    if (isNoSpan(span)) return [];
    const after = momentBefore(latest, span);
    return [{ rule: words, period, left: -1, after, span: ` ${formatSpan(span)}`, lastPeriod: -1 }];
  });
  const within = isNoSpan(policy.within) ? undefined : policy.within;
  const withinAfter = within && momentBefore(latest, within);

  const result: PolicyResult<Kind> = { keep: [], remove: [] };
  moments.forEach((moment, number) => {
    const reasons: string[] = [];
    for (const list of policy.tags ?? [])
      if (hasTags(moment.snapshot, list)) reasons.push(`has tags [${list.join(', ')}]`);
    if (within !== undefined && withinAfter !== undefined && moment.time.ns > withinAfter)
      reasons.push(`within ${formatSpan(within)}`);
    const isOldest = number === moments.length - 1;
    for (const bucket of [...counted, ...spanning]) {
      const reason = fill(bucket, moment, number, isOldest);
      if (reason !== undefined) reasons.push(reason);
    }
    if (reasons.length === 0) result.remove.push(moment.snapshot);
    else result.keep.push({ snapshot: moment.snapshot, reasons, counters: countersOf(counted) });
  });
  return result;
}

// The oldest snapshot of all fills a bucket that has room, even in a period that is filled: history stays as long as it can.
function fill<Kind>(
  bucket: Bucket,
  { time, periods }: Moment<Kind>,
  number: number,
  isOldest: boolean,
): string | undefined {
  if (bucket.left === 0 || (bucket.after !== undefined && time.ns <= bucket.after)) return undefined;
  const period = bucket.period === 'each' ? number : periods[bucket.period];
  const isNewPeriod = period !== bucket.lastPeriod;
  if (!isNewPeriod && !isOldest) return undefined;
  bucket.lastPeriod = period;
  if (bucket.left > 0) bucket.left -= 1;
  return `${isNewPeriod ? '' : 'oldest '}${bucket.rule}${bucket.span}`;
}

/** True when the snapshot has every tag of the list; an empty tag means that it has none. */
export function hasTags({ tags = [] }: Pick<Snapshot, 'tags'>, list: readonly string[]): boolean {
  for (const tag of list) {
    if (tag === '' && tags.length === 0) return true;
    if (!tags.includes(tag)) return false;
  }
  return true;
}

// restic takes Go's zero time for the newest when every snapshot lies in the future.
const goZeroTime = BigInt(new Date('0001-01-01T00:00:00Z').getTime()) * 1_000_000n;

function momentOf<Kind extends Dated>(snapshot: Kind): Moment<Kind> {
  const time = parseNodeTime(snapshot.time);
  assert.ok(time !== undefined, 'a snapshot was read with a time that is none');
  return { snapshot, time, periods: periodsOf(time) };
}

function countOf(count: KeepCount | undefined): number {
  return count === 'unlimited' ? -1 : (count ?? 0);
}

function countersOf(buckets: Bucket[]): Record<CountedRule, number> {
  const entries = countedRules.map(([rule], at) => [rule, buckets[at]?.left ?? 0] as const);
  return Object.fromEntries(entries) as Record<CountedRule, number>;
}
