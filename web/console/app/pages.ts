// Long lists, page by page: what is in sight is asked for, the rest is not.
import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useCallback, useState } from 'react';

/** A part of a list. */
export interface ListPart<Row> {
  total: number;
  rows: Row[];
}

const pageRows = 200;

/**
 * The rows of a list. `ask` gives the part that begins at `from`; a new `key` is another list. With `keepsOld` the list before
 * stays until the new one is there: for filters, not for places.
 */
export function usePages<Row>(
  key: readonly unknown[],
  ask: (from: number, limit: number) => Promise<ListPart<Row>>,
  options: { keepsOld?: boolean } = {},
) {
  const [sight, setSight] = useState({ first: 0, last: 0 });
  const onSight = useCallback(
    (first: number, last: number) =>
      setSight((before) => {
        const next = { first: Math.floor(first / pageRows), last: Math.floor(last / pageRows) };
        return before.first === next.first && before.last === next.last ? before : next;
      }),
    [],
  );
  const numbers = Array.from({ length: sight.last - sight.first + 1 }, (_, index) => sight.first + index);
  const wanted = numbers.includes(0) ? numbers : [0, ...numbers];
  const parts = useQueries({
    queries: wanted.map((page) => ({
      queryKey: [...key, page],
      queryFn: () => ask(page * pageRows, pageRows),
      // Only the top: anywhere else it would be other rows.
      ...(options.keepsOld === true && page === 0 ? { placeholderData: keepPreviousData } : {}),
    })),
  });
  const rowAt = (index: number): Row | undefined =>
    parts[wanted.indexOf(Math.floor(index / pageRows))]?.data?.rows[index % pageRows];
  const total = parts[0]?.data?.total;
  const error = parts.find((part) => part.error !== null)?.error ?? null;
  return { total, rowAt, onSight, error };
}
