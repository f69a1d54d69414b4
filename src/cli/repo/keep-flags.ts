// The flags of a retention policy, with restic's names.
import type { Command } from 'commander';
import { parseSpan, type CalendarSpan } from '../../engine/maintain/calendar-span.ts';
import type { KeepCount, RetentionPolicy } from '../../engine/maintain/retention-policy.ts';
import { usageFailure } from '../usage.ts';

/** The flags as commander gives them. */
export interface KeepFlags {
  keepLast?: string;
  keepHourly?: string;
  keepDaily?: string;
  keepWeekly?: string;
  keepMonthly?: string;
  keepYearly?: string;
  keepWithin?: string;
  keepWithinHourly?: string;
  keepWithinDaily?: string;
  keepWithinWeekly?: string;
  keepWithinMonthly?: string;
  keepWithinYearly?: string;
  keepTag?: string[];
}

/** Adds the flags to a command. */
export function withKeepFlags(command: Command): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  const counted = ['l last', 'H hourly', 'd daily', 'w weekly', 'm monthly', 'y yearly'];
  for (const each of counted) {
    const [letter, rule] = each.split(' ');
    const what = rule === 'last' ? 'snapshots' : `${rule} snapshots`;
    command.option(`-${letter}, --keep-${rule} <n>`, `keep the last n ${what}, or 'unlimited'`);
  }
  command.option('--keep-within <span>', 'keep what is at most so much older than the newest, such as 1y5m7d2h');
  for (const rule of ['hourly', 'daily', 'weekly', 'monthly', 'yearly'])
    command.option(`--keep-within-${rule} <span>`, `keep ${rule} snapshots within that span`);
  return command.option('--keep-tag <tag,…>', 'keep what has all of these tags (may be repeated)', collect);
}

/** The policy of the flags. @throws Failure `cli.usage`, `retention.bad-span` */
export function policyOf(flags: KeepFlags): RetentionPolicy {
  const count = (name: keyof KeepFlags): KeepCount => parseCount(flags[name] as string | undefined);
  const span = (name: keyof KeepFlags): CalendarSpan => {
    const text = flags[name];
    return typeof text === 'string' ? parseSpan(text) : { years: 0, months: 0, days: 0, hours: 0 };
  };
  return {
    last: count('keepLast'),
    hourly: count('keepHourly'),
    daily: count('keepDaily'),
    weekly: count('keepWeekly'),
    monthly: count('keepMonthly'),
    yearly: count('keepYearly'),
    within: span('keepWithin'),
    withinHourly: span('keepWithinHourly'),
    withinDaily: span('keepWithinDaily'),
    withinWeekly: span('keepWithinWeekly'),
    withinMonthly: span('keepWithinMonthly'),
    withinYearly: span('keepWithinYearly'),
    tags: (flags.keepTag ?? []).map((list) => list.split(',').map((tag) => tag.trim())),
  };
}

function parseCount(text: string | undefined): KeepCount {
  if (text === undefined) return 0;
  if (text === 'unlimited' || text === '-1') return 'unlimited';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usageFailure(`'${text}' is no number of snapshots`, "Use a whole number, or 'unlimited'.");
}
