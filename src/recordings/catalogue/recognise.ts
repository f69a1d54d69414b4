// Which recording of the catalogue is a file of a snapshot? One with the same content is the same recording under another name only
// when it is no longer where it was: two sessions may well have recorded the same.
import type { BigIntStats } from 'node:fs';
import type { Store } from '../../store/store.ts';
import { modifiedAt, type SeenFile } from './keep-recording.ts';
import type { SnapshotFolders } from '../../engine/browse/snapshot-folders.ts';
import { contentDigest } from './snapshot-source.ts';

/** What a file is to the catalogue. */
export interface Recognised {
  /** The recording it is. */
  sameAs?: number;
  /** True when its path belonged to other content: it was changed, unless that content turns up elsewhere. */
  mayBeChange: boolean;
}

// Of very many that are all alike it does not matter which one was moved.
const alikeMax = 50;
const candidatesMax = 4;

/** Tells for a file of this machine under which raw paths the catalogue knows recordings of its inode and size. */
export function whereRecordingsWere(store: Store): (stat: BigIntStats) => Buffer[] {
  const copies = store.prepared(
    `SELECT DISTINCT copy.path FROM recording_copy AS copy CROSS JOIN recording ON recording.number = copy.recording
     WHERE copy.inode = ? AND recording.size = ? LIMIT ${candidatesMax}`,
  );
  return ({ ino, size }) =>
    copies.all(BigInt.asIntN(64, ino), size).map((row) => Buffer.from(String(row['path']), 'latin1'));
}

/** Looks a file up by its content, then by its path. `folders` are of its snapshot; `taken` are recordings that other files turned out to be. */
export async function recognise(
  store: Store,
  folders: SnapshotFolders,
  destination: string,
  seen: SeenFile,
  taken: ReadonlySet<number>,
): Promise<Recognised> {
  const alike = store
    .prepared(
      `SELECT recording, path FROM recording_copy WHERE destination = ? AND content = ?
       ORDER BY path <> ?, recording LIMIT ?`,
    )
    .all(destination, seen.content, seen.rawPath, alikeMax)
    .map((row) => ({ number: Number(row['recording']), path: String(row['path']) }));
  const [first] = alike;
  if (first?.path === seen.rawPath) return { sameAs: first.number, mayBeChange: false };
  // Of several that are gone, the one that had this name is more likely the one.
  const hasName = ({ path }: { path: string }): number => Number(nameOf(path) !== nameOf(seen.rawPath));
  const candidates = alike.filter(({ number }) => !taken.has(number)).sort((a, b) => hasName(a) - hasName(b));
  for (const { number, path } of candidates.slice(0, candidatesMax)) {
    const there = await folders.entry(path);
    if (there === undefined || contentDigest(there.node) !== seen.content)
      return { sameAs: number, mayBeChange: false };
  }
  const elsewhere = await seenElsewhere(store, folders, destination, seen, taken);
  if (elsewhere !== undefined) return { sameAs: elsewhere, mayBeChange: false };
  const before = store
    .prepared(
      `SELECT 1 FROM recording JOIN recording_copy AS copy ON copy.recording = recording.number
       WHERE host = ? AND recording.path = ? AND destination = ? LIMIT 1`,
    )
    .get(seen.host, seen.path, destination);
  return { mayBeChange: before !== undefined };
}

// A destination that came later, or lacked a run, may never have seen a recording under the name that gave it its id. Repositories that one
// reading feeds cut alike: the same content has the same digest in all of them.
async function seenElsewhere(
  store: Store,
  folders: SnapshotFolders,
  destination: string,
  seen: SeenFile,
  taken: ReadonlySet<number>,
): Promise<number | undefined> {
  const rows = store
    .prepared(
      `SELECT copy.recording, copy.path FROM recording_copy AS copy CROSS JOIN recording ON recording.number = copy.recording
       WHERE copy.content = ? AND copy.destination IN (SELECT destination FROM recording_catalogued) AND copy.destination <> ?
         AND host = ? AND size = ? AND modified_at = ? AND NOT EXISTS (
           SELECT 1 FROM recording_copy AS here WHERE here.recording = copy.recording AND here.destination = ?)
       ORDER BY copy.path <> ?, copy.recording LIMIT ${alikeMax}`,
    )
    .all(seen.content, destination, seen.host, seen.size, modifiedAt(seen), destination, seen.rawPath);
  const candidates = rows
    .map((row) => ({ number: Number(row['recording']), path: String(row['path']) }))
    .filter(({ number }) => !taken.has(number));
  for (const { number, path } of candidates.slice(0, candidatesMax)) {
    if (path === seen.rawPath) return number;
    const there = await folders.entry(path);
    if (there === undefined || contentDigest(there.node) !== seen.content) return number;
  }
  return undefined;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
