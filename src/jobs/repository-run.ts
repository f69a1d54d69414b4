// Brings a system or recordings backup to its destinations: into the restic repositories below `system/` or `recordings/`,
// which one reading of the source feeds together.
import { join } from 'node:path';
import { newestCopy } from '../store/database-copy.ts';
import { auditHead } from '../audit/trail.ts';
import { prefixedBackend } from '../backends/prefixed.ts';
import type { Operation } from '../base/operation.ts';
import { backupInto, type BackupIntoOptions } from '../engine/backup/backup-into.ts';
import { backupIntoSeveral } from '../engine/backup/backup-into-several.ts';
import { statCaches } from '../engine/cache/cache-folder.ts';
import type { SnapshotSummary } from '../engine/format/snapshot-types.ts';
import type { SnapshotId } from '../engine/ids.ts';
import { Repository } from '../engine/repository/repository.ts';
import { withLock } from '../engine/repository/repository-lock.ts';
import { listDestinations } from '../destinations/destination.ts';
import type { JobOf } from './job.ts';
import { openJobRepository } from './job-repository.ts';
import { type OpenPlace, signalOf } from './place.ts';
import { whereRecordingsWere } from '../recordings/catalogue/recognise.ts';
import { catalogueRun } from './recording-catalogue.ts';
import { keepSnapshots } from './retention.ts';
import { SharedBackup } from './shared-backup.ts';
import type { BringTo } from './runner.ts';
import type { RunSummary } from './run.ts';
import type { RunEvent } from './run-events.ts';
import type { Taken } from './taken.ts';
import type { RunSurroundings } from './surroundings.ts';
import { unfinishedRecordings } from './unfinished-recordings.ts';
import { type BackupWatch, watchBackup } from './watch-backup.ts';

type RepositoryJob = JobOf<'system'> | JobOf<'recordings'>;

/** Somebody else's prune or check is waited for, not fought with. */
export const lockRetryMs = 120_000;

/** How a system or recordings job brings its backup to its places. Those of `options` that are lost already are not waited for. */
export function repositoryRun(
  surroundings: RunSurroundings,
  job: RepositoryJob,
  taken: Taken,
  options: Operation<RunEvent>,
): BringTo {
  const watch = watchBackup(job, options);
  const waiting = job.kind === 'recordings' ? unfinishedRecordings(job.plan, surroundings.clock) : undefined;
  const how: BackupIntoOptions = {
    ...planOptions(surroundings, job, taken),
    ...(waiting === undefined ? {} : { leaveOut: waiting.isUnfinished }),
    ...(job.kind === 'recordings' && job.plan.immutable === true
      ? { ignoreCtime: true, whereItWas: whereRecordingsWere(surroundings.store) }
      : {}),
    report: watch.report,
  };
  const places = listDestinations(surroundings.store);
  const lost = new Set(places.flatMap(({ name, state }) => (state === 'lost' ? [name] : [])));
  const shared = new SharedBackup({
    expected: job.destinations.filter((name) => !lost.has(name)),
    readOnce: (joined, onEnd) => backupIntoSeveral(joined, taken.folders, { ...how, ...signalOf(options), onEnd }),
  });
  const bring: BringTo = async (place, inner) => {
    const repository = await openRepository(surroundings, job, place, shared, inner);
    try {
      const made = await withLock(repository, { ...signalOf(inner), retryMs: lockRetryMs }, (signal) =>
        job.destinations.length > 1
          ? joinShared(shared, watch, place, repository, signal)
          : backUpAlone(repository, taken.folders, { ...how, signal }, watch, place),
      );
      const { store, clock } = surroundings;
      const isRecordings = job.kind === 'recordings';
      const catalogued =
        isRecordings && made.snapshotId !== undefined
          ? await catalogueRun(surroundings, repository, place.name, made.snapshotId, signalOf(inner))
          : [];
      const keep = { ...signalOf(inner), store, clock, destination: place.name, retryMs: lockRetryMs };
      const kept = job.retention === undefined ? [] : await keepSnapshots(repository, job.retention, keep);
      const differ = shared.cutsDiffer ? [cutsDifferNote] : [];
      const notes = [
        ...taken.notes(),
        ...watch.notes(),
        ...(waiting?.notes() ?? []),
        ...differ,
        ...catalogued,
        ...kept,
      ];
      return { ...summaryOf(made, place), ...watch.omissions(), notes };
    } finally {
      watch.forget(place.name);
      // Whoever reads for the others may still use this repository's keys.
      void shared.over().then(() => repository.close());
    }
  };
  bring.leave = (name) => shared.leave(name);
  return bring;
}

async function openRepository(
  surroundings: RunSurroundings,
  job: RepositoryJob,
  place: OpenPlace,
  shared: SharedBackup,
  options: Operation<RunEvent>,
): Promise<Repository> {
  const { existing, password } = await openJobRepository(surroundings, job.kind, place, options);
  shared.announce(place.name, existing?.config.chunkerPolynomial);
  if (existing !== undefined) return existing;
  const chunkerPolynomial = await shared.polynomialForNew();
  return await Repository.init(prefixedBackend(place.backend, job.kind), password, {
    ...signalOf(options),
    chunkerPolynomial,
  });
}

/** A snapshot that was made, with its counts. */
interface Made {
  snapshotId: SnapshotId | undefined;
  summary: SnapshotSummary | undefined;
}

async function joinShared(
  shared: SharedBackup,
  watch: BackupWatch,
  place: OpenPlace,
  repository: Repository,
  signal: AbortSignal,
): Promise<Made> {
  // Snapshots are listed before the index is read, so that nothing a snapshot needs can be missing from the index.
  const snapshots = await repository.listSnapshots({ signal });
  const indexed = await repository.loadIndex({ signal });
  watch.follow(place);
  const { snapshotId, snapshot } = await shared.join({ name: place.name, repository, snapshots, indexed, signal });
  return { snapshotId, summary: snapshot.summary };
}

async function backUpAlone(
  repository: Repository,
  folders: readonly string[],
  options: BackupIntoOptions,
  watch: BackupWatch,
  place: OpenPlace,
): Promise<Made> {
  watch.follow(place);
  const { snapshotId, summary } = await backupInto(repository, folders, options);
  return { snapshotId, summary };
}

const cutsDifferNote =
  'the repositories of this job cut files differently, because they were not made together: from now on one reading feeds them all, and what had been cut otherwise is stored once more';

function planOptions(surroundings: RunSurroundings, job: RepositoryJob, taken: Taken): BackupIntoOptions {
  const head = auditHead(surroundings.store);
  return {
    // The head of the audit trail goes along, so that nobody can make the trail anew unnoticed.
    tags: ['orbit', job.kind, ...(head === undefined ? [] : [`audit:${head}`])],
    // Used where one repository is fed alone. It knows folders by where they are read.
    ...(taken.view === undefined
      ? { statCacheFolder: join(surroundings.home, 'cache', statCaches) }
      : { view: taken.view }),
    programVersion: `orbit ${surroundings.version}`,
    // Orbit's data folder may hold the destination itself, and its database is not copied while it is written.
    exclude: [surroundings.home, ...taken.excludes],
    virtualFiles: [...taken.virtualFiles, ...(job.kind === 'system' ? databaseCopy(surroundings.home) : [])],
  };
}

// Its data folder stays out, but for the newest whole copy of the database: jobs, history, audit trail, sealed values.
function databaseCopy(home: string): { path: string; command: string; args: string[] }[] {
  const copy = newestCopy(home);
  return copy === undefined ? [] : [{ path: '/orbit/orbit.db', command: 'cat', args: [copy] }];
}

function summaryOf(
  { snapshotId, summary }: Made,
  { meter }: OpenPlace,
): Omit<RunSummary, 'notes' | 'omissions' | 'omitted'> {
  const { files_new = 0, files_changed = 0, files_unmodified = 0 } = summary ?? {};
  return {
    items: files_new + files_changed + files_unmodified,
    newItems: files_new + files_changed,
    bytes: summary?.total_bytes_processed ?? 0,
    newBytes: summary?.data_added ?? 0,
    ...sentBy(meter),
    ...(snapshotId === undefined ? {} : { made: snapshotId.slice(0, 8) }),
  };
}

/** What a place was sent, and so read back: it verifies whatever it saves. */
export function sentBy(
  meter: OpenPlace['meter'],
): Pick<RunSummary, 'sentBytes' | 'sentObjects' | 'transferMs' | 'verifiedObjects' | 'verifiedBytes'> {
  return {
    sentBytes: meter.sentBytes,
    sentObjects: meter.sentObjects,
    transferMs: Math.round(meter.transferMs),
    verifiedObjects: meter.sentObjects,
    verifiedBytes: meter.sentBytes,
  };
}
