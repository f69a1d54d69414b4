// The fields of a job's retention, the same in every face. Only zod here: the console imports these types too.
import { z } from 'zod';

const count = z.number().int().min(1).max(100_000).optional();
const span = z
  .string()
  .regex(/^(?=.)([1-9]\d{0,4}y)?([1-9]\d{0,4}m)?([1-9]\d{0,4}d)?([1-9]\d{0,4}h)?$/, 'a span such as 1y6m, 30d or 12h')
  .optional();
const tag = z.string().regex(/^[^\s,]{1,100}$/, 'a tag without spaces and commas');

/** The rules that count copies. */
export const countRules = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;

/** The rules that keep what is at most so much older than the newest: every copy, or one an hour, a day … */
export const spanRules = [
  'within',
  'withinHourly',
  'withinDaily',
  'withinWeekly',
  'withinMonthly',
  'withinYearly',
] as const;

/**
 * Which copies stay: the newest, one for each of so many hours, days …, one for each within a span, and those that carry all
 * tags of one of the lists. What any rule keeps stays; without any rule all stay.
 */
export const retentionFields = z.strictObject({
  last: count,
  hourly: count,
  daily: count,
  weekly: count,
  monthly: count,
  yearly: count,
  within: span,
  withinHourly: span,
  withinDaily: span,
  withinWeekly: span,
  withinMonthly: span,
  withinYearly: span,
  /** Snapshots of the system and of recordings only: a kit has no tags. */
  tags: z.array(z.array(tag).min(1).max(20)).min(1).max(50).optional(),
});

type Given<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

/** A job's retention. */
export type Retention = Given<z.infer<typeof retentionFields>>;
