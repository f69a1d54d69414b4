// Holds for commands that need no data folder: what the instance of this machine holds stays, whoever asks and how.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { SnapshotId } from '../engine/ids.ts';
import type { Protection } from '../engine/maintain/plan-forget.ts';
import type { CliContext } from './context.ts';

/** Why some of these snapshots stay, where there is an instance that holds them. */
export async function protectionsAtHome(
  context: CliContext,
  snapshots: readonly NamedSnapshot[],
): Promise<readonly Protection[]> {
  if (!existsSync(join(context.home, 'orbit.db'))) return [];
  const { protectionsOf } = await import('../jobs/copy-hold.ts');
  const { withHome } = await import('./open-home.ts');
  return await withHome(context, ({ store }) => protectionsOf(store, snapshots));
}

/** Which of these stay, where there is an instance that holds them. */
export async function heldAtHome(
  context: CliContext,
  snapshots: readonly NamedSnapshot[],
): Promise<ReadonlySet<SnapshotId>> {
  return new Set((await protectionsAtHome(context, snapshots)).map(({ snapshot }) => snapshot));
}
