// The flags of a job's retention: restic's names, one writing for the command line as for the API.
import type { Command } from 'commander';
import { type Retention, countRules, spanRules } from '../jobs/retention-fields.ts';
import { retentionRule } from '../jobs/retention-rule.ts';
import { usageFailure } from './usage.ts';

type RuleFlag = `keep${Capitalize<(typeof countRules)[number] | (typeof spanRules)[number]>}`;

/** The flags as commander gives them. */
export type JobKeepFlags = { [Flag in RuleFlag]?: string } & { keepTag?: string[]; keepAll?: boolean };

/** Adds the flags to `orbit job set`. */
export function withJobKeepFlags(command: Command): Command {
  command.option('--keep-last <n>', 'let go of copies after a run, but keep the newest n');
  for (const [rule, period] of Object.entries(periods))
    command.option(`--keep-${rule} <n>`, `and one for each of the newest n ${period}`);
  command.option('--keep-within <span>', 'and what is at most so much older than the newest, such as 1y6m or 30d');
  for (const [rule, period] of Object.entries(periods))
    command.option(`--keep-within-${rule} <span>`, `and one for each of the ${period} of that span`);
  return command
    .option('--keep-tag <tags...>', 'and snapshots with all tags of a list such as quarter,audit (not kits)')
    .option('--keep-all', 'let go of nothing (as it is without any of these)');
}

const periods = { hourly: 'hours', daily: 'days', weekly: 'weeks', monthly: 'months', yearly: 'years' };

/** The retention of the flags. It is given whole: what one call names replaces what was there. @throws Failure `cli.usage` */
export function retentionOf(before: Retention | undefined, flags: JobKeepFlags): { retention?: Retention } {
  const flag = (rule: string): RuleFlag => `keep${rule.charAt(0).toUpperCase()}${rule.slice(1)}` as RuleFlag;
  const rules = [
    ...countRules.map((rule) => [rule, countOf(flags[flag(rule)])] as const),
    ...spanRules.map((rule) => [rule, flags[flag(rule)]] as const),
    ['tags', flags.keepTag?.map((list) => list.split(','))] as const,
  ].filter(([, value]) => value !== undefined);
  if (flags.keepAll === true && rules.length > 0)
    throw usageFailure('--keep-all contradicts the other --keep flags', 'Give one.');
  if (flags.keepAll === true) return {};
  if (rules.length === 0) return before === undefined ? {} : { retention: before };
  const parsed = retentionRule.safeParse(Object.fromEntries(rules));
  if (parsed.success) return { retention: parsed.data };
  const [fault] = parsed.error.issues;
  throw usageFailure(
    `this retention cannot be used: ${String(fault?.path[0])}: ${fault?.message}`,
    'Spans are written as 1y6m, 30d or 12h; lists of tags as quarter,audit.',
  );
}

function countOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw usageFailure(`'${text}' is not a number of copies`, 'Give a whole number from 1, such as --keep-daily 7.');
}
