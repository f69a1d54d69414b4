// Brings a system or recordings backup to one destination: into the restic repository below `system/` or `recordings/`.
import { prefixedBackend } from '../backends/prefixed.ts';
import type { Backend } from '../backends/backend.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import type { SecretString } from '../base/secret-string.ts';
import { writeDestinationFiles } from '../breakglass/destination-files.ts';
import { openDigestKey } from '../breakglass/kit/record-digest.ts';
import type { BackupOptions, BackupResult } from '../engine/backup/backup.ts';
import { backupInto } from '../engine/backup/backup-into.ts';
import type { BackupEvent } from '../engine/backup/events.ts';
import { foldProgress, startProgress } from '../engine/backup/progress.ts';
import { Repository } from '../engine/repository/repository.ts';
import { withLock } from '../engine/repository/repository-lock.ts';
import type { JobOf } from './job.ts';
import { type OpenPlace, signalOf } from './place.ts';
import { keepSnapshots } from './retention.ts';
import { repositoryPassword } from './repository-passwords.ts';
import type { BringTo } from './runner.ts';
import type { RunSummary } from './run.ts';
import type { RunEvent, RunProgress } from './run-events.ts';
import type { Taken } from './taken.ts';
import type { RunSurroundings } from './surroundings.ts';
import { unfinishedRecordings } from './unfinished-recordings.ts';

type RepositoryJob = JobOf<'system'> | JobOf<'recordings'>;

/** How a system or recordings job brings its backup to one place. */
export function repositoryRun(surroundings: RunSurroundings, job: RepositoryJob, taken: Taken): BringTo {
  return async (place, options) => {
    const { store, instanceKey } = surroundings;
    const password = repositoryPassword(surroundings, place.name, job.kind);
    const backend = prefixedBackend(place.backend, job.kind);
    // Both only read, as long as nothing is missing: over some ways what is asked for together travels together.
    const opening = openExisting(backend, password, job, place, options);
    const isWritten = writeDestinationFiles(place.backend, {
      ...signalOf(options),
      store,
      digestKey: openDigestKey(store, instanceKey),
      repositoryPasswords: { [job.kind]: password },
    });
    const [opened, written] = await Promise.allSettled([opening, isWritten]);
    if (written.status === 'rejected') {
      if (opened.status === 'fulfilled') opened.value?.close();
      throw written.reason;
    }
    // The sealed password went first: from its first byte on, the repository can be opened by the recovery key.
    const repository = (await opening) ?? (await Repository.init(backend, password, signalOf(options)));
    try {
      return await backUpInto(repository, surroundings, job, taken, place, options);
    } finally {
      repository.close();
    }
  };
}

async function openExisting(
  backend: Backend,
  password: SecretString,
  job: RepositoryJob,
  place: OpenPlace,
  options: Operation<RunEvent>,
): Promise<Repository | undefined> {
  try {
    return await Repository.open(backend, password, signalOf(options));
  } catch (error) {
    if (isFailure(error, 'repository.not-found')) return undefined;
    if (!isFailure(error, 'repository.wrong-password')) throw error;
    throw new Failure('jobs.foreign-repository', {
      message: `the ${job.kind} repository at ${place.backend.location} has another password than this Orbit keeps`,
      hint: `Another Orbit made it. Give this one a place of its own, or put that password into the vault: open ${job.kind}.password.age with the recovery key, then orbit secret edit.`,
      cause: error,
    });
  }
}

async function backUpInto(
  repository: Repository,
  surroundings: RunSurroundings,
  job: RepositoryJob,
  taken: Taken,
  place: OpenPlace,
  options: Operation<RunEvent>,
): Promise<RunSummary> {
  const watch = watchBackup(job, place, options);
  const waiting = job.kind === 'recordings' ? unfinishedRecordings(job.plan, surroundings.clock) : undefined;
  const result = await withLock(repository, { ...signalOf(options), retryMs: lockRetryMs }, (signal) =>
    backupInto(repository, taken.folders, {
      ...planOptions(surroundings, job, taken),
      ...(waiting === undefined ? {} : { leaveOut: waiting.isUnfinished }),
      signal,
      report: watch.report,
    }),
  );
  const { clock } = surroundings;
  const keep = { ...signalOf(options), clock, retryMs: lockRetryMs };
  const kept = job.retention === undefined ? [] : await keepSnapshots(repository, job.retention, keep);
  return {
    ...summaryOf(result, place),
    ...watch.omissions(),
    notes: [...taken.notes, ...watch.notes(), ...(waiting?.notes() ?? []), ...kept],
  };
}

// Somebody else's prune or check is waited for, not fought with.
const lockRetryMs = 120_000;

function planOptions(surroundings: RunSurroundings, job: RepositoryJob, taken: Taken): BackupOptions {
  return {
    tags: ['orbit', job.kind],
    programVersion: `orbit ${surroundings.version}`,
    // Orbit's data folder may hold the destination itself, and its database is not copied while it is written.
    exclude: [surroundings.home, ...taken.excludes],
    virtualFiles: taken.virtualFiles,
  };
}

function summaryOf(
  { summary, snapshotId, skipped }: BackupResult,
  { meter }: OpenPlace,
): Omit<RunSummary, 'notes' | 'omissions'> {
  return {
    items: summary.files_new + summary.files_changed + summary.files_unmodified,
    newItems: summary.files_new + summary.files_changed,
    bytes: summary.total_bytes_processed,
    newBytes: summary.data_added,
    sentBytes: meter.sentBytes,
    sentObjects: meter.sentObjects,
    transferMs: Math.round(meter.transferMs),
    // The place reads back whatever it saves, so that what was sent is what was verified.
    verifiedObjects: meter.sentObjects,
    verifiedBytes: meter.sentBytes,
    ...(snapshotId === undefined ? {} : { made: snapshotId.slice(0, 8) }),
    omitted: skipped,
  };
}

const omissionsMax = 20;
const progressEveryMs = 100;

// Folds the engine's events into progress, and keeps the first names of what was left out.
function watchBackup(job: RepositoryJob, place: OpenPlace, options: Operation<RunEvent>) {
  let progress = startProgress(performance.now());
  let reportedAt = 0;
  const omissions: string[] = [];
  const changed: string[] = [];
  return {
    omissions: (): { omissions: string[] } => ({ omissions }),
    notes: (): string[] => changed.map((path) => `changed each time it was read: ${path}`),
    report(event: BackupEvent): void {
      if (event.type === 'file-skipped' && omissions.length < omissionsMax) {
        omissions.push(`${event.path}: ${event.failure.message}`);
      }
      if (event.type === 'file-changed-while-read' && changed.length < omissionsMax) changed.push(event.path);
      const now = performance.now();
      progress = foldProgress(progress, event, now);
      if (now - reportedAt < progressEveryMs) return;
      reportedAt = now;
      options.report?.({ type: 'progress', job: job.name, destination: place.name, progress: progressOf(progress) });
    },
  };
}

function progressOf(progress: ReturnType<typeof startProgress>): RunProgress {
  const { filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond, isCounted, remainingMs } = progress;
  return {
    items: filesDone,
    bytes: bytesDone,
    bytesPerSecond,
    ...(isCounted ? { itemsTotal: filesTotal, bytesTotal } : {}),
    ...(remainingMs === undefined ? {} : { remainingMs }),
  };
}
