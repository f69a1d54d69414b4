// One moment for all database servers of a run: while nobody can finish a transaction on all servers but one, that one needs
// only an instant. Bounded: whoever waits waits for seconds at most, and what could not be had is told.
import { note, type PlainNote } from '../../../base/note.ts';

/** A database server that takes part. */
export interface MomentServer {
  /** What holding it does to others: nobody commits, or nobody writes. The second is dearer, and comes last. */
  heldBy: 'commits' | 'writes';
  /** From its end to `release` nothing becomes visible on the server. Gives why not, when it could not be within a second or two. */
  hold(): Promise<PlainNote | undefined>;
  /** Begins what the dumps will read. */
  begin(): Promise<void>;
  release(): Promise<void>;
}

/** What came of it, for servers in number. */
export interface SharedMoment {
  /** Why the servers do not show one moment with each other; undefined when they do. */
  why?: PlainNote;
  /** How long others waited. */
  heldMs: number;
  /** From the first to the last beginning. */
  spanMs: number;
}

/** Begins all servers. @throws what `hold` and `begin` throw; then nobody waits any more */
export async function beginTogether(
  servers: readonly MomentServer[],
  { heldMsMax = 5000 }: { heldMsMax?: number } = {},
): Promise<SharedMoment> {
  const ordered = servers.toSorted((a, b) => a.heldBy.localeCompare(b.heldBy));
  const started = performance.now();
  let why: PlainNote | undefined;
  let deadline: NodeJS.Timeout | undefined;
  const late = new Promise<PlainNote>((resolve) => {
    deadline = setTimeout(resolve, heldMsMax, note('profiles.moment-late', { limitMs: heldMsMax }));
  });
  const held: MomentServer[] = [];
  const release = async (): Promise<number> => {
    await Promise.all(held.splice(0).map((server) => server.release()));
    return Math.round(performance.now() - started);
  };
  try {
    for (const server of ordered.slice(0, -1)) {
      held.push(server);
      why ??= await Promise.race([server.hold(), late]);
    }
    let heldMs = why === undefined ? 0 : await release();
    const first = performance.now();
    const begun = Promise.all(ordered.map((server) => server.begin()));
    why ??= await Promise.race([begun.then(() => undefined), late]);
    if (held.length > 0) heldMs = await release();
    await begun;
    const spanMs = Math.round(performance.now() - first);
    return { heldMs, spanMs, ...(why === undefined ? {} : { why }) };
  } finally {
    clearTimeout(deadline);
    await release();
  }
}
