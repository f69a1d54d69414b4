// When repositories are read back by themselves, share by share.
import { z } from 'zod';
import { parseShare } from '../engine/maintain/rolling.ts';
import type { Store } from '../store/store.ts';
import { checkSchedule } from './schedule.ts';

const planSchema = z.strictObject({
  enabled: z.boolean(),
  /** Cron expression, in the machine's own time zone. */
  schedule: z.string(),
  /** How much each turn reads back: `1/30`, `5%`, `20G` or `30min`. */
  share: z.string(),
});

/** The plan of an instance. */
export type VerificationPlan = z.infer<typeof planSchema>;

/** Every day at 07:30, two hours after the daily runs; after thirty days everything was read back. */
export const defaultVerificationPlan: VerificationPlan = { enabled: true, schedule: '30 7 * * *', share: '1/30' };

const name = 'jobs:verification-plan';

/** The plan in force. */
export function verificationPlan(store: Store): VerificationPlan {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(name);
  return row === undefined ? defaultVerificationPlan : planSchema.parse(JSON.parse(String(row['value'])));
}

/** Changes the plan. @throws Failure `jobs.bad-schedule`, `check.bad-share` */
export function saveVerificationPlan(store: Store, plan: VerificationPlan): void {
  checkSchedule(plan.schedule);
  parseShare(plan.share);
  store.database
    .prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
    .run(name, JSON.stringify(planSchema.parse(plan)));
}
