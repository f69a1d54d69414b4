// A worker thread that reads ranges of the built-in vault over a connection of its own.
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { answerQuestions } from '../engine/threads/answering-thread.ts';
import { toWire, type WireError } from '../engine/threads/wire-error.ts';
import { type PackedPage, RecordPacker } from '../sources/secrets/packed-records.ts';
import type { IdRange } from '../sources/secrets/vault/vault-read.ts';
import { instanceKeyFrom } from '../store/instance-key.ts';
import { openToRead } from '../store/store.ts';
import { rangeReader, type RangeReading, type ReadRange } from './vault-range.ts';

/** What it works with. */
export interface VaultReaderData extends Pick<RangeReading, 'policy' | 'markKey'> {
  /** The database. */
  file: string;
  /** Of the instance key; they are wiped. */
  keyBytes: Uint8Array<ArrayBuffer>;
}

/** A range that was read, or why it was not. */
export type RangeAnswer =
  | { page: PackedPage; items: ReadRange['items']; unreadable?: WireError }
  | { page?: never; error: WireError };

assert.ok(parentPort !== null);
const { file, keyBytes, policy, markKey } = workerData as VaultReaderData;
const key = instanceKeyFrom(keyBytes);
keyBytes.fill(0);
await key.quicken();
const database = openToRead(file);
const packer = new RecordPacker();
const readRange = rangeReader({ database, key, packer, policy, markKey });

answerQuestions<IdRange, RangeAnswer>(
  parentPort,
  answerTo,
  () => database.close(),
  ({ page }) => (page === undefined ? [] : [page.places, ...page.chunks].map(({ buffer }) => buffer)),
);

function answerTo(range: IdRange): RangeAnswer {
  try {
    const { records, items, unreadable } = readRange(range);
    const page = packer.handOver(records);
    return { page, items, ...(unreadable === undefined ? {} : { unreadable: toWire(unreadable) }) };
  } catch (error) {
    return { error: toWire(error) };
  }
}
