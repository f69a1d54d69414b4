// Draws files of a snapshot at random, every file with the same chance, in one walk and without keeping the others.
import { randomInt } from 'node:crypto';
import type { Operation } from '../base/operation.ts';
import { ls, type SnapshotEntry, type TreeReader } from '../engine/browse/entries.ts';
import type { Snapshot } from '../engine/format/snapshot-types.ts';

/** The files that were drawn, in the order of the walk, and from how many. */
export interface Sample {
  files: SnapshotEntry[];
  outOf: number;
  bytesOutOf: number;
}

/** Draws at most `size` files. `random(n)` gives a whole number from 0 up to, not including, n. */
export async function drawSample(
  reader: TreeReader,
  snapshot: Pick<Snapshot, 'tree'>,
  size: number,
  options: Operation & { random?: (below: number) => number } = {},
): Promise<Sample> {
  const random = options.random ?? randomInt;
  const operation = options.signal === undefined ? {} : { signal: options.signal };
  const drawn: { at: number; entry: SnapshotEntry }[] = [];
  let outOf = 0;
  let bytesOutOf = 0;
  for await (const entry of ls(reader, snapshot, '/', { ...operation, recursive: true })) {
    if (entry.node.type !== 'file') continue;
    // Reservoir sampling: the n-th file takes a place with the chance size/n.
    if (drawn.length < size) drawn.push({ at: outOf, entry });
    else {
      const place = random(outOf + 1);
      if (place < size) drawn[place] = { at: outOf, entry };
    }
    outOf += 1;
    bytesOutOf += Number(entry.node.size);
  }
  const files = drawn.toSorted((a, b) => a.at - b.at).map(({ entry }) => entry);
  return { files, outOf, bytesOutOf };
}
