// Can somebody with our credential delete or overwrite what is there? Tried, not believed.
import { randomBytes } from 'node:crypto';
import { canLock, canProve, type LockingBackend } from '../backends/abilities.ts';
import type { Backend } from '../backends/backend.ts';
import { loadsEqual } from '../backends/verified.ts';
import { isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';

/** What trying showed. */
export interface AppendOnlyProof {
  /** ISO time. */
  at: string;
  isDeletingRefused: boolean;
  isOverwritingRefused: boolean;
  /** Object locks refuse it: a removal hides, so retention goes on, and what it hid goes when its lock ends. */
  byLock?: true;
}

/**
 * Stores an object, then tries to delete it and to replace it by another. "Refused" means that the object was
 * seen, or proven, unchanged afterwards wherever the place lets us look. Leaves one object `probe/append-only-…` when refused.
 * Where objects are locked, deleting and replacing only hide: there what was stored has to outlive both, and an attempt to
 * remove that very version. It leaves a hidden `proof/append-only-…` until its lock ends.
 */
export async function proveAppendOnly(backend: Backend, now: Date, options: Operation = {}): Promise<AppendOnlyProof> {
  if (canLock(backend)) return await proveLocked(backend, now, options);
  const key = `probe/append-only-${randomBytes(6).toString('hex')}`;
  const first = randomBytes(64);
  await backend.save(key, first, options);
  const isOverwritingRefused = await isRefused(() =>
    backend.save(key, randomBytes(64), { ...options, ifExists: 'replace' }),
  );
  const survived = await isUnchanged(backend, key, first, options);
  const isDeletingRefused = await isRefused(() => backend.remove(key, options));
  return {
    at: now.toISOString(),
    isDeletingRefused,
    isOverwritingRefused: survived ?? isOverwritingRefused,
  };
}

// Probes are never locked, so the key is another one.
async function proveLocked(backend: LockingBackend, now: Date, options: Operation): Promise<AppendOnlyProof> {
  const key = `proof/append-only-${randomBytes(6).toString('hex')}`;
  const first = randomBytes(64);
  await backend.save(key, first, options);
  const version = await backend.versionOf(key, options);
  await backend.save(key, randomBytes(64), { ...options, ifExists: 'replace' });
  const isKept = await backend.survivesRemoval(key, version, first, options);
  await backend.remove(key, options);
  return { at: now.toISOString(), isDeletingRefused: isKept, isOverwritingRefused: isKept, byLock: true };
}

async function isRefused(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (isFailure(error, 'backend.permission') || isFailure(error, 'backend.key-exists')) return true;
    throw error;
  }
}

// Undefined where the place lets us neither read nor prove.
async function isUnchanged(
  backend: Backend,
  key: string,
  bytes: Buffer,
  options: Operation,
): Promise<boolean | undefined> {
  try {
    if (canProve(backend)) return await backend.provesEqual(key, bytes, options);
    return await loadsEqual(backend, key, bytes, options);
  } catch (error) {
    if (isFailure(error, 'backend.permission')) return undefined;
    throw error;
  }
}
