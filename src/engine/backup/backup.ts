// Makes a snapshot of paths and virtual files: packs, then the index, then the snapshot, so that what can be seen is whole.
import { lstatSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { resolve } from 'node:path';
import { type Clock, systemClock } from '../../base/clock.ts';
import { Failure, systemErrorCode } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { openPosixFiles } from '../files/open-posix-files.ts';
import { quote } from '../format/go-text.ts';
import { formatNodeTime, localTime } from '../format/node-time.ts';
import type { NamedSnapshot, Snapshot, SnapshotSummary } from '../format/snapshot-types.ts';
import type { BlobId, SnapshotId } from '../ids.ts';
import type { BlobWriter } from '../repository/blob-store.ts';
import type { BackupCounts } from './backup-counts.ts';
import type { BackupEvent } from './events.ts';
import { type ExclusionOptions, Exclusions } from './exclusions.ts';
import type { FileSaver } from './file-saver.ts';
import { findParent } from './parent.ts';
import type { ParentReader } from './parent-trees.ts';
import type { ChangeOptions } from './same-node.ts';
import { scanSource } from './scan.ts';
import { planSource, seenAt, type SourceView, type VirtualFile } from './source-plan.ts';
import type { StatCache } from './stat-cache.ts';
import { TreeSaver } from './tree-saver.ts';

/** What a backup needs of a repository. */
export interface BackupTarget extends ParentReader, Pick<BlobWriter, 'saveBlob' | 'streamBlob' | 'flush'> {
  saveSnapshot(snapshot: Snapshot, options?: Operation): Promise<SnapshotId>;
}

/** How a backup is made. */
export interface BackupOptions extends Operation<BackupEvent>, ExclusionOptions, ChangeOptions {
  virtualFiles?: readonly VirtualFile[];
  /** Reads absolute paths there; in the snapshot and in reports they are what they are. */
  view?: SourceView;
  /** Snapshots among which the parent is looked for, oldest first. */
  snapshots?: readonly NamedSnapshot[];
  /** The parent itself, instead of looking for one. */
  parent?: NamedSnapshot;
  host?: string;
  tags?: readonly string[];
  /** The snapshot's time instead of now. */
  time?: Date;
  withAtime?: boolean;
  /** Makes no snapshot when the tree is the parent's. */
  skipIfUnchanged?: boolean;
  /** Saves no snapshot; the target and the saver given must be ones that store nothing. */
  dryRun?: boolean;
  /** Counts ahead, for remaining time; default true when there is a `report`. */
  scan?: boolean;
  /** Told in the snapshot, such as `orbit 0.1.0`. */
  programVersion?: string;
  clock?: Clock;
  /** What the last run knew of the source; the caller keeps or discards what this one adds. */
  statCache?: StatCache;
}

/** What a backup did. */
export interface BackupResult {
  outcome: 'succeeded' | 'partial';
  /** Undefined after a dry run, or when nothing changed and that was to be skipped. */
  snapshotId: SnapshotId | undefined;
  snapshot: Snapshot;
  parentId: SnapshotId | undefined;
  tree: BlobId;
  summary: SnapshotSummary;
  /** Entries that are not in the snapshot although they should be. */
  skipped: number;
  /** Entries that went away before they could be read. */
  vanished: number;
}

/**
 * Backs up. Entries that cannot be read are reported and make the outcome partial. When it throws, no snapshot was made,
 * and what was stored is found again by the next run. The caller holds the repository's lock and closes the saver.
 * @throws Failure `backup.no-source`, `backup.command-failed`, `backup.paths-clash`, `patterns.malformed`, and what the repository throws
 */
export async function backup(
  target: BackupTarget,
  saver: FileSaver,
  paths: readonly (string | Buffer)[],
  options: BackupOptions = {},
): Promise<BackupResult> {
  const { signal, clock = systemClock, virtualFiles = [], view } = options;
  const report = asTheyAre(options.report ?? (() => {}), view);
  const startedAt = clock.now();
  const files = await openPosixFiles();
  if (files.limits.length > 0) report({ type: 'limited', limits: files.limits });
  const exclusions = new Exclusions(options);
  const given = paths.map((path) => (typeof path === 'string' ? Buffer.from(path, 'utf8') : path));
  const present = presentPaths(given, virtualFiles, report, view);
  const root = planSource(present, virtualFiles, view);
  const wanted = wantedParent(paths, { ...options, time: options.time ?? startedAt });
  const { host, paths: shownPaths, time } = wanted;
  const parent = options.parent ?? findParent(options.snapshots ?? [], wanted);

  const stopScan = new AbortController();
  const scan =
    (options.scan ?? options.report !== undefined)
      ? scanSource(root, exclusions, report, signal ? AbortSignal.any([signal, stopScan.signal]) : stopScan.signal)
      : Promise.resolve();
  const trees = new TreeSaver(target, saver, {
    ...options,
    files,
    exclusions,
    nowNs: BigInt(time.getTime()) * 1_000_000n,
    report,
    signal,
    devices: view?.devices,
  });
  let tree: BlobId;
  try {
    tree = await trees.save(root, parent?.tree);
  } finally {
    stopScan.abort();
    await scan;
  }
  trees.counts.skipped += given.length - present.length;

  const summary = trees.counts.summary(rfc3339(startedAt), rfc3339(clock.now()));
  const snapshot = describe(tree, parent, { ...options, host, time, paths: shownPaths, summary });
  const isSkipped = options.dryRun === true || (options.skipIfUnchanged === true && parent?.tree === tree);
  const operation = signal === undefined ? {} : { signal };
  if (!options.dryRun) await target.flush(operation);
  const snapshotId = isSkipped ? undefined : await target.saveSnapshot(snapshot, operation);
  return result(trees.counts, { snapshotId, snapshot, tree, summary, parentId: parent?.id });
}

/** What a parent of such a backup looks like, for `findParent`. */
export function wantedParent(
  paths: readonly (string | Buffer)[],
  { host = hostname(), virtualFiles = [], time }: Pick<BackupOptions, 'host' | 'virtualFiles'> & { time: Date },
): { host: string; paths: string[]; time: Date } {
  const shown = paths.map((path) => resolve(path.toString()));
  const virtual = new Set(virtualFiles.map(({ path, shownAs }) => shownAs ?? path));
  return { host, paths: [...shown, ...virtual], time };
}

function result(
  counts: BackupCounts,
  made: Pick<BackupResult, 'snapshotId' | 'snapshot' | 'tree' | 'summary' | 'parentId'>,
): BackupResult {
  const { skipped, vanished } = counts;
  return { outcome: skipped > 0 ? 'partial' : 'succeeded', ...made, skipped, vanished };
}

// Keys in restic's order, as they are stored.
function describe(
  tree: BlobId,
  parent: NamedSnapshot | undefined,
  made: BackupOptions & { host: string; time: Date; paths: string[]; summary: SnapshotSummary },
): Snapshot {
  const user = userInfo();
  const excludes = [...(made.exclude ?? []), ...(made.iexclude ?? [])];
  return {
    time: rfc3339(made.time),
    ...(parent === undefined ? {} : { parent: parent.id }),
    tree,
    paths: made.paths,
    hostname: made.host,
    username: user.username,
    uid: user.uid,
    gid: user.gid,
    ...(excludes.length === 0 ? {} : { excludes }),
    ...(made.tags === undefined || made.tags.length === 0 ? {} : { tags: [...made.tags] }),
    ...(made.programVersion === undefined ? {} : { program_version: made.programVersion }),
    summary: made.summary,
  };
}

function rfc3339(time: Date): string {
  return formatNodeTime(localTime(BigInt(time.getTime()) * 1_000_000n));
}

function presentPaths(
  paths: readonly Buffer[],
  virtualFiles: readonly VirtualFile[],
  report: (event: BackupEvent) => void,
  view: SourceView | undefined,
): Buffer[] {
  const present: Buffer[] = [];
  for (const path of paths) {
    try {
      lstatSync(seenAt(path, view));
      present.push(path);
    } catch (error) {
      report({ type: 'file-skipped', path: quote(path), failure: missingSource(path, error) });
    }
  }
  if (present.length === 0 && virtualFiles.length === 0) throw noSource(paths);
  return present;
}

// People know their own paths, not those of a view.
function asTheyAre(report: (event: BackupEvent) => void, view: SourceView | undefined): typeof report {
  if (view === undefined) return report;
  const { folder } = view;
  return (event) => {
    if (!('path' in event)) return report(event);
    const path = event.path.replace(folder, '');
    if (event.type !== 'file-skipped') return report({ ...event, path });
    const { code, message, hint, cause } = event.failure;
    const own = { message: message.replaceAll(folder, ''), cause, ...(hint === undefined ? {} : { hint }) };
    report({ ...event, path, failure: new Failure(code, own) });
  };
}

function missingSource(path: Buffer, cause: unknown): Failure {
  const why = systemErrorCode(cause) === 'ENOENT' ? 'does not exist' : 'cannot be looked at';
  return new Failure('backup.missing-source', {
    message: `${quote(path)} was to be backed up, but ${why}`,
    hint: 'If it moved, change the source; a snapshot without it was made.',
    cause,
  });
}

function noSource(paths: readonly Buffer[]): Failure {
  return new Failure('backup.no-source', {
    message:
      paths.length === 0
        ? 'nothing was named to back up'
        : `none of the paths to back up exists: ${paths.map(quote).join(', ')}`,
    hint: 'Check the spelling, and whether the disk that holds them is mounted. No snapshot was made.',
  });
}
