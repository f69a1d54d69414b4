// Writes recordings into the catalogue. A recording keeps its id when its file is renamed; one whose content changed under
// the same path becomes a second recording, and the change is told.
import { createHash } from 'node:crypto';
import type { Store } from '../../store/store.ts';
import { searchForm } from '../transcript/words.ts';
import type { RecordingDescription } from './recording.ts';

/** A recording's file as a snapshot has it. */
export interface SeenFile {
  host: string;
  /** For people; bytes that are no UTF-8 are escaped. */
  path: string;
  /** One character a byte. */
  rawPath: string;
  size: number;
  modifiedNs: bigint;
  inode: bigint;
  firstSeenAt: Date;
  /** Digest of its blobs. */
  content: string;
}

/** One that the catalogue has, at this path or another one: see recognise. */
export interface KnownRecording extends SeenFile {
  sameAs: number;
}

/** One that it does not have. */
export interface NewRecording extends SeenFile {
  description: Omit<RecordingDescription, 'words'>;
  /** Its different words, as the word key has them. */
  words: Float64Array;
}

/** A recording as a snapshot has it. */
export type SeenRecording = KnownRecording | NewRecording;

/** A recording that was changed after it had been seen. */
export interface KeptChange {
  host: string;
  path: string;
  before: { id: string; size: number; sha256?: string };
  after: { id: string; size: number; sha256?: string };
}

interface Kept {
  added: number;
  moved: number;
  changed: KeptChange[];
}

// A rotated recording may have had very many names: it is found by the last of them.
const formerPathsMax = 50;
// As far as a date goes; a file may say that it was written after it.
const timeMsMax = 8_640_000_000_000_000;

/** Writes them, all or none. */
export function keepRecordings(
  store: Store,
  from: { destination: string; snapshot: string },
  seen: readonly SeenRecording[],
): Kept {
  const kept: Kept = { added: 0, moved: 0, changed: [] };
  if (seen.length === 0) return kept;
  store.transaction(() => {
    for (const recording of seen) {
      if ('sameAs' in recording) keepKnown(store, from, recording, kept);
      else keepNew(store, from, recording, kept);
    }
  });
  return kept;
}

function keepKnown(
  store: Store,
  from: { destination: string; snapshot: string },
  seen: KnownRecording,
  kept: Kept,
): void {
  putCopy(store, from, seen, seen.sameAs);
  const row = store.prepared('SELECT path, former_paths, facts FROM recording WHERE number = ?').get(seen.sameAs);
  const before = String(row?.['path']);
  if (row === undefined || before === seen.path) return;
  const former = [...(JSON.parse(String(row['former_paths'])) as string[]), before].filter(
    (path) => path !== seen.path,
  );
  const facts = String(row['facts']).split('\n');
  const lost = former.splice(0, Math.max(0, former.length - formerPathsMax)).map(searchForm);
  const found = new Set([...facts.filter((fact) => !lost.includes(fact)), searchForm(seen.path)]);
  store
    .prepared('UPDATE recording SET path = ?, host = ?, modified_at = ?, former_paths = ?, facts = ? WHERE number = ?')
    .run(seen.path, seen.host, modifiedAt(seen), JSON.stringify(former), [...found].join('\n'), seen.sameAs);
  kept.moved += 1;
}

function keepNew(store: Store, from: { destination: string; snapshot: string }, seen: NewRecording, kept: Kept): void {
  const { destination } = from;
  const id = idOf(seen);
  const known = numberOf(store, id);
  const isOther =
    known !== undefined &&
    (store
      .prepared('SELECT content FROM recording_copy WHERE recording = ? AND destination = ?')
      .get(known, destination)?.['content'] ?? seen.content) !== seen.content;
  if (known !== undefined && !isOther) return putCopy(store, from, seen, known);
  // The same size and the same time, and yet another content: its own id has to tell them apart.
  const ownId = isOther ? idOf(seen, seen.content) : id;
  const before = store
    .prepared(
      `SELECT recording.id, size, sha256 FROM recording JOIN recording_copy AS copy ON copy.recording = recording.number
       WHERE host = ? AND recording.path = ? AND destination = ? AND recording.id <> ? ORDER BY number DESC LIMIT 1`,
    )
    .get(seen.host, seen.path, destination, ownId);
  const existing = numberOf(store, ownId);
  if (existing !== undefined) return putCopy(store, from, seen, existing);
  putCopy(store, from, seen, insert(store, ownId, seen, before === undefined ? undefined : String(before['id'])));
  kept.added += 1;
  if (before === undefined) return undefined;
  const { sha256 } = seen.description;
  kept.changed.push({
    host: seen.host,
    path: seen.path,
    before: {
      id: String(before['id']),
      size: Number(before['size']),
      ...(before['sha256'] === null ? {} : { sha256: String(before['sha256']) }),
    },
    after: { id: ownId, size: seen.size, ...(sha256 === undefined ? {} : { sha256 }) },
  });
  return undefined;
}

function numberOf(store: Store, id: string): number | undefined {
  const row = store.prepared('SELECT number FROM recording WHERE id = ?').get(id);
  return row === undefined ? undefined : Number(row['number']);
}

function putCopy(
  store: Store,
  { destination, snapshot }: { destination: string; snapshot: string },
  { rawPath, content, inode }: SeenFile,
  recording: number,
): void {
  store
    .prepared(
      `INSERT OR REPLACE INTO recording_copy (recording, destination, snapshot, path, content, inode)
       VALUES (?, ?, ?, ?, ?, ?)`,
    )
    .run(recording, destination, snapshot, rawPath, content, BigInt.asIntN(64, inode));
}

// Comes out the same whichever destination it is read from.
function idOf({ host, path, size, modifiedNs }: SeenFile, salt = ''): string {
  return createHash('sha256').update([host, path, size, modifiedNs, salt].join('\0')).digest('hex').slice(0, 16);
}

/** When it was written last, as the catalogue has it. */
export function modifiedAt({ modifiedNs }: Pick<SeenFile, 'modifiedNs'>): string {
  const ms = Number(modifiedNs / 1_000_000n);
  return new Date(Math.max(-timeMsMax, Math.min(ms, timeMsMax))).toISOString();
}

function insert(store: Store, id: string, seen: NewRecording, replaces: string | undefined): number {
  const { facts, format, family, sha256, damage } = seen.description;
  const { user, origin, target, account, protocol, sessionId, title, width, height, durationMs } = facts;
  const tags = facts.tags ?? [];
  const modified = modifiedAt(seen);
  // A file is changed for the last time when its session ends.
  const start = facts.startedAt ?? new Date(Date.parse(modified) - (durationMs ?? 0));
  const search = [id, seen.host, seen.path, user, origin, target, account, protocol, sessionId, title, ...tags];
  const { lastInsertRowid } = store
    .prepared(
      `INSERT INTO recording (id, host, path, format, family, size, modified_at, started_at, duration_ms, user, origin, target,
         account, protocol, session_id, title, width, height, tags, facts, sha256, first_seen_at, replaces, damage)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      id,
      seen.host,
      seen.path,
      format,
      family,
      seen.size,
      modified,
      start.toISOString(),
      durationMs ?? null,
      user ?? null,
      origin ?? null,
      target ?? null,
      account ?? null,
      protocol ?? null,
      sessionId ?? null,
      title ?? null,
      width ?? null,
      height ?? null,
      JSON.stringify(tags),
      searchForm(search.filter((fact) => fact !== undefined).join('\n')),
      sha256 ?? null,
      seen.firstSeenAt.toISOString(),
      replaces ?? null,
      damage ?? null,
    );
  const number = Number(lastInsertRowid);
  const putWord = store.prepared('INSERT OR IGNORE INTO recording_word (word, recording) VALUES (?, ?)');
  for (const word of seen.words) putWord.run(word, number);
  return number;
}
