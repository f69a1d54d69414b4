// Locks as stock restic takes, renews and honours them: files that say who works here (internal/repository/lock.go).
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type Clock } from '../../base/clock.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { formatDuration } from '../../base/quantities.ts';
import { together } from '../../base/together.ts';
import { decodeLockFile, encodeLockFile, type LockFile } from '../format/lock-file.ts';
import { fileKey } from '../format/layout.ts';
import type { LockId } from '../ids.ts';
import { isDead, isRemovable, surviveProbes, thisOwner } from './lock-owner.ts';
import type { Repository } from './repository.ts';
import { listFiles, loadSealedFile, pickSignal, saveSealedFile } from './sealed-files.ts';

/** What a lock needs of a repository. */
export type LockableRepository = Pick<Repository, 'backend' | 'sealer' | 'version'>;

/** How a lock is taken. */
export interface LockOptions extends Operation {
  /** Exclusive for what removes or rewrites; shared (default) for what only reads or adds. */
  exclusive?: boolean;
  /** Waits so long for others to finish; default 0. */
  retryMs?: number;
  clock?: Clock;
  /**
   * For `withLock`, without `retryMs`: the work begins while others still have time to object. Whoever asks for that makes sure that
   * nothing is stored or removed before the promise resolves; when it rejects, the work is stopped and all it gave is dropped.
   */
  startsEarly?: (granted: Promise<void>) => void;
}

// Two that lock at the same moment both see the other's file after this wait.
const settleMs = 200;
const renewEveryMs = 5 * 60_000;
// Well before others may call it stale (30 min): clocks of two hosts may differ by minutes.
const abortAfterMs = 22.5 * 60_000;
// Timers stand still while the machine sleeps: soon after it wakes the clock has to tell, as what goes on until then goes on without
// a lock, perhaps.
const watchEveryMs = 1000;
// A place that refused may be asked again after that.
const tryEveryMs = 30_000;
const firstRetryMs = 5000;
const lastRetryMs = 60_000;
const loadsAtOnce = 64;

/** A lock that is held, renewed by itself until `release`. */
export class RepositoryLock {
  /** Aborted, with Failure `repository.lock-lost`, when the lock could not be renewed: work on the repository must stop. */
  readonly signal: AbortSignal;
  /** Resolves when nobody has objected; until then the lock does not count. When it rejects the lock is gone. */
  readonly granted: Promise<void>;
  readonly #repository: LockableRepository;
  readonly #file: LockFile;
  readonly #clock: Clock;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #endSurviving: () => void;
  #id: LockId;
  #renewedMs: number;
  /** When it was last tried. */
  #triedMs = -Infinity;
  /** A renewal under way, and when it is given up. */
  #renewing: { done: Promise<void>; untilMs: number } | undefined;
  /** Lock files of earlier times that could not be removed yet: others take each for one more lock. */
  readonly #former = new Set<LockId>();
  #isReleased = false;

  private constructor(
    repository: LockableRepository,
    file: LockFile,
    id: LockId,
    clock: Clock,
    endSurviving: () => void,
    options: Operation,
  ) {
    this.#endSurviving = endSurviving;
    this.#repository = repository;
    this.#file = file;
    this.#id = id;
    this.#clock = clock;
    this.#renewedMs = clock.now().getTime();
    this.signal = this.#lost.signal;
    this.#timer = setInterval(() => void this.tend(), watchEveryMs).unref();
    this.granted = this.#settle(options);
    // Whoever does not wait for it hears by the signal.
    this.granted.catch(() => {});
  }

  /** The name of the lock file, which changes with every renewal. */
  get id(): LockId {
    return this.#id;
  }

  /** @throws Failure `repository.locked` naming who holds it */
  static async acquire(repository: LockableRepository, options: LockOptions = {}): Promise<RepositoryLock> {
    const deadlineMs = performance.now() + (options.retryMs ?? 0);
    for (let waitMs = firstRetryMs; ; waitMs = Math.min(waitMs * 2, lastRetryMs)) {
      try {
        const lock = await RepositoryLock.place(repository, options);
        await lock.granted;
        return lock;
      } catch (error) {
        const leftMs = deadlineMs - performance.now();
        if (!isFailure(error, 'repository.locked') || leftMs <= 0) throw error;
        await sleep(Math.min(waitMs, leftMs), undefined, pickSignal(options));
      }
    }
  }

  /** Places the lock file, once, and does not wait until it is granted. @throws Failure `repository.locked` */
  static async place(repository: LockableRepository, options: LockOptions = {}): Promise<RepositoryLock> {
    const { exclusive = false, clock = systemClock } = options;
    await refuseConflicts(repository, exclusive, undefined, clock, options);
    const file: LockFile = { time: clock.now().toISOString(), exclusive, ...thisOwner() };
    const endSurviving = surviveProbes();
    try {
      const id = await saveSealedFile<LockId>(repository, 'locks', encodeLockFile(file), options);
      return new RepositoryLock(repository, file, id, clock, endSurviving, options);
    } catch (error) {
      endSurviving();
      throw error;
    }
  }

  async #settle(options: Operation): Promise<void> {
    const id = this.#id;
    try {
      await sleep(settleMs, undefined, pickSignal(options));
      await refuseConflicts(this.#repository, this.#file.exclusive, id, this.#clock, options);
    } catch (error) {
      this.#isReleased = true;
      clearInterval(this.#timer);
      this.#lost.abort(error);
      await removeIfThere(this.#repository, id).finally(this.#endSurviving);
      throw error;
    }
  }

  /** Renews the lock when it is due, gives it up when it is too late. Called by a timer; tests call it by hand. */
  async tend(): Promise<void> {
    if (this.#isReleased || this.signal.aborted) return;
    const nowMs = this.#clock.now().getTime();
    if (this.#renewing !== undefined) {
      // A place that never answers does not say either that somebody else has come.
      if (nowMs >= this.#renewing.untilMs) this.#lost.abort(lockLost(undefined));
      return;
    }
    if (nowMs - this.#renewedMs < renewEveryMs || nowMs - this.#triedMs < tryEveryMs) return;
    this.#triedMs = nowMs;
    const untilMs = Math.max(this.#renewedMs + abortAfterMs, nowMs + renewEveryMs);
    const done = this.#renew()
      .catch((error: unknown) => {
        if (this.#isLate() || isFailure(error, 'repository.lock-lost')) this.#lost.abort(lockLost(error));
      })
      .finally(() => (this.#renewing = undefined));
    this.#renewing = { done, untilMs };
    await done;
  }

  /**
   * At the end of the work: whether the lock held until now. The machine may have slept since it was looked at last.
   * @throws Failure `repository.lock-lost`
   */
  async confirm(): Promise<void> {
    await this.#renewing?.done;
    if (this.#isLate()) await this.tend();
    this.signal.throwIfAborted();
  }

  /** Removes the lock file. May be called twice. */
  async release(): Promise<void> {
    if (this.#isReleased) return;
    this.#isReleased = true;
    clearInterval(this.#timer);
    await this.#renewing?.done;
    try {
      this.#former.add(this.#id);
      await this.#giveBackFormer();
    } finally {
      this.#endSurviving();
    }
  }

  // Others may take us for dead.
  #isLate(): boolean {
    return this.#clock.now().getTime() - this.#renewedMs >= abortAfterMs;
  }

  // A new file first, then the old one goes. After a long sleep of the machine, which may come while the new one is being stored, the
  // old file must have outlived the wait.
  async #renew(): Promise<void> {
    const operation = { signal: this.signal };
    const refuseIfGone = async (): Promise<void> => {
      const listed = await listFiles<LockId>(this.#repository.backend, 'locks', operation);
      if (!listed.some(({ id }) => id === this.#id)) throw lockLost(undefined);
    };
    if (this.#isLate()) await refuseIfGone();
    const now = this.#clock.now();
    const json = encodeLockFile({ ...this.#file, time: now.toISOString() });
    const fresh = await saveSealedFile<LockId>(this.#repository, 'locks', json, operation);
    if (this.#isLate()) {
      await sleep(settleMs, undefined, operation);
      await refuseIfGone().catch(async (error: unknown) => {
        await removeIfThere(this.#repository, fresh);
        throw error;
      });
    }
    this.#former.add(this.#id);
    this.#id = fresh;
    this.#renewedMs = now.getTime();
    await this.#giveBackFormer();
  }

  async #giveBackFormer(): Promise<void> {
    let failed: { reason: unknown } | undefined;
    for (const id of this.#former) {
      try {
        await giveBack(this.#repository, id, this.#file.exclusive);
        this.#former.delete(id);
      } catch (reason) {
        failed ??= { reason };
      }
    }
    if (failed !== undefined) throw failed.reason;
  }
}

/** Holds a lock while `work` runs. The signal it gets is aborted with the caller's, and when the lock is lost. */
export async function withLock<Result>(
  repository: LockableRepository,
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { startsEarly, retryMs = 0 } = options;
  const isEarly = startsEarly !== undefined && retryMs === 0;
  const lock = await (isEarly
    ? RepositoryLock.place(repository, options)
    : RepositoryLock.acquire(repository, options));
  if (isEarly) startsEarly(lock.granted);
  const signal = options.signal === undefined ? lock.signal : AbortSignal.any([options.signal, lock.signal]);
  let result: Result;
  try {
    result = await work(signal);
    await lock.granted;
    await lock.confirm();
  } catch (error) {
    // A lock that was refused is why anything else went wrong.
    await lock.granted;
    // A place that is gone cannot give the lock back either; what went wrong first is what counts.
    await lock.release().catch(() => {});
    throw error;
  }
  await lock.release();
  return result;
}

/** Removes locks that nobody holds any more, or with `all` every one. Gives what was removed. */
export async function removeStaleLocks(
  repository: LockableRepository,
  options: Operation & { all?: boolean; clock?: Clock } = {},
): Promise<LockId[]> {
  const now = (options.clock ?? systemClock).now();
  const removed: LockId[] = [];
  for (const { id } of await listFiles<LockId>(repository.backend, 'locks', options)) {
    if (options.all !== true) {
      const lock = await loadLock(repository, id, options);
      if (lock === undefined || !isRemovable(lock, now)) continue;
    }
    await removeIfThere(repository, id);
    removed.push(id);
  }
  return removed;
}

async function refuseConflicts(
  repository: LockableRepository,
  exclusive: boolean,
  ownId: LockId | undefined,
  clock: Clock,
  options: Operation,
): Promise<void> {
  // Some places leave empty files behind when they run full; they say nothing.
  const others = (await listFiles<LockId>(repository.backend, 'locks', options)).filter(
    ({ id, size }) => id !== ownId && size > 0,
  );
  const locks = await together(others, loadsAtOnce, ({ id }) => loadLock(repository, id, options));
  for (const [index, { id }] of others.entries()) {
    const lock = locks[index];
    if (lock === undefined) continue;
    if (isDead(lock, clock.now())) await giveBack(repository, id, false);
    else if (exclusive || lock.exclusive) throw locked(repository.backend.location, lock, clock.now());
  }
}

async function loadLock(repository: LockableRepository, id: LockId, options: Operation): Promise<LockFile | undefined> {
  try {
    return decodeLockFile(fileKey('locks', id), await loadSealedFile(repository, 'locks', id, options));
  } catch (error) {
    // Its owner has finished or renewed it since we listed it.
    if (isFailure(error, 'backend.not-found')) return undefined;
    throw error;
  }
}

// A place that only lets us add keeps locks. Those that are shared hinder nobody, and go stale by themselves.
async function giveBack(repository: LockableRepository, id: LockId, isExclusive: boolean): Promise<void> {
  await removeIfThere(repository, id).catch((error: unknown) => {
    if (isExclusive || !isFailure(error, 'backend.permission')) throw error;
  });
}

async function removeIfThere(repository: LockableRepository, id: LockId): Promise<void> {
  await repository.backend.remove(fileKey('locks', id)).catch((error: unknown) => {
    if (!isFailure(error, 'backend.not-found')) throw error;
  });
}

function locked(location: string, lock: LockFile, now: Date): Failure {
  const age = formatDuration(Math.max(now.getTime() - Date.parse(lock.time), 0));
  const how = lock.exclusive ? 'exclusively ' : '';
  return new Failure('repository.locked', {
    message: `the repository at ${location} is ${how}locked by ${lock.username}@${lock.hostname}, process ${lock.pid}, for ${age}`,
    hint: 'Wait until that process has finished. If it is certain that it no longer runs, use `orbit repo unlock`.',
    facts: {
      hostname: lock.hostname,
      username: lock.username,
      pid: lock.pid,
      exclusive: lock.exclusive,
      time: lock.time,
    },
  });
}

function lockLost(cause: unknown): Failure {
  if (isFailure(cause, 'repository.lock-lost')) return cause;
  return new Failure('repository.lock-lost', {
    message: 'the lock on the repository could not be renewed in time, so the work was stopped',
    hint: 'Start the operation again. If the machine had been asleep, somebody else may have removed the lock.',
    cause,
  });
}
