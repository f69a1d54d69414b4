// The rule of a job's retention: what an administrator writes, in every face, and what it means to the engine. Pure.
import { Failure } from '../base/failure.ts';
import { parseSpan } from '../engine/maintain/calendar-span.ts';
import type { RetentionPolicy } from '../engine/maintain/retention-policy.ts';
import { type Retention, countRules, retentionFields, spanRules } from './retention-fields.ts';

/** The same fields, those that are absent left out. */
export const retentionRule = retentionFields.transform(
  (rule) => Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)) as Retention,
);

/** What the rule means to the engine. */
export function policyOfRule({ tags, ...rule }: Retention): RetentionPolicy {
  const policy: RetentionPolicy = tags === undefined ? {} : { tags };
  for (const name of countRules) if (rule[name] !== undefined) policy[name] = rule[name];
  for (const name of spanRules) if (rule[name] !== undefined) policy[name] = parseSpan(rule[name]);
  return policy;
}

/** True when `after` lets go of what `before` kept: whoever keeps all keeps most; else less of any rule is less. */
export function keepsLess(before: Retention | undefined, after: Retention | undefined): boolean {
  if (after === undefined) return false;
  if (before === undefined) return true;
  const kept = new Set(after.tags?.map(listName));
  return (
    countRules.some((rule) => (after[rule] ?? 0) < (before[rule] ?? 0)) ||
    spanRules.some((rule) => hoursOf(after[rule]) < hoursOf(before[rule])) ||
    (before.tags ?? []).some((list) => !kept.has(listName(list)))
  );
}

const daysOfRule = { last: 0, hourly: 1 / 24, daily: 1, weekly: 7, monthly: 31, yearly: 366 } as const;

/** For how many days a copy may stay by the rule, when there is one in each period; Infinity where it may stay for good. */
export function daysKept(rule: Retention | undefined): number {
  if (rule === undefined || rule.tags !== undefined) return Number.POSITIVE_INFINITY;
  const counted = countRules.map((name) => (rule[name] ?? 0) * daysOfRule[name]);
  const spanned = spanRules.map((name) => hoursOf(rule[name]) / 24);
  return Math.ceil(Math.max(...counted, ...spanned));
}

/** The rule in a few words, such as `7 daily, within 30d`. */
export function describeRetention(rule: Retention | undefined): string {
  if (rule === undefined) return 'every copy';
  const counted = countRules.flatMap((name) => (rule[name] === undefined ? [] : [`${rule[name]} ${name}`]));
  const spanned = spanRules.flatMap((name) => {
    const words = name === 'within' ? 'within' : `${name.slice('within'.length).toLowerCase()} within`;
    return rule[name] === undefined ? [] : [`${words} ${rule[name]}`];
  });
  return [...counted, ...spanned, ...(rule.tags ?? []).map((list) => `tagged ${list.join('+')}`)].join(', ');
}

/** @throws Failure `jobs.not-of-kind` when kits are to be kept by tags, which they do not have */
export function checkRetention(kind: string, rule: Retention | undefined): void {
  if (kind !== 'secrets' || rule?.tags === undefined) return;
  throw new Failure('jobs.not-of-kind', {
    message: 'kits have no tags, so they cannot be kept by tags',
    hint: 'Keep them by number or span; orbit backup protect and orbit backup hold keep single kits.',
  });
}

function listName(list: readonly string[]): string {
  return [...list].sort().join(' ');
}

// Near enough to compare: a month counts as 30 days, and a year as 365.
function hoursOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const { years, months, days, hours } = parseSpan(text);
  return (years * 365 + months * 30 + days) * 24 + hours;
}
