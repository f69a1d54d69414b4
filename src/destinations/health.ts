// How a destination is, and what is worth telling when that changes. Pure: a state and a probe give the next state.
import type { Failure } from '../base/failure.ts';
import type { KeptNote } from '../base/note.ts';
import { isRetryable } from '../backends/retrying.ts';

/** `degraded`: it works with a worry, or failed once in a way that may pass; `lost`: it cannot be used. */
export type DestinationState = 'untested' | 'reachable' | 'degraded' | 'lost';

/** What happened to a destination. The ids of the types never change. */
export type DestinationEventType = 'destination.lost' | 'destination.back' | 'destination.degraded';

/** Whether a probe went well, and what was worrying about it. */
export interface ProbeOutcome {
  failure?: Failure;
  worries: readonly KeptNote[];
}

/**
 * The state after a probe, and the event to tell, if any. One failure that may pass makes `degraded`, a second one in a row,
 * or one that will not pass by itself (key refused, folder gone), makes `lost`.
 */
export function nextState(
  state: DestinationState,
  outcome: ProbeOutcome,
): { state: DestinationState; event?: DestinationEventType } {
  if (outcome.failure !== undefined) {
    if (state === 'lost') return { state };
    const mayPass = isRetryable(outcome.failure) && state === 'reachable';
    return mayPass ? { state: 'degraded' } : { state: 'lost', event: 'destination.lost' };
  }
  const next = outcome.worries.length > 0 ? 'degraded' : 'reachable';
  if (state === 'lost') return { state: next, event: 'destination.back' };
  if (next === 'degraded' && state !== 'degraded') return { state: next, event: 'destination.degraded' };
  return { state: next };
}
