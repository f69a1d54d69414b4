// Database servers of a snapshot: which come back, with which programs, and whether something is in their way.
import { findEntry } from '../engine/browse/entries.ts';
import type { NamedSnapshot } from '../engine/format/snapshot-types.ts';
import type { IndexedRepository } from '../engine/repository/indexed-repository.ts';
import { isFailure } from '../base/failure.ts';
import type { RecoveryFacts, ServerFacts } from '../sources/trees/recovery-facts.ts';
import type { ServerPlan, Wanted } from './plan.ts';
import type { TargetRoot } from './root.ts';
import { runningVersion } from './running/running-server.ts';
import { isListening } from './services.ts';
import type { RecoveryState } from './state.ts';

/**
 * Plans each server that is wanted. A single database goes into a server that runs here; else servers are made anew.
 * `isScratch`: by programs of this machine, beside whatever runs here.
 */
export async function planServers(
  indexed: IndexedRepository,
  snapshot: NamedSnapshot,
  facts: RecoveryFacts | undefined,
  wanted: Wanted & { isScratch?: boolean },
  root: TargetRoot,
  state?: RecoveryState,
): Promise<ServerPlan[]> {
  if (wanted.only !== undefined && wanted.databases === undefined) return [];
  const plans: ServerPlan[] = [];
  for (const server of facts?.servers ?? []) {
    const databases = server.databases.filter(({ name }) => wanted.databases?.includes(name) ?? true);
    if (wanted.databases !== undefined && databases.length === 0) continue;
    const chosen = { ...server, databases };
    const sizes = new Map<string, number>();
    for (const { file } of databases) sizes.set(file, await sizeOf(indexed, snapshot, file));
    const dumpBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const running =
      wanted.isScratch !== true && root.isHere && wanted.databases !== undefined
        ? await runningVersion(root, chosen)
        : undefined;
    if (running !== undefined) {
      plans.push({ facts: chosen, version: running, from: 'running', dumpBytes, isInTheWay: false });
      continue;
    }
    plans.push({
      facts: chosen,
      ...(await programsFor(indexed, snapshot, chosen, wanted, root)),
      dumpBytes,
      isInTheWay: root.has(server.dataFolder) && state?.hasMade(server.dataFolder) !== true,
      ...(root.isHere && wanted.isScratch !== true ? { isListening: await isListening(server) } : {}),
    });
  }
  return plans;
}

async function programsFor(
  indexed: IndexedRepository,
  snapshot: NamedSnapshot,
  server: ServerFacts,
  wanted: Wanted & { isScratch?: boolean },
  root: TargetRoot,
): Promise<Pick<ServerPlan, 'from' | 'version'>> {
  const paths =
    server.engine === 'postgresql' ? [`${server.programs}/postgres`] : ['/usr/sbin/mariadbd', '/usr/libexec/mariadbd'];
  // With everything, the server's own programs come from the backup as well.
  if (wanted.databases === undefined && wanted.isScratch !== true) {
    for (const path of paths)
      if (await isThere(indexed, snapshot, path)) return { from: 'backup', version: server.version };
  }
  const program = paths.find((path) => root.has(path));
  if (program === undefined) return { from: 'nowhere' };
  const { stdout } = await root.run(program, ['--version']);
  const version = /(\d+\.\d+(?:\.\d+)?)/.exec(stdout.replace(/^\S+\s+Ver\s+/, ''))?.[1];
  return { from: 'target', ...(version === undefined ? {} : { version }) };
}

async function isThere(indexed: IndexedRepository, snapshot: NamedSnapshot, path: string): Promise<boolean> {
  return (await sizeOf(indexed, snapshot, path)) > 0;
}

async function sizeOf(indexed: IndexedRepository, snapshot: NamedSnapshot, path: string): Promise<number> {
  try {
    return Number((await findEntry(indexed, snapshot, path))?.node.size ?? 0);
  } catch (error) {
    if (isFailure(error, 'browse.no-such-path') || isFailure(error, 'browse.not-a-folder')) return 0;
    throw error;
  }
}
