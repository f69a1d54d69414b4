// The fields of a report that is sent by mail. Only zod here: the console imports these types too.
import { z } from 'zod';
import { reportKinds } from './report-kinds.ts';

/** What is sent, to whom and when: forms, flags and the API read it. */
export const reportPlan = z.strictObject({
  report: z.enum(reportKinds).meta({ title: 'Report' }),
  schedule: z
    .string()
    .min(1)
    .max(200)
    .default('0 7 * * 1')
    .meta({ title: 'When', description: "'every monday at 07:00', 'weekdays at 8', or a cron expression" }),
  timeZone: z
    .string()
    .min(1)
    .max(60)
    .optional()
    .meta({ title: 'Time zone', description: "such as America/Sao_Paulo; else the machine's own" }),
  channel: z
    .string()
    .min(1)
    .max(64)
    .meta({ title: 'Mail channel', description: 'its server, sender and sign-in are used' }),
  to: z
    .array(z.email('an address such as audit@example.org'))
    .max(100)
    .default([])
    .meta({ title: 'Recipients', description: 'else those of the channel' }),
  language: z.enum(['en', 'pt']).default('en').meta({ title: 'Language' }),
  format: z.enum(['csv', 'text']).default('csv').meta({
    title: 'Format',
    description: 'csv: a summary with the table attached; text: the table in the mail itself',
  }),
  days: z
    .number()
    .int()
    .min(1)
    .max(3660)
    .default(31)
    .meta({ title: 'Days', description: 'how far back runs, logs, drills, incidents and audit go' }),
});

/** What is sent, to whom and when. */
export type ReportPlan = z.output<typeof reportPlan>;
