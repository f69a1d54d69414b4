// Damages what a repository holds, in a way that only opening it tells.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findEntry } from '../../src/engine/browse/entries.ts';
import { packKey } from '../../src/engine/format/layout.ts';
import type { BlobId } from '../../src/engine/ids.ts';
import type { TestRepository } from './repository.ts';

/** Flips one bit in the first blob of the file at this path of the newest snapshot. */
export async function damageContentOf(repository: TestRepository, path: string): Promise<void> {
  const snapshot = (await repository.snapshots()).at(-1) ?? assert.fail('no snapshot');
  const { packId, offset } = await repository.open(async (indexed) => {
    const entry = await findEntry(indexed, snapshot, path);
    return indexed.locateBlob('data', entry?.node.content?.[0] as BlobId) ?? assert.fail('unknown blob');
  });
  const pack = join(repository.path, packKey(packId));
  const bytes = readFileSync(pack);
  bytes[offset + 20] = (bytes[offset + 20] ?? 0) ^ 1;
  chmodSync(pack, 0o600);
  writeFileSync(pack, bytes);
}
