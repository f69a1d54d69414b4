// Error correction of the repositories that jobs fill, wherever their destination is.
import type { Backend } from '../backends/backend.ts';
import { prefixedBackend } from '../backends/prefixed.ts';
import { Failure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { type MendResult, mendPlace } from '../engine/parity/mend.ts';
import { loadParityShare, saveParityShare } from '../engine/parity/parity-backend.ts';
import {
  type ParitySurvey,
  type ParityUpdate,
  removeParity,
  surveyParity,
  updateParity,
} from '../engine/parity/update-parity.ts';
import { withLock } from '../engine/repository/repository-lock.ts';
import { findJobRepository } from './job-repository.ts';
import { openPlace, signalOf } from './place.ts';
import { lockRetryMs } from './repository-run.ts';
import type { RunSurroundings } from './surroundings.ts';
import type { VerificationTarget } from './verification.ts';

/** What a repository has. `share` in percent; absent when it is off. */
export interface ParityState extends ParitySurvey {
  share?: number;
}

/** Chooses a share, or none, and brings the side files of a repository into line. @throws Failure `parity.no-repository` */
export function setParity(
  surroundings: RunSurroundings,
  target: VerificationTarget,
  share: number | undefined,
  options: Operation<never> = {},
): Promise<ParityUpdate> {
  return withRepositoryAt(surroundings, target, options, async (backend, signal) => {
    const before = await loadParityShare(backend, { signal });
    let removed = 0;
    // Side files of another share beside the new ones: nobody could say what is covered.
    if (before !== share) removed = await removeParity(backend, { signal });
    if (share === undefined) return { added: 0, removed, damaged: [] };
    if (before !== share) await saveParityShare(backend, share, { signal });
    const update = await updateParity(backend, share, { signal });
    return { ...update, removed: update.removed + removed };
  });
}

/** What it has. @throws Failure `parity.no-repository` */
export function parityState(
  surroundings: RunSurroundings,
  target: VerificationTarget,
  options: Operation<never> = {},
): Promise<ParityState> {
  return withRepositoryAt(surroundings, target, options, async (backend, signal) => {
    const share = await loadParityShare(backend, { signal });
    return { ...(share === undefined ? {} : { share }), ...(await surveyParity(backend, { signal })) };
  });
}

/** Gives damaged bytes back. Opens no repository: its key may be what is damaged. */
export async function mendAt(
  surroundings: RunSurroundings,
  { kind, destination }: VerificationTarget,
  options: Operation<never> & { dryRun?: boolean } = {},
): Promise<MendResult> {
  const place = await openPlace(surroundings, destination, signalOf(options));
  try {
    const { dryRun = false } = options;
    return await mendPlace(prefixedBackend(place.backend, kind), { ...signalOf(options), dryRun });
  } finally {
    await place.close();
  }
}

async function withRepositoryAt<Result>(
  surroundings: RunSurroundings,
  { kind, destination }: VerificationTarget,
  options: Operation<never>,
  work: (backend: Backend, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const place = await openPlace(surroundings, destination, signalOf(options));
  try {
    const existing = await findJobRepository(surroundings, kind, place, signalOf(options));
    if (existing === undefined) throw noRepository(kind, destination);
    try {
      const lock = { ...signalOf(options), retryMs: lockRetryMs };
      return await withLock(existing, lock, async (signal) => work(existing.backend, signal));
    } finally {
      existing.close();
    }
  } finally {
    await place.close();
  }
}

function noRepository(kind: string, destination: string): Failure {
  return new Failure('parity.no-repository', {
    message: `there is no ${kind} repository at '${destination}' yet`,
    hint: 'Run its job once: orbit backup create.',
  });
}
