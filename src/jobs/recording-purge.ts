// Removes recordings at their source, when that is asked for: each only after its copy was read from every destination of its
// job and is byte for byte what still lies at the source. What may stay, stays.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, sep } from 'node:path';
import { orbitEvent } from '../base/event.ts';
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { preventName, type StayReason, staysBecause } from '../recordings/catalogue/purge-plan.ts';
import { copiesOf, findRecording, type Recording } from '../recordings/catalogue/recording.ts';
import { withWhereLinksLead } from '../sources/trees/links.ts';
import type { JobOf } from './job.ts';
import { RecordingArchive } from './recording-archive.ts';
import type { RunSurroundings } from './surroundings.ts';

/** What became of one recording. `removed` is what would have been removed in a dry run. */
export interface PurgedRecording {
  id: string;
  path: string;
  size: number;
  sha256?: string;
  outcome: 'removed' | 'stays';
  why?: StayReason | 'copy-differs' | 'copy-missing' | 'unreadable';
}

/** The report of a purge. */
export interface PurgeReport {
  job: string;
  at: string;
  isDryRun: boolean;
  olderThanDays: number;
  removed: number;
  removedBytes: number;
  stays: number;
  recordings: PurgedRecording[];
}

/** How it is purged. `report` hears of each recording that was judged by its copy. */
export interface PurgeOptions extends Operation<PurgedRecording> {
  user: string;
  olderThanDays: number;
  isDryRun: boolean;
}

/**
 * Purges what a recordings job protects.
 * @throws Failure `recordings.retention-lets-go`, and what opening a destination throws: then nothing more is removed
 */
export async function purgeRecordings(
  surroundings: RunSurroundings,
  job: JobOf<'recordings'>,
  options: PurgeOptions,
): Promise<PurgeReport> {
  if (!options.isDryRun && job.retention !== undefined) throw letsGo(job.name);
  const { clock } = surroundings;
  const at = clock.now();
  const before = new Date(at.getTime() - options.olderThanDays * 86_400_000);
  const report: PurgeReport = {
    job: job.name,
    at: at.toISOString(),
    isDryRun: options.isDryRun,
    olderThanDays: options.olderThanDays,
    removed: 0,
    removedBytes: 0,
    stays: 0,
    recordings: [],
  };
  const archive = new RecordingArchive(surroundings);
  const prevented = new Map<string, boolean>();
  try {
    for (const id of idsBelow(surroundings, job.plan.folders)) {
      options.signal?.throwIfAborted();
      const recording = findRecording(surroundings.store, id);
      const why = staysBecause({
        recording,
        stat: lstatSync(recording.path, { bigint: true, throwIfNoEntry: false }),
        isPrevented: isPrevented(recording.path, prevented),
        host: hostname(),
        before,
      });
      // What went earlier or lies elsewhere is nothing to report each time.
      if (why === 'gone' || why === 'elsewhere') continue;
      const purged =
        why === undefined ? await purgeOne(surroundings, archive, job, recording, options) : stays(recording, why);
      if (purged.outcome === 'removed') {
        report.removed += 1;
        report.removedBytes += purged.size;
      } else report.stays += 1;
      report.recordings.push(purged);
      options.report?.(purged);
    }
  } finally {
    await archive.close();
    if (!options.isDryRun && report.removed > 0) {
      const facts = { user: options.user, job: job.name, files: report.removed, skipped: report.stays };
      surroundings.tell(orbitEvent('recording.purged', facts, clock.now()));
    }
  }
  return report;
}

async function purgeOne(
  surroundings: RunSurroundings,
  archive: RecordingArchive,
  job: JobOf<'recordings'>,
  recording: Recording,
  options: PurgeOptions,
): Promise<PurgedRecording> {
  const held = new Set(copiesOf(surroundings.store, recording.id).map(({ destination }) => destination));
  if (job.destinations.length === 0 || job.destinations.some((name) => !held.has(name)))
    return stays(recording, 'copy-missing');
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const before = lstatSync(recording.path, { bigint: true });
  let sha256: string;
  try {
    sha256 = await digestOf(createReadStream(recording.path));
  } catch {
    return stays(recording, 'unreadable');
  }
  for (const destination of job.destinations) {
    try {
      const { file } = await archive.openAt(recording.id, destination, signal);
      if ((await digestOf(file.read())) !== sha256) return stays(recording, 'copy-differs');
    } catch (error) {
      if (isFailure(error, 'recordings.no-copy')) return stays(recording, 'copy-missing');
      throw error;
    }
  }
  // Proving takes a while: whoever wrote to it meanwhile keeps it.
  const now = lstatSync(recording.path, { bigint: true, throwIfNoEntry: false });
  const isSame = now?.ino === before.ino && now.mtimeNs === before.mtimeNs && now.ctimeNs === before.ctimeNs;
  if (!isSame || now.size !== before.size) return stays(recording, 'changed');
  if (findRecording(surroundings.store, recording.id).hold !== undefined) return stays(recording, 'held');
  if (!options.isDryRun) unlinkSync(recording.path);
  return { ...plain(recording), sha256, outcome: 'removed' };
}

async function digestOf(pieces: AsyncIterable<Buffer | string>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

function idsBelow({ store }: RunSurroundings, folders: string[]): string[] {
  const rows = store.database.prepare('SELECT id, path FROM recording ORDER BY modified_at').all();
  const prefixes = withWhereLinksLead(folders).map((folder) => (folder.endsWith(sep) ? folder : folder + sep));
  return rows
    .filter((row) => prefixes.some((prefix) => String(row['path']).startsWith(prefix)))
    .map((row) => String(row['id']));
}

// In its own folder or in any above it.
function isPrevented(path: string, known: Map<string, boolean>): boolean {
  const folder = dirname(path);
  const before = known.get(folder);
  if (before !== undefined) return before;
  const isHere =
    existsSync(`${folder}${sep}${preventName}`) || (folder !== dirname(folder) && isPrevented(folder, known));
  known.set(folder, isHere);
  return isHere;
}

function plain({ id, path, size }: Recording): Pick<PurgedRecording, 'id' | 'path' | 'size'> {
  return { id, path, size };
}

function stays(recording: Recording, why: NonNullable<PurgedRecording['why']>): PurgedRecording {
  return { ...plain(recording), outcome: 'stays', why };
}

// What is purged is in older snapshots only, and would go with them.
function letsGo(job: string): Failure {
  return new Failure('recordings.retention-lets-go', {
    message: `the job ${job} lets go of older snapshots, and with them would go what is purged at its source`,
    hint: `Keep every snapshot of recordings: orbit job set ${job} --keep-all`,
  });
}
