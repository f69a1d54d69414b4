// A job: what is protected, where to, and when. One of each kind exists from the first start.
import { z } from 'zod';
import { Failure } from '../base/failure.ts';
import type { Store } from '../store/store.ts';
import { hooksPlan } from './hook-fields.ts';
import { stillsPlan } from './stills-field.ts';
import type { Retention } from './retention-fields.ts';
import { checkRetention, retentionRule } from './retention-rule.ts';
import { cronOf } from './schedule.ts';
import { type JobTiming, jobTiming } from './timing.ts';

/** The three kinds of backup, in the order they run: secrets first, they are small and matter most. */
export const backupKinds = ['secrets', 'system', 'recordings'] as const;

/** `secrets`, `system` or `recordings`. */
export type BackupKind = (typeof backupKinds)[number];

/** The kinds that are kept in restic repositories. */
export type RepositoryKind = Exclude<BackupKind, 'secrets'>;

/** Secret sources to read, each a kind with its settings. */
export const secretsPlan = z.strictObject({
  sources: z.array(z.strictObject({ name: z.string(), kind: z.string(), config: z.unknown() })),
});

/** Folders, outputs of commands and profiles that make a system snapshot, and what runs around it. */
export const systemPlan = z.strictObject({
  folders: z.array(z.string()),
  excludes: z.array(z.string()),
  /** Each command's standard output becomes the file `path` of the snapshot. */
  commands: z.array(z.strictObject({ path: z.string(), command: z.string(), args: z.array(z.string()) })),
  /** What profiles take, by their names; secrets of their settings lie in the vault. */
  profiles: z.array(z.strictObject({ name: z.string(), kind: z.string(), config: z.unknown() })).optional(),
  hooks: hooksPlan.optional(),
  /** Whether file systems that can are held still while they are read. Absent: `auto`. */
  stills: stillsPlan.optional(),
});

/** Folders of session recordings. A file that changed less than `quietSeconds` ago, or is open for writing, waits. */
export const recordingsPlan = z.strictObject({
  folders: z.array(z.string()),
  quietSeconds: z.number().int().min(0),
  /** Finished recordings never change: one that was only moved or renamed is not read again. Absent: no. */
  immutable: z.boolean().optional(),
});

/** What a job of each kind takes. */
export interface PlanOf {
  secrets: z.infer<typeof secretsPlan>;
  system: z.infer<typeof systemPlan>;
  recordings: z.infer<typeof recordingsPlan>;
}

/**
 * What a run does about a destination that is lost, at its start or midway. `resume`: the others get theirs, and this one
 * catches up when it is back. `wait`: as `resume`, but the run first waits for it for a while. `fail`: it is left at that.
 */
export const lossPolicies = ['resume', 'wait', 'fail'] as const;

/** One of `lossPolicies`. */
export type LossPolicy = (typeof lossPolicies)[number];

/** How long a run waits for a destination unless told, in minutes. */
export const defaultWaitMinutes = 30;

/** A job of one kind. `schedule` is a cron expression in `timeZone`, or in the machine's own zone; `saveJob` takes plain words too. */
export interface JobOf<Kind extends BackupKind> {
  name: string;
  kind: Kind;
  enabled: boolean;
  plan: PlanOf[Kind];
  /** Names of destinations; each gets a whole copy. */
  destinations: string[];
  schedule: string;
  timeZone?: string;
  /** Without one, every copy stays. */
  retention?: Retention;
  /** Absent: `resume`. */
  whenLost?: LossPolicy;
  /** How long `wait` waits. */
  waitMinutes?: number;
  /** Secrets: whether a change in the built-in vault starts a run. Absent: yes. */
  onChange?: boolean;
  /** Hours that are kept free, and jitter. */
  timing?: JobTiming;
}

/** A job of any kind; `kind` tells its plan. */
export type Job = { [Kind in BackupKind]: JobOf<Kind> }[BackupKind];

/** Daily at 05:00, as administrators of such systems are used to. */
export const defaultSchedule = '0 5 * * *';

const planSchemas = { secrets: secretsPlan, system: systemPlan, recordings: recordingsPlan };

/**
 * Stores a job, new or changed.
 * @throws Failure `jobs.bad-schedule` when its schedule cannot be understood, `jobs.not-of-kind` for a retention it cannot have
 */
export function saveJob(store: Store, job: Job): void {
  const schedule = cronOf(job.schedule, job.timeZone);
  checkRetention(job.kind, job.retention);
  store.database
    .prepare(
      `INSERT INTO job (name, kind, enabled, plan, destinations, schedule, time_zone, retention, timing, when_lost, wait_minutes, on_change)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled, plan = excluded.plan,
         destinations = excluded.destinations, schedule = excluded.schedule, time_zone = excluded.time_zone,
         retention = excluded.retention, timing = excluded.timing, when_lost = excluded.when_lost,
         wait_minutes = excluded.wait_minutes, on_change = excluded.on_change`,
    )
    .run(
      job.name,
      job.kind,
      job.enabled ? 1 : 0,
      JSON.stringify(job.plan),
      JSON.stringify(job.destinations),
      schedule,
      job.timeZone ?? null,
      job.retention === undefined ? null : JSON.stringify(job.retention),
      job.timing === undefined ? null : JSON.stringify(job.timing),
      job.whenLost ?? null,
      job.waitMinutes ?? null,
      job.onChange === undefined ? null : job.onChange ? 1 : 0,
    );
}

/** All jobs, secrets first. */
export function listJobs(store: Store): Job[] {
  const jobs = store.database.prepare('SELECT * FROM job').all().map(jobOfRow);
  return jobs.sort((a, b) => backupKinds.indexOf(a.kind) - backupKinds.indexOf(b.kind) || (a.name < b.name ? -1 : 1));
}

/** The job of that name. @throws Failure `jobs.not-found`. */
export function findJob(store: Store, name: string): Job {
  const row = store.database.prepare('SELECT * FROM job WHERE name = ?').get(name);
  if (row !== undefined) return jobOfRow(row);
  const names = listJobs(store).map((job) => job.name);
  throw new Failure('jobs.not-found', {
    message: `there is no job '${name}'`,
    hint: names.length === 0 ? 'orbit start makes the first jobs.' : `There are: ${names.join(', ')}.`,
  });
}

function jobOfRow(row: Record<string, unknown>): Job {
  const kind = String(row['kind']) as BackupKind;
  return {
    name: String(row['name']),
    kind,
    enabled: row['enabled'] === 1,
    plan: planSchemas[kind].parse(JSON.parse(String(row['plan']))),
    destinations: z.array(z.string()).parse(JSON.parse(String(row['destinations']))),
    schedule: String(row['schedule']),
    ...(row['time_zone'] === null ? {} : { timeZone: String(row['time_zone']) }),
    ...(row['timing'] === null ? {} : { timing: jobTiming.parse(JSON.parse(String(row['timing']))) }),
    ...(row['retention'] === null ? {} : { retention: retentionRule.parse(JSON.parse(String(row['retention']))) }),
    ...(row['when_lost'] === null ? {} : { whenLost: z.enum(lossPolicies).parse(row['when_lost']) }),
    ...(row['wait_minutes'] === null ? {} : { waitMinutes: Number(row['wait_minutes']) }),
    ...(row['on_change'] === null ? {} : { onChange: row['on_change'] === 1 }),
  } as Job;
}
