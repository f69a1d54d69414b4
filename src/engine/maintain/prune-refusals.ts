// When not to prune: in a repository that is not sound, removing anything could make the damage worse.
import { Failure } from '../../base/failure.ts';
import { noPack } from './choose-copies.ts';
import type { RepositoryUsage } from './survey.ts';

/** Throws what forbids pruning. `copies` tells for each blob the number of the pack it is needed from. */
export function refuseUnsafePrune(usage: RepositoryUsage, copies: Uint32Array): void {
  const [disputed] = usage.disputed;
  if (disputed !== undefined) throw disputedPack(disputed);
  if (usage.missingCount > 0) throw blobsMissing(usage);
  const needed = new Set(copies);
  needed.delete(noPack);
  const missing: string[] = [];
  for (const [number, { id, bytes, storedBytes }] of usage.packs.entries()) {
    if (!needed.has(number)) continue;
    if (storedBytes === undefined) missing.push(id);
    else if (storedBytes !== bytes) throw wrongSize(id, bytes, storedBytes);
  }
  if (missing.length > 0) throw packsMissing(missing);
}

function blobsMissing({ missing: [first], missingCount }: RepositoryUsage): Failure {
  const where =
    first === undefined ? '' : `, such as ${first.path || 'the root'} of snapshot ${first.snapshot.slice(0, 8)}`;
  return new Failure('prune.blobs-missing', {
    message: `snapshots need ${missingCount} blob(s) that are in no index${where}; nothing was removed`,
    hint: 'Run `orbit repo repair index`: the data may still lie in packs that lost their index. If not, `orbit repo check` names the files.',
    facts: { missing: missingCount, ...(first === undefined ? {} : { blob: first.id, snapshot: first.snapshot }) },
  });
}

function packsMissing(ids: string[]): Failure {
  return new Failure('prune.packs-missing', {
    message: `${ids.length} pack(s) that snapshots need are gone, such as ${ids[0]}; nothing was removed`,
    hint: 'Copy them from another destination if there is one. `orbit repo check` names the files that are affected.',
    facts: { missing: ids.length, pack: ids[0] ?? '' },
  });
}

function wrongSize(id: string, bytes: number, storedBytes: number): Failure {
  return new Failure('prune.pack-size', {
    message: `pack ${id} has ${storedBytes} bytes instead of ${bytes}, and snapshots need it; nothing was removed`,
    hint: 'Copy the pack from another destination, or run `orbit repo repair index` to save what is still readable of it.',
    facts: { pack: id },
  });
}

function disputedPack(id: string): Failure {
  return new Failure('prune.disputed', {
    message: `two index files say different things of pack ${id}; nothing was removed`,
    hint: 'Run `orbit repo repair index`: it reads what the pack really holds.',
    facts: { pack: id },
  });
}
