// Reports by mail, and what became of them.
import { z } from 'zod';
import { reportPlan } from '../../reports/report-fields.ts';
import { keptFailure, keptNote } from './common.ts';

/** One sending. */
export const sendingView = z.object({
  /** The turn of the schedule; absent when a person asked for it. */
  dueAt: z.string().optional(),
  askedBy: z.string().optional(),
  firstAt: z.string(),
  at: z.string(),
  attempts: z.number(),
  rows: z.number().optional(),
  bytes: z.number().optional(),
  recipients: z.array(z.string()),
  refused: z.array(z.string()),
  steps: z.array(keptNote),
  failure: keptFailure.optional(),
});

/** One sending. */
export type SendingView = z.infer<typeof sendingView>;

/** A report, when it comes next and what became of the last one. */
export const reportView = z.object({
  name: z.string(),
  isEnabled: z.boolean(),
  plan: reportPlan,
  next: z.array(z.string()),
  last: sendingView.optional(),
});

/** A report. */
export type ReportView = z.infer<typeof reportView>;

/** All reports, and the channels that can carry one. */
export const reportList = z.object({
  reports: z.array(reportView),
  mailChannels: z.array(z.string()),
  machineTimeZone: z.string(),
});

/** All reports. */
export type ReportListView = z.infer<typeof reportList>;

/** A new report. */
export const newReport = z.strictObject({ name: z.string().max(64), plan: reportPlan });

/** What changes of one; the rest stays. */
export const reportChange = z.strictObject({ isEnabled: z.boolean().optional(), plan: reportPlan.optional() });

/** Its sendings, the newest first. */
export const sendingList = z.object({ sendings: z.array(sendingView) });

/** How far back a table goes, and its language. */
export const tableQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(3660).default(366),
  language: z.enum(['en', 'pt']).default('en'),
});

/** The language of a table. */
export const languageQuery = z.strictObject({ language: z.enum(['en', 'pt']).default('en') });
