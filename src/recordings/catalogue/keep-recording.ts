// Writes recordings into the catalogue. A recording keeps its id when its file is renamed; one whose content changed under
// the same path becomes a second recording, and the change is told.
import { createHash } from 'node:crypto';
import { searchForm } from '../transcript/words.ts';
import type { CatalogueTools } from './catalogue-tools.ts';
import type { RecordingDescription } from './recording.ts';

/** A recording as a snapshot has it. */
export interface SeenRecording {
  host: string;
  /** For people; bytes that are no UTF-8 are escaped. */
  path: string;
  /** One character a byte. */
  rawPath: string;
  size: number;
  modifiedNs: bigint;
  firstSeenAt: Date;
  /** Digest of its blobs. */
  content: string;
  description: RecordingDescription;
  /** The recording of the catalogue that it is, at this path or another one: see recognise. */
  sameAs?: number;
}

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

/** Writes them, all or none. */
export function keepRecordings(
  tools: Pick<CatalogueTools, 'store' | 'wordKey'>,
  from: { destination: string; snapshot: string },
  seen: readonly SeenRecording[],
): Kept {
  const kept: Kept = { added: 0, moved: 0, changed: [] };
  if (seen.length === 0) return kept;
  tools.store.transaction(() => {
    for (const recording of seen) keepOne(tools, from, recording, kept);
  });
  return kept;
}

function keepOne(
  tools: Pick<CatalogueTools, 'store' | 'wordKey'>,
  { destination, snapshot }: { destination: string; snapshot: string },
  seen: SeenRecording,
  kept: Kept,
): void {
  const { database } = tools.store;
  const putCopy = (number: number): void => {
    database
      .prepare(
        'INSERT OR REPLACE INTO recording_copy (recording, destination, snapshot, path, content) VALUES (?, ?, ?, ?, ?)',
      )
      .run(number, destination, snapshot, seen.rawPath, seen.content);
  };
  if (seen.sameAs !== undefined) {
    const moved = database
      .prepare('UPDATE recording SET path = ?, host = ?, modified_at = ? WHERE number = ? AND path <> ?')
      .run(seen.path, seen.host, modifiedAt(seen), seen.sameAs, seen.path);
    kept.moved += Number(moved.changes);
    return putCopy(seen.sameAs);
  }
  const id = idOf(seen);
  const known = database.prepare('SELECT number, size, sha256 FROM recording WHERE id = ?').get(id);
  const isOther =
    known !== undefined &&
    (database
      .prepare('SELECT content FROM recording_copy WHERE recording = ? AND destination = ?')
      .get(Number(known['number']), destination)?.['content'] ?? seen.content) !== seen.content;
  if (known !== undefined && !isOther) return putCopy(Number(known['number']));
  // The same size and the same time, and yet another content: its own id has to tell them apart.
  const ownId = isOther ? idOf(seen, seen.content) : id;
  const before = database
    .prepare(
      `SELECT recording.id, size, sha256 FROM recording JOIN recording_copy AS copy ON copy.recording = recording.number
       WHERE host = ? AND recording.path = ? AND destination = ? AND recording.id <> ? ORDER BY number DESC LIMIT 1`,
    )
    .get(seen.host, seen.path, destination, ownId);
  const existing = database.prepare('SELECT number FROM recording WHERE id = ?').get(ownId);
  if (existing !== undefined) return putCopy(Number(existing['number']));
  const number = insert(tools, ownId, seen, before === undefined ? undefined : String(before['id']));
  putCopy(number);
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

// Comes out the same whichever destination it is read from.
function idOf({ host, path, size, modifiedNs }: SeenRecording, salt = ''): string {
  return createHash('sha256').update([host, path, size, modifiedNs, salt].join('\0')).digest('hex').slice(0, 16);
}

function modifiedAt({ modifiedNs }: SeenRecording): string {
  return new Date(Number(modifiedNs / 1_000_000n)).toISOString();
}

function insert(
  { store, wordKey }: Pick<CatalogueTools, 'store' | 'wordKey'>,
  id: string,
  seen: SeenRecording,
  replaces: string | undefined,
): number {
  const { facts, format, family, sha256, damage, words } = seen.description;
  const { user, origin, target, account, protocol, sessionId, title, width, height, durationMs } = facts;
  const tags = facts.tags ?? [];
  const modified = modifiedAt(seen);
  // A file is changed for the last time when its session ends.
  const start = facts.startedAt ?? new Date(Date.parse(modified) - (durationMs ?? 0));
  const search = [id, seen.host, seen.path, user, origin, target, account, protocol, sessionId, title, ...tags];
  const { lastInsertRowid } = store.database
    .prepare(
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
  const putWord = store.database.prepare('INSERT OR IGNORE INTO recording_word (word, recording) VALUES (?, ?)');
  for (const word of words) putWord.run(wordKey.numberOf(word), number);
  return number;
}
