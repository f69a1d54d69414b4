// What stands in a restored folder and is not in the snapshot.
import { readdirSync } from 'node:fs';
import { systemErrorCode } from '../../base/failure.ts';
import type { Selection } from './selection.ts';
import { partsOf, type TargetFolder } from './target-folders.ts';
import { temporaryPrefix } from './temporary-names.ts';

const slash = Buffer.from('/');

/** Paths of entries that are none of `wanted` (names as latin1) and are selected; not those that are being written. */
export function* othersIn(folder: TargetFolder, wanted: ReadonlySet<string>, selection: Selection): Generator<Buffer> {
  if (!folder.isMade) return;
  const parts = partsOf(folder);
  for (const name of namesIn(folder.path)) {
    const raw = name.toString('latin1');
    if (wanted.has(raw) || raw.startsWith(temporaryPrefix)) continue;
    if (selection.ask([...parts, name.toString('utf8')]).isSelected) yield Buffer.concat([folder.path, slash, name]);
  }
}

function namesIn(folder: Buffer): Buffer[] {
  try {
    return readdirSync(folder, { encoding: 'buffer' });
  } catch (error) {
    // In a dry run the folder need not exist.
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}
