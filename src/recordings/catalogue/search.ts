// Finds recordings by their facts, by time, and by words that were shown or typed.
import type { Store } from '../../store/store.ts';
import { searchForm, wordsIn } from '../transcript/words.ts';
import { type Recording, recordingColumns, recordingOf, recordingTables } from './recording.ts';
import type { WordKey } from './word-key.ts';

/** What is looked for; everything given must fit. */
export interface RecordingQuery {
  /** Parts of any fact: user, origin, target, account, protocol, id, session id, title, tag, path. */
  text?: string;
  /** Words that were shown or typed. */
  content?: string;
  user?: string;
  origin?: string;
  target?: string;
  account?: string;
  protocol?: string;
  tag?: string;
  format?: string;
  host?: string;
  since?: Date;
  until?: Date;
  /** Milliseconds. */
  longerThan?: number;
  shorterThan?: number;
  isHeld?: boolean;
}

/** A page of recordings, newest first; `next` is where the following one begins. */
export interface RecordingPage {
  recordings: Recording[];
  next?: number;
}

const factColumns = ['user', 'origin', 'target', 'account', 'protocol', 'host'] as const;
const wordsMax = 20;

/** Looks in the catalogue only: no destination is asked. */
export function searchRecordings(
  store: Store,
  wordKey: WordKey,
  query: RecordingQuery,
  { limit = 50, skip = 0 }: { limit?: number; skip?: number } = {},
): RecordingPage {
  const { conditions, values } = conditionsOf(store, wordKey, query);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const rows = store.database
    .prepare(
      `SELECT ${recordingColumns} FROM ${recordingTables} ${where}
       ORDER BY recording.started_at DESC, recording.number DESC LIMIT ? OFFSET ?`,
    )
    .all(...values, limit + 1, skip);
  const recordings = rows.slice(0, limit).map(recordingOf);
  return { recordings, ...(rows.length > limit ? { next: skip + limit } : {}) };
}

/** How many there are, how long and how large they are together, and of how many the source's copy is held. */
export function recordingTotals(store: Store): { recordings: number; bytes: number; durationMs: number; held: number } {
  const row = store.database
    .prepare(
      'SELECT count(*) AS n, coalesce(sum(size), 0) AS bytes, coalesce(sum(duration_ms), 0) AS ms, (SELECT count(*) FROM recording_hold) AS held FROM recording',
    )
    .get();
  const number = (name: string): number => Number(row?.[name] ?? 0);
  return { recordings: number('n'), bytes: number('bytes'), durationMs: number('ms'), held: number('held') };
}

// Recordings with a rare word are few: they are listed. For a common one each recording is asked, the newest first, until a page is full.
const hasRareWord = 'recording.number IN (SELECT recording FROM recording_word WHERE word = ?)';
const hasCommonWord =
  'EXISTS (SELECT 1 FROM recording_word WHERE word = ? AND recording_word.recording = recording.number)';
const commonFrom = 1000;

function isCommon(store: Store, word: number): boolean {
  const row = store.database
    .prepare('SELECT count(*) AS n FROM (SELECT 1 FROM recording_word WHERE word = ? LIMIT ?)')
    .get(word, commonFrom);
  return Number(row?.['n']) >= commonFrom;
}

function conditionsOf(
  store: Store,
  wordKey: WordKey,
  query: RecordingQuery,
): { conditions: string[]; values: (string | number)[] } {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const add = (condition: string, value?: string | number): void => {
    conditions.push(condition);
    if (value !== undefined) values.push(value);
  };
  for (const word of (query.text ?? '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, wordsMax)) {
    add(`recording.facts LIKE ? ESCAPE '\\'`, like(searchForm(word)));
  }
  for (const word of [...new Set(wordsIn(query.content ?? ''))].slice(0, wordsMax)) {
    const number = wordKey.numberOf(word);
    add(isCommon(store, number) ? hasCommonWord : hasRareWord, number);
  }
  for (const column of factColumns) {
    const wanted = query[column];
    if (wanted !== undefined) add(`recording.${column} LIKE ? ESCAPE '\\'`, like(wanted));
  }
  if (query.tag !== undefined)
    add('EXISTS (SELECT 1 FROM json_each(recording.tags) WHERE value = ? COLLATE NOCASE)', query.tag);
  if (query.format !== undefined) add('recording.format = ?', query.format);
  if (query.since !== undefined) add('recording.started_at >= ?', query.since.toISOString());
  if (query.until !== undefined) add('recording.started_at < ?', query.until.toISOString());
  if (query.longerThan !== undefined) add('recording.duration_ms >= ?', query.longerThan);
  if (query.shorterThan !== undefined) add('recording.duration_ms <= ?', query.shorterThan);
  if (query.isHeld !== undefined) add(`hold.reason IS ${query.isHeld ? 'NOT ' : ''}NULL`);
  return { conditions, values };
}

function like(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
