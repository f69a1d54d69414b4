// One profile made ready by itself, its server begun, as a run with no other does.
import type { PreparedProfile, ProfileKind } from '../../src/sources/trees/profiles/profile.ts';
import { beginTogether } from '../../src/sources/trees/profiles/shared-moment.ts';
import { readConfig } from '../../src/base/secret-schema.ts';

/** What goes into a snapshot of it. */
export async function preparedProfile<Config>(
  kind: ProfileKind<Config>,
  settings: Record<string, unknown>,
): Promise<PreparedProfile> {
  const it = await kind.prepare(readConfig(kind.config, settings), { name: kind.kind });
  if (!('begin' in it)) return it;
  await beginTogether([it]);
  return { ...(await it.prepared(new Date().toISOString())), close: () => it.close() };
}
