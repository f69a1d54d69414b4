// Why a database was not filled: what the program said, or what reading the dump threw. Either way something is put back first.
import { isFailure } from '../../base/failure.ts';
import { notRestored } from '../stages/fill-postgresql.ts';

/** What went wrong. `cause` is what was thrown. */
export interface WhyNot {
  why: string;
  cause?: unknown;
}

/** Runs what fills it; gives undefined when that was done. */
export async function whyNot(fill: () => Promise<string | undefined>): Promise<WhyNot | undefined> {
  try {
    const why = await fill();
    return why === undefined ? undefined : { why };
  } catch (cause) {
    return { why: cause instanceof Error ? cause.message : String(cause), cause };
  }
}

/** What is thrown when all is put back. `now` tells what there is. A bug, or somebody's stop, stays what it was. */
export function notFilled(name: string, { why, cause }: WhyNot, now: string): unknown {
  if (cause !== undefined && !isFailure(cause)) return cause;
  return notRestored(name, `${why}${now}`, cause);
}
