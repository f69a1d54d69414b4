// Reads a large built-in vault in two threads, this one and another: opening very many sealed values is nearly all that reading takes.
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Operation } from '../base/operation.ts';
import { helperHeapMiB, lostThreadFailure } from '../breakglass/kit/lost-thread.ts';
import { startThread } from '../engine/threads/answering-thread.ts';
import { fromWire } from '../engine/threads/wire-error.ts';
import { everyId, type IdRange, throwTogether } from '../sources/secrets/vault/vault-read.ts';
import type { Store } from '../store/store.ts';
import { rangeReader, type RangeReading, type ReadRange } from './vault-range.ts';
import type { RangeAnswer, VaultReaderData } from './vault-reader-thread.ts';

// A thread takes as long to start as some thousand secrets take to be read, and some 50 MiB.
const worthAThread = 10_000;
const rangeSecrets = 500;
// The thread has the next one before this one took the last.
const rangesAhead = 2;

/** What a vault is read with. */
export interface VaultReading extends Omit<RangeReading, 'database'>, Pick<Operation, 'signal'> {
  store: Store;
}

/** Whether a second thread would make it quicker to read so many secrets, and can: a store in memory is nobody else's. */
export function isWorthAThread(store: Store, secrets: number): boolean {
  return secrets >= worthAThread && availableParallelism() > 1 && store.database.location() !== null;
}

/**
 * Every secret that is not removed, by ranges in the order of ids, all that the packer's. `ids` are those that there were a moment ago:
 * they only tell how to share the work. What cannot be opened is left out until the end, and then named.
 * @throws Failure `vault.damaged-secret` after the last one, `vault.reader-stopped`
 */
export async function* readVaultByRanges(
  ids: readonly string[],
  { store, signal, ...reading }: VaultReading,
): AsyncGenerator<ReadRange, void, undefined> {
  const ranges = rangesOf(ids);
  const unreadable: Error[] = [];
  await reading.key.quicken();
  const readHere = rangeReader({ database: store.database, ...reading });
  const other = startReader(store, reading);
  const taken = (range: ReadRange): ReadRange => {
    signal?.throwIfAborted();
    if (range.unreadable !== undefined) unreadable.push(range.unreadable);
    return range;
  };
  try {
    // The other thread reads the first of each two.
    const asked = ranges.filter((_, index) => index % 2 === 0).values();
    const answers = asked.take(rangesAhead).map(other.read).toArray();
    for (let at = 0; at < ranges.length; at += 2) {
      const own = ranges[at + 1];
      const here = own === undefined ? undefined : readHere(own);
      const there = await answers.shift();
      answers.push(...asked.take(1).map(other.read));
      if (there !== undefined) yield taken(there);
      if (here !== undefined) yield taken(here);
      // The rest of the service wants its turns.
      await nextTurn();
    }
  } finally {
    await other.close();
  }
  throwTogether(unreadable);
}

// The last range goes on to the end: secrets that came meanwhile are read, too.
function rangesOf(ids: readonly string[]): IdRange[] {
  const ends = ids.filter((_, index) => (index + 1) % rangeSecrets === 0);
  const starts = [everyId.after, ...ends];
  return starts.map((after, index) => ({ after, upTo: ends[index] ?? everyId.upTo }));
}

function startReader(
  store: Store,
  { key, packer, policy, markKey }: Omit<RangeReading, 'database'>,
): { read(range: IdRange): Promise<ReadRange>; close(): Promise<void> } {
  const file = store.database.location();
  if (file === null) throw new Error('a store in memory cannot be read by another thread');
  const keyBytes = key.copyBytes();
  const workerData: VaultReaderData = { file, keyBytes, policy, markKey };
  const thread = startThread<IdRange, RangeAnswer>(new URL('./vault-reader-thread.ts', import.meta.url), {
    workerData,
    moved: [keyBytes.buffer],
    heapMiB: helperHeapMiB,
    crashed: (cause) => lostThreadFailure('vault.reader-stopped', 'the thread that reads the vault along', cause),
  });
  const read = async (range: IdRange): Promise<ReadRange> => {
    const answer = await thread.ask(range);
    if (answer.page === undefined) throw fromWire(answer.error);
    const { page, items, unreadable } = answer;
    const records = packer.takeOver(page);
    return { records, items, ...(unreadable === undefined ? {} : { unreadable: fromWire(unreadable) }) };
  };
  return {
    read(range) {
      const answer = read(range);
      // It is waited for later.
      answer.catch(() => {});
      return answer;
    },
    close: () => thread.close(),
  };
}
