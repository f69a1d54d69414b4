// Does a place work? Write, read back, compare, list, delete, with random content, before anything depends on it.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { canDate, canProve } from '../backends/abilities.ts';
import type { Backend } from '../backends/backend.ts';
import { timedOut } from '../backends/failures.ts';
import { loadsEqual } from '../backends/verified.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { Failure, isFailure } from '../base/failure.ts';
import { type KeptNote, note } from '../base/note.ts';
import { together } from '../base/together.ts';

/** What a probe found. Times are ISO, sizes bytes. */
export interface ProbeResult {
  at: string;
  isUsable: boolean;
  /** Why it is not usable. */
  failure?: ReturnType<Failure['toJSON']>;
  /** What works but should not stay so. */
  worries: KeptNote[];
  /** How long writing and reading back a small object took. */
  latencyMs?: number;
  /** False where nothing may be overwritten. */
  canReplace?: boolean;
  canRead?: boolean;
  canList?: boolean;
  canRemove?: boolean;
  freeBytes?: number;
  /** The place's clock minus ours; missing where the place tells no times. */
  clockDifferenceMs?: number;
}

/** How a probe is made. */
export interface ProbeOptions {
  /** True when `write_test` must be there from before: its absence means another, empty folder. */
  expectsWriteTest?: boolean;
  /** Fewer free bytes than this are a worry. Default: none are. */
  lowSpaceBytes?: number;
  /** Default 45 000. */
  timeoutMs?: number;
  clock?: Clock;
  signal?: AbortSignal;
}

const writeTest = 'write_test';
const scratch = 'probe/object';
const maxClockDifferenceMs = 2 * 60_000;

/**
 * Probes a bare backend (no retries, so that the first trouble shows). Never throws for the place's sake: what went
 * wrong is in the result. Leaves `write_test` there, with new content each time.
 */
export async function probeBackend(
  backend: Backend,
  options: ProbeOptions = {},
): Promise<{ result: ProbeResult; failure?: Failure }> {
  const clock = options.clock ?? systemClock;
  const timeoutMs = options.timeoutMs ?? 45_000;
  const result: ProbeResult = { at: clock.now().toISOString(), isUsable: false, worries: [] };
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  const late = timedOut(backend.location, timeoutMs / 1000);
  const deadline = setTimeout(() => stop.abort(late), timeoutMs);
  try {
    // A call on a dead mount may not even notice the abort: the deadline holds without it.
    await Promise.race([steps(backend, options.expectsWriteTest === true, result, clock, signal), whenAborted(signal)]);
    result.isUsable = true;
    const { freeBytes: bytes = Infinity } = result;
    if (bytes < (options.lowSpaceBytes ?? 0)) result.worries.push(note('destination.nearly-full', { bytes }));
    return { result };
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isFailure(error)) throw error;
    result.failure = error.toJSON();
    return { result, failure: error };
  } finally {
    clearTimeout(deadline);
    stop.abort(late);
  }
}

async function steps(
  backend: Backend,
  expectsWriteTest: boolean,
  result: ProbeResult,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (expectsWriteTest) await checkOurs(backend, signal);
  const content = Buffer.from(`orbit ${result.at} ${randomBytes(32).toString('hex')}\n`);
  const started = performance.now();
  // What can go together does: over some ways each call alone is a program of its own.
  const stored = await together([writeTest, scratch], 2, (key) =>
    ifAllowed(() => backend.save(key, content, { ifExists: 'replace', signal })),
  );
  result.canReplace = stored.every(Boolean);
  if (!result.canReplace) return await appendOnlySteps(backend, result, signal);
  const savedAt = clock.now().getTime();
  await readBack(backend, writeTest, content, result, signal);
  result.latencyMs = Math.round(performance.now() - started);
  const asked = [
    clockDifference(backend, savedAt, signal),
    ifAllowed(() => listed(backend, content.length, signal)),
    ifAllowedGive(() => backend.freeBytes({ signal })),
  ] as const;
  await Promise.allSettled(asked); // All have ended before one's failure is thrown.
  const [difference, canList, freeBytes] = await Promise.all(asked);
  result.canList = canList;
  if (difference !== undefined) result.clockDifferenceMs = difference;
  const differenceMs = Math.abs(difference ?? 0);
  if (difference !== undefined && differenceMs > maxClockDifferenceMs) {
    const code = difference < 0 ? 'destination.clock-behind' : 'destination.clock-ahead';
    result.worries.push(note(code, { differenceMs }));
  }
  result.canRemove = await ifAllowed(() => backend.remove(scratch, { signal }));
  if (freeBytes !== undefined) result.freeBytes = freeBytes;
}

// What is stored here stays: one object a day, with the same content, so that finding it there is as good as storing it.
async function appendOnlySteps(backend: Backend, result: ProbeResult, signal: AbortSignal): Promise<void> {
  const key = `probe/${result.at.slice(0, 10)}`;
  const content = Buffer.from(`orbit ${key}\n`);
  const started = performance.now();
  try {
    await backend.save(key, content, { signal });
  } catch (error) {
    if (!isFailure(error, 'backend.key-exists')) throw error;
  }
  await readBack(backend, key, content, result, signal);
  result.latencyMs = Math.round(performance.now() - started);
}

// Where `write_test` was once and is no more, lies another folder: an unmounted one on the far side, as a rule.
async function checkOurs(backend: Backend, signal: AbortSignal): Promise<void> {
  try {
    await backend.stat(writeTest, { signal });
  } catch (error) {
    if (isFailure(error, 'backend.permission')) return; // A key that may only write cannot look.
    if (!isFailure(error, 'backend.not-found')) throw error;
    throw new Failure('destinations.emptied', {
      message: `${backend.location} is not the place it was: write_test is gone`,
      hint: 'Is a mount missing over there? If the folder was emptied on purpose, run orbit destination test NAME --accept-empty.',
      cause: error,
      facts: { location: backend.location },
    });
  }
}

async function readBack(
  backend: Backend,
  key: string,
  content: Buffer,
  result: ProbeResult,
  signal: AbortSignal,
): Promise<void> {
  const differs = (): Failure =>
    new Failure('destinations.not-kept', {
      message: `${backend.location} gives back other bytes than it was sent`,
      hint: 'The disk, the memory or the line of the place damages data. Do not trust it before that is mended.',
      facts: { location: backend.location },
    });
  let isSame: boolean | undefined;
  result.canRead = await ifAllowed(async () => {
    isSame = await loadsEqual(backend, key, content, { signal });
  });
  if (isSame === false) throw differs();
  if (isSame === undefined && canProve(backend) && !(await backend.provesEqual(key, content, { signal }))) {
    throw differs();
  }
}

async function listed(backend: Backend, size: number, signal: AbortSignal): Promise<void> {
  for await (const object of backend.list('probe/', { signal })) {
    if (object.key === scratch && object.size === size) return;
  }
  throw new Failure('destinations.not-listed', {
    message: `${backend.location} does not list an object that was just stored`,
    hint: 'A cache between Orbit and the place shows old listings; switch it off (for NFS and CIFS: actimeo=1).',
    facts: { location: backend.location },
  });
}

async function clockDifference(backend: Backend, savedAt: number, signal: AbortSignal): Promise<number | undefined> {
  if (!canDate(backend)) return undefined;
  const modified = await ifAllowedGive(() => backend.modifiedAt(writeTest, { signal }));
  return modified === undefined ? undefined : modified.getTime() - savedAt;
}

// A place may forbid reading, listing or deleting (append-only): that is a fact about it, not a fault.
async function ifAllowed(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isFailure(error, 'backend.permission')) return false;
    throw error;
  }
}

async function ifAllowedGive<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  let value: Value | undefined;
  await ifAllowed(async () => {
    value = await work();
  });
  return value;
}

async function whenAborted(signal: AbortSignal): Promise<never> {
  await delay(2 ** 31 - 1, undefined, { signal, ref: false }).catch(() => {});
  throw signal.reason;
}
