// Automatic drills: for each destination of each job, the newest backup is tested as it lies there, and a signed report is kept.
import { randomBytes } from 'node:crypto';
import { hostname, release, type, userInfo } from 'node:os';
import { orbitEvent } from '../base/event.ts';
import type { Operation } from '../base/operation.ts';
import { note } from '../base/note.ts';
import { checkDestinationFiles } from '../breakglass/destination-files.ts';
import { type DrillReport, reportVersion } from '../breakglass/drills/drill-report.ts';
import { keepDrill, type ReportFiles } from '../breakglass/drills/drill-store.ts';
import { openDigestKey } from '../breakglass/kit/record-digest.ts';
import { findCurrentKey } from '../breakglass/recovery-key-store.ts';
import { listDestinations, locationOf } from '../destinations/destination.ts';
import { drillKit } from './drill-kit.ts';
import { DrillLog } from './drill-log.ts';
import { drillRepository } from './drill-repository.ts';
import { type BackupKind, type Job, listJobs } from './job.ts';
import { openPlace } from './place.ts';
import { repositoryPassword } from './repository-passwords.ts';
import { keptFailure } from './run.ts';
import type { RunSurroundings } from './surroundings.ts';

/** What is tested: one kind of backup at one destination. `jobs` bring it there. */
export interface DrillTarget {
  kind: BackupKind;
  destination: string;
  jobs: string[];
}

/** How a drill is held. */
export interface DrillOptions extends Operation<DrillReport['steps'][number]> {
  startedBy: DrillReport['startedBy'];
  /** Files drawn from a snapshot; default 20. */
  sample?: number;
  /** Packs drawn at random are read whole up to so many bytes; default 256 MiB. */
  readBytes?: number;
}

/** A drill that was held: its report, and where that lies. */
export interface HeldDrill {
  report: DrillReport;
  files: ReportFiles;
}

const defaultSample = 20;
const defaultReadBytes = 256 * 1024 * 1024;

/** Every kind at every destination that the enabled jobs use, or those jobs that `wanted` chooses. */
export function drillTargets(
  store: RunSurroundings['store'],
  wanted: { kinds?: readonly string[]; destinations?: readonly string[] } = {},
): DrillTarget[] {
  const isWanted = (job: Job): boolean => wanted.kinds?.includes(job.kind) ?? job.enabled;
  const targets = new Map<string, DrillTarget>();
  for (const job of listJobs(store).filter(isWanted)) {
    for (const destination of job.destinations) {
      if (wanted.destinations !== undefined && !wanted.destinations.includes(destination)) continue;
      const target = targets.get(`${job.kind}@${destination}`) ?? { kind: job.kind, destination, jobs: [] };
      target.jobs.push(job.name);
      targets.set(`${job.kind}@${destination}`, target);
    }
  }
  return [...targets.values()];
}

/**
 * Holds one drill, keeps its report and tells its end. A drill that fails is a result, not an exception; one that is
 * stopped leaves nothing.
 */
export async function holdDrill(
  surroundings: RunSurroundings,
  target: DrillTarget,
  options: DrillOptions,
): Promise<HeldDrill> {
  const startedAt = surroundings.clock.now();
  const log = new DrillLog(options.report);
  try {
    await steps(surroundings, target, options, log);
  } catch (error) {
    options.signal?.throwIfAborted();
    // Trouble outside a step, such as a place that does not close, fails the drill as well.
    if (log.failed === undefined) log.fail('reach', error);
  }
  const destination = listDestinations(surroundings.store).find(({ name }) => name === target.destination);
  const report: DrillReport = {
    ...reportHead(surroundings, log, startedAt),
    way: 'automatic',
    kind: target.kind,
    startedBy: options.startedBy,
    people: [],
    copy: {
      ...log.copy,
      destination: target.destination,
      location: destination === undefined ? '' : locationOf(destination),
    },
  };
  return keepAndTell(surroundings, report);
}

/** What every report says of the machine, the time and the steps. */
export function reportHead(
  { clock, version }: Pick<RunSurroundings, 'clock' | 'version'>,
  log: DrillLog,
  startedAt: Date,
): Omit<DrillReport, 'way' | 'kind' | 'startedBy' | 'people' | 'copy'> {
  return {
    format: 'orbit-drill-report',
    version: reportVersion,
    id: `${startedAt.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${randomBytes(3).toString('hex')}`,
    result: log.failed === undefined ? 'passed' : 'failed',
    startedAt: startedAt.toISOString(),
    endedAt: clock.now().toISOString(),
    durationMs: log.elapsedMs,
    ...(log.firstReadableMs === undefined ? {} : { firstReadableMs: log.firstReadableMs }),
    user: userInfo().username,
    machine: { host: hostname(), orbit: version, node: process.versions.node, system: `${type()} ${release()}` },
    steps: log.steps,
    sample: log.sample,
  };
}

/**
 * Keeps the report and tells how the drill ended. One whose report cannot be kept counts, and is told, as failed.
 * @throws Failure `drill.report-unwritten`
 */
export function keepAndTell(surroundings: RunSurroundings, report: DrillReport): HeldDrill {
  try {
    const files = keepDrill(surroundings, report);
    const failure = report.steps.find((step) => step.failure !== undefined)?.failure;
    tellEnd(surroundings, report, failure);
    return { report, files };
  } catch (error) {
    tellEnd(surroundings, report, keptFailure(error));
    throw error;
  }
}

function tellEnd(
  { clock, tell }: RunSurroundings,
  report: DrillReport,
  failure: { code: string; message: string } | undefined,
): void {
  const { kind, copy, user, durationMs } = report;
  const at = clock.now();
  const facts = {
    kind,
    destination: copy.destination,
    user,
    ...(copy.name === undefined ? {} : { snapshot: copy.name }),
  };
  if (failure?.code === 'drill.damaged-repository') {
    const { code, message: reason } = failure;
    tell(orbitEvent('check.failed', { kind, destination: copy.destination, reason, code }, at));
  }
  if (failure !== undefined) {
    tell(orbitEvent('drill.failed', { ...facts, reason: failure.message, code: failure.code }, at));
    return;
  }
  const secrets = report.steps.map((step) => step.facts['secrets']).find((count) => typeof count === 'number');
  const counted = kind === 'secrets' ? { secrets } : { files: report.sample.length };
  tell(orbitEvent('drill.passed', { ...facts, durationMs, ...counted }, at));
}

async function steps(
  surroundings: RunSurroundings,
  target: DrillTarget,
  options: DrillOptions,
  log: DrillLog,
): Promise<void> {
  const { store, instanceKey, clock } = surroundings;
  const { kind, destination, jobs } = target;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const place = await log.step('reach', async ({ facts }) => {
    const opened = await openPlace(surroundings, destination, signal);
    facts['location'] = opened.backend.location;
    return opened;
  });
  try {
    const { backend } = place;
    await log.step('keys', async ({ facts, notes }) => {
      const passwords = kind === 'secrets' ? {} : { [kind]: repositoryPassword(surroundings, destination, kind) };
      const digestKey = openDigestKey(store, instanceKey);
      const found = await checkDestinationFiles(backend, {
        ...signal,
        store,
        digestKey,
        repositoryPasswords: passwords,
      });
      log.copy.recoveryKey = findCurrentKey(store)?.id ?? '';
      facts['files'] = found.intact.length + found.older.length;
      if (found.older.length > 0) notes.push(note('drill.older-files', { files: found.older.join(', ') }));
    });
    if (kind === 'secrets') {
      const scopes = jobs.map((job) => `${job}@${destination}`);
      await drillKit({ ...signal, store, instanceKey, clock, backend, scopes }, log);
    } else {
      const password = repositoryPassword(surroundings, destination, kind);
      const { sample = defaultSample, readBytes = defaultReadBytes } = options;
      await drillRepository({ ...signal, kind, backend, password, sample, readBytes }, log);
    }
  } finally {
    await place.close();
  }
}
