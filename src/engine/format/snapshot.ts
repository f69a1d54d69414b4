// Snapshot files to and from JSON, keys in restic's order (restic internal/data/snapshot.go).
import type { BlobId, SnapshotId } from '../ids.ts';
import { damagedFile } from './damage.ts';
import { encodeGoJson, JsonObject } from './json.ts';
import type { Snapshot, SnapshotSummary } from './snapshot-types.ts';

const timePattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const summaryCounts = [
  'files_new',
  'files_changed',
  'files_unmodified',
  'dirs_new',
  'dirs_changed',
  'dirs_unmodified',
  'data_blobs',
  'tree_blobs',
  'data_added',
  'data_added_packed',
  'total_files_processed',
  'total_bytes_processed',
] as const;

/** The JSON of a snapshot. Empty lists, texts and zero owners are left out, as Go's `omitempty` does. */
export function encodeSnapshot(snapshot: Snapshot): Buffer {
  const some = <Value extends string | number | unknown[]>(value: Value | undefined): Value | undefined =>
    value === undefined || value === '' || value === 0 || (Array.isArray(value) && value.length === 0)
      ? undefined
      : value;
  const { summary } = snapshot;
  return Buffer.from(
    encodeGoJson({
      time: snapshot.time,
      parent: some(snapshot.parent),
      tree: snapshot.tree,
      paths: snapshot.paths,
      hostname: some(snapshot.hostname),
      username: some(snapshot.username),
      uid: some(snapshot.uid),
      gid: some(snapshot.gid),
      excludes: some(snapshot.excludes),
      tags: some(snapshot.tags),
      original: some(snapshot.original),
      program_version: some(snapshot.program_version),
      summary: summary && {
        backup_start: summary.backup_start,
        backup_end: summary.backup_end,
        ...Object.fromEntries(summaryCounts.map((name) => [name, summary[name]])),
      },
    }),
  );
}

/** Undoes `encodeSnapshot`; keys it does not know are passed over. @throws Failure `repository.damaged-file` */
export function decodeSnapshot(file: string, json: Uint8Array): Snapshot {
  const object = JsonObject.parse(file, json);
  const time = object.text('time', 64);
  if (!timePattern.test(time) || Number.isNaN(Date.parse(time)))
    throw damagedFile(file, "its 'time' is no RFC 3339 time");
  const summary = object.object('summary');
  const snapshot: { [Key in keyof Snapshot]: Snapshot[Key] | undefined } = {
    time,
    parent: object.optionalId('parent') as SnapshotId | undefined,
    tree: object.id('tree') as BlobId,
    paths: object.texts('paths') ?? [],
    hostname: object.optionalText('hostname'),
    username: object.optionalText('username'),
    uid: object.optionalCount('uid'),
    gid: object.optionalCount('gid'),
    excludes: object.texts('excludes'),
    tags: object.texts('tags'),
    original: object.optionalId('original') as SnapshotId | undefined,
    program_version: object.optionalText('program_version'),
    summary: summary && decodeSummary(summary),
  };
  // Keys without a value would make equal snapshots look different.
  return Object.fromEntries(Object.entries(snapshot).filter(([, value]) => value !== undefined)) as unknown as Snapshot;
}

function decodeSummary(object: JsonObject): SnapshotSummary {
  const counts = Object.fromEntries(summaryCounts.map((name) => [name, object.optionalCount(name) ?? 0]));
  return {
    backup_start: object.optionalText('backup_start', 64) ?? '',
    backup_end: object.optionalText('backup_end', 64) ?? '',
    ...(counts as Record<(typeof summaryCounts)[number], number>),
  };
}
