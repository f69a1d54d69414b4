// Several things at once, but not too many, and all of them ended before anybody goes on.
import type { Operation } from './operation.ts';

/**
 * Does `work` for every item, at most `atOnce` at a time, and gives the results in order. After a failure no further
 * item is begun; what is under way is waited for, then the first failure in the order of the items is thrown.
 */
export async function together<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const failures = new Map<number, unknown>();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.size === 0) {
      const index = next;
      next += 1;
      try {
        results[index] = await work(items[index] as Item);
      } catch (error) {
        failures.set(index, error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  return results;
}

/** Runs both at once. When one fails the other is stopped, and waited for. @throws what failed first */
export async function both<First, Second>(
  signal: AbortSignal | undefined,
  first: (operation: Operation & { signal: AbortSignal }) => Promise<First>,
  second: (operation: Operation & { signal: AbortSignal }) => Promise<Second>,
): Promise<[First, Second]> {
  const stop = new AbortController();
  const operation = { signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]) };
  let failed: { reason: unknown } | undefined;
  const stopping = (reason: unknown): never => {
    failed ??= { reason };
    stop.abort(reason);
    throw reason;
  };
  const works = [first(operation).catch(stopping), second(operation).catch(stopping)] as const;
  await Promise.allSettled(works);
  if (failed !== undefined) throw failed.reason;
  return await Promise.all(works);
}
