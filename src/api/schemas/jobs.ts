// What is protected, where to, when.
import { z } from 'zod';
import { hooksPlan } from '../../jobs/hook-fields.ts';
import { stillsPlan } from '../../jobs/stills-field.ts';
import { retentionFields } from '../../jobs/retention-fields.ts';
import { backupKind, keptFailure } from './common.ts';

/** Which copies stay: by number, by age, by tag. Without it all stay. */
export const retention = retentionFields;

/** Which copies stay. */
export type RetentionView = z.infer<typeof retention>;

const lossPolicy = z.enum(['resume', 'wait', 'fail']);
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time such as 08:00');

/** Hours in which no run starts by itself, and by how many minutes starts are spread. */
export const timing = z.strictObject({
  notBetween: z
    .array(z.strictObject({ from: clockTime, until: clockTime }))
    .max(10)
    .optional(),
  jitterMinutes: z.number().int().min(0).max(720).optional(),
});

const words = z.object({ en: z.string(), pt: z.string() }).optional();

const profileView = z.object({
  name: z.string(),
  kind: z.string(),
  title: z.string(),
  /** Its settings; secret ones are never in it. */
  config: z.record(z.string(), z.unknown()),
  /** Kinds of which one should be added too: they take its database. */
  missing: z.array(z.string()),
});

/** A profile that a job takes. */
export type ProfileView = z.infer<typeof profileView>;

/** A job. */
export const jobView = z.object({
  name: z.string(),
  kind: backupKind,
  enabled: z.boolean(),
  destinations: z.array(z.string()),
  schedule: z.string(),
  /** The schedule in words, where words can say it. */
  words,
  timing: timing.optional(),
  /** Absent for the machine's own. */
  timeZone: z.string().optional(),
  /** The next five runs; empty while it is off. */
  next: z.array(z.string()),
  /** Folders, for system and recordings. */
  folders: z.array(z.string()),
  /** Those of them that are not there. */
  missingFolders: z.array(z.string()),
  excludes: z.array(z.string()),
  /** Files made from the output of commands. */
  commands: z.array(z.string()),
  /** What is taken consistently by what Orbit knows of it: this machine, its databases, its applications. */
  profiles: z.array(profileView),
  /** Programs that run before and after each run, for system. */
  hooks: hooksPlan.optional(),
  /** Whether file systems that can (btrfs, LVM, ZFS) are read from snapshots of their own, for system. */
  fileSystemSnapshots: stillsPlan.optional(),
  /** A recording that changed less than this many seconds ago waits. */
  quietSeconds: z.number().optional(),
  /** Recordings: they never change once finished, and moved ones are not read again. */
  immutable: z.boolean().optional(),
  /** Names of secret sources. */
  sources: z.array(z.string()),
  /** Absent: every copy stays. */
  retention: retention.optional(),
  /** What a run does about a destination that is lost. */
  whenLost: lossPolicy,
  /** How long `wait` waits, in minutes. */
  waitMinutes: z.number(),
  /** Secrets: whether a change in the vault starts a run. */
  onChange: z.boolean().optional(),
});

/** A job. */
export type JobView = z.infer<typeof jobView>;

/** Settings > Backup. */
export const backupSettings = z.object({ jobs: z.array(jobView), machineTimeZone: z.string() });

/** Settings > Backup. */
export type BackupSettings = z.infer<typeof backupSettings>;

const folder = z.string().regex(/^\/[^\0\n\r]*$/, 'an absolute path');

/** A change of a job; what is absent stays. */
export const jobChange = z.strictObject({
  enabled: z.boolean().optional(),
  destinations: z.array(z.string().max(64)).max(100).optional(),
  /** A cron expression, or words such as `every 4 hours` or `dias úteis às 22:30`. */
  schedule: z.string().max(200).optional(),
  /** Null for the machine's own. */
  timeZone: z.string().max(100).nullable().optional(),
  folders: z.array(folder).max(1000).optional(),
  excludes: z.array(z.string().min(1).max(4096)).max(1000).optional(),
  quietSeconds: z.number().int().min(0).max(86_400).optional(),
  immutable: z.boolean().optional(),
  /** Programs that run before and after each run: all of them, in their order. */
  hooks: hooksPlan.optional(),
  /** Whether file systems that can (btrfs, LVM, ZFS) are read from snapshots of their own. */
  fileSystemSnapshots: stillsPlan.optional(),
  /** Null: every copy stays. */
  retention: retention.nullable().optional(),
  whenLost: lossPolicy.optional(),
  waitMinutes: z.number().int().min(1).max(10_080).optional(),
  onChange: z.boolean().optional(),
  /** Null: runs start when they are due. */
  timing: timing.nullable().optional(),
});

/** A change of a job. */
export type JobChange = z.input<typeof jobChange>;

/** How a run is started. */
export const runStart = z.strictObject({
  /** Secrets are gone on purpose: why, for the history and the SIEM. */
  acceptDrop: z.string().trim().min(3).max(500).optional(),
});

/** What an accepted drop would let go: secrets that the last good run read and that their source does not name now. */
export const drop = z.object({
  sources: z.array(
    z.object({
      source: z.string(),
      /** Secrets that the last good run read. */
      before: z.number(),
      now: z.number(),
      gone: z.number(),
      /** Some of those that are gone, by the titles they had in the newest kit. */
      titles: z.array(z.string()),
      /** Why the source could not be asked now. */
      failure: keptFailure.optional(),
    }),
  ),
});

/** What an accepted drop would let go. */
export type DropView = z.infer<typeof drop>;

/** A schedule to look at. */
export const scheduleQuestion = z.object({
  schedule: z.string().max(200),
  timeZone: z.string().max(100).optional(),
});

/** Its next five runs. */
export const scheduleAnswer = z.object({ schedule: z.string(), words, next: z.array(z.string()) });
