// When drills are held by themselves, and when people are reminded of theirs.
import { z } from 'zod';
import type { Store } from '../store/store.ts';
import { checkSchedule } from './schedule.ts';

const planSchema = z.strictObject({
  enabled: z.boolean(),
  /** Cron expression, in the machine's own time zone. */
  schedule: z.string(),
  /** Files drawn from a snapshot. */
  sample: z.number().int().min(1).max(10_000),
  /** Packs drawn at random are read whole up to so many bytes. */
  readBytes: z.number().int().min(0),
  /** People open a kit at least so often. */
  peopleEveryDays: z.number().int().min(1),
});

/** The plan of an instance. */
export type DrillPlan = z.infer<typeof planSchema>;

/** Sundays at 06:30, an hour after the daily runs; people once a year. */
export const defaultDrillPlan: DrillPlan = {
  enabled: true,
  schedule: '30 6 * * 0',
  sample: 20,
  readBytes: 256 * 1024 * 1024,
  peopleEveryDays: 365,
};

const name = 'jobs:drill-plan';

/** The plan in force. */
export function drillPlan(store: Store): DrillPlan {
  const row = store.database.prepare('SELECT value FROM setting WHERE name = ?').get(name);
  return row === undefined ? defaultDrillPlan : planSchema.parse(JSON.parse(String(row['value'])));
}

/** Changes the plan. @throws Failure `jobs.bad-schedule` */
export function saveDrillPlan(store: Store, plan: DrillPlan): void {
  checkSchedule(plan.schedule);
  store.database
    .prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
    .run(name, JSON.stringify(planSchema.parse(plan)));
}
