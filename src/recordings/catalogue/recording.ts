// A recording of the catalogue, and where it is kept in the database.
import { Failure } from '../../base/failure.ts';
import type { Store } from '../../store/store.ts';
import type { RecordingFacts } from '../formats/facts.ts';
import type { RecordingFamily } from '../formats/recording-format.ts';

/** What the catalogue knows of a file before anybody looks for it. */
export interface RecordingDescription {
  /** A kind of recordingFormats, or `other` for a file that only a layout knows: it can be exported, not played. */
  format: string;
  family: RecordingFamily | 'other';
  facts: RecordingFacts;
  /** SHA-256 of the whole file, where it was read whole. */
  sha256?: string;
  /** Why it cannot be read to its end. */
  damage?: string;
  /** Different words that were shown or typed. */
  words: Iterable<string>;
}

/** A recording: its facts, and what the catalogue knows besides. Times are ISO 8601 in UTC. */
export interface Recording extends Omit<RecordingFacts, 'startedAt' | 'tags'> {
  id: string;
  /** The machine whose backup it is in, and its path there. */
  host: string;
  path: string;
  /** Where its file lay before, oldest first. */
  formerPaths: string[];
  format: string;
  family: RecordingFamily | 'other';
  size: number;
  modifiedAt: string;
  startedAt: string;
  tags: string[];
  sha256?: string;
  firstSeenAt: string;
  replaces?: string;
  damage?: string;
  hold?: { reason: string; by: string; at: string };
  /** Destinations that hold it. */
  copies: string[];
}

/** A copy at a destination: the newest snapshot that is known to have it, and its path there. */
export interface RecordingCopy {
  destination: string;
  snapshot: string;
  path: string;
  content: string;
}

/** The columns of a recording with its hold and copies, for `recordingOf`. */
export const recordingColumns = `recording.*, hold.reason AS hold_reason, hold.held_by, hold.held_at,
  (SELECT json_group_array(destination) FROM recording_copy WHERE recording = recording.number) AS copies`;

/** Where they come from. */
export const recordingTables = 'recording LEFT JOIN recording_hold AS hold ON hold.id = recording.id';

/** The recording with this id, or the only one whose id starts so. @throws Failure `recordings.unknown`, `recordings.ambiguous` */
export function findRecording(store: Store, id: string): Recording {
  const isId = /^[0-9a-f]{4,16}$/.test(id);
  const rows = isId
    ? store.database
        .prepare(
          `SELECT ${recordingColumns} FROM ${recordingTables} WHERE recording.id >= ? AND recording.id < ? LIMIT 2`,
        )
        .all(id, `${id}g`)
    : [];
  const [row, second] = rows;
  if (row !== undefined && second === undefined) return recordingOf(row);
  if (row === undefined) {
    throw new Failure('recordings.unknown', {
      message: `there is no recording ${id.slice(0, 40)}`,
      hint: 'Find it with `orbit recording list`. A catalogue that lacks it is made anew by `orbit recording catalogue rebuild`.',
    });
  }
  throw new Failure('recordings.ambiguous', {
    message: `several recordings begin with ${id}`,
    hint: 'Give more letters of its id.',
  });
}

/** The copies of a recording. */
export function copiesOf(store: Store, id: string): RecordingCopy[] {
  return store.database
    .prepare(
      `SELECT destination, snapshot, copy.path, content FROM recording_copy AS copy
       JOIN recording ON recording.number = copy.recording WHERE recording.id = ? ORDER BY destination`,
    )
    .all(id)
    .map((row) => ({
      destination: String(row['destination']),
      snapshot: String(row['snapshot']),
      path: String(row['path']),
      content: String(row['content']),
    }));
}

/** A row of `recordingColumns` as a recording. */
export function recordingOf(row: Record<string, unknown>): Recording {
  const text = <Name extends string>(name: Name, column: string): { [key in Name]?: string } =>
    row[column] === null || row[column] === undefined
      ? {}
      : ({ [name]: String(row[column]) } as { [key in Name]: string });
  const number = <Name extends string>(name: Name, column: string): { [key in Name]?: number } =>
    row[column] === null ? {} : ({ [name]: Number(row[column]) } as { [key in Name]: number });
  return {
    id: String(row['id']),
    host: String(row['host']),
    path: String(row['path']),
    formerPaths: JSON.parse(String(row['former_paths'])) as string[],
    format: String(row['format']),
    family: String(row['family']) as Recording['family'],
    size: Number(row['size']),
    modifiedAt: String(row['modified_at']),
    startedAt: String(row['started_at']),
    ...number('durationMs', 'duration_ms'),
    ...text('user', 'user'),
    ...text('origin', 'origin'),
    ...text('target', 'target'),
    ...text('account', 'account'),
    ...text('protocol', 'protocol'),
    ...text('sessionId', 'session_id'),
    ...text('title', 'title'),
    ...number('width', 'width'),
    ...number('height', 'height'),
    tags: JSON.parse(String(row['tags'])) as string[],
    ...text('sha256', 'sha256'),
    firstSeenAt: String(row['first_seen_at']),
    ...text('replaces', 'replaces'),
    ...text('damage', 'damage'),
    ...(row['hold_reason'] === null
      ? {}
      : { hold: { reason: String(row['hold_reason']), by: String(row['held_by']), at: String(row['held_at']) } }),
    copies: JSON.parse(String(row['copies'])) as string[],
  };
}
