// What some places can do besides the promises of Backend. Whoever can use one asks with `in`.
import type { Operation } from '../base/operation.ts';
import type { Backend, BackendKey } from './backend.ts';

/** A backend that can prove an object equal without fetching it, as rsync does with a checksum run. */
export interface ProvingBackend extends Backend {
  /** True when what lies under `key` has exactly these bytes, as read by the place now. */
  provesEqual(key: BackendKey, bytes: Uint8Array, options?: Operation): Promise<boolean>;
}

/** A backend that tells when an object was stored, by the clock of the place. */
export interface DatingBackend extends Backend {
  modifiedAt(key: BackendKey, options?: Operation): Promise<Date>;
}

/** A backend that locks objects against removal for a time. What a removal or a replacement hides stays there until the lock ends. */
export interface LockingBackend extends Backend {
  /** Days for which an object is locked when it is stored or locked anew. */
  readonly lockDays: number;
  /** False for keys that are never locked, because they come and go in the daily work. */
  isLockable(key: BackendKey): boolean;
  /** Locks an object for `lockDays` from now on; a lock that lasts longer stays. */
  lockAnew(key: BackendKey, options?: Operation): Promise<void>;
  /** The name of what lies under `key` now, by which it is found when something else was stored there. */
  versionOf(key: BackendKey, options?: Operation): Promise<string>;
  /** Tries to remove that version for good. True when that was refused and it still has these bytes. */
  survivesRemoval(key: BackendKey, version: string, bytes: Uint8Array, options?: Operation): Promise<boolean>;
}

/** How much a place is best asked for at once: so many loads, of so many bytes together. */
export interface ReadAhead {
  calls: number;
  bytes: number;
}

/** A backend that serves many loads together far better than a few. */
export interface EagerBackend extends Backend {
  readonly readAhead: ReadAhead;
}

/** True when the backend proves objects equal by itself. */
export function canProve(backend: Backend): backend is ProvingBackend {
  return 'provesEqual' in backend;
}

/** True when the backend tells times. */
export function canDate(backend: Backend): backend is DatingBackend {
  return 'modifiedAt' in backend;
}

/** True when the backend locks what is stored. */
export function canLock(backend: Backend): backend is LockingBackend {
  return 'lockAnew' in backend;
}

// Enough for a far place to be busy, and for small objects few enough bytes for any machine.
const usualReadAhead: ReadAhead = { calls: 64, bytes: 32 * 2 ** 20 };

/** What the backend is best asked for at once. */
export function readAheadOf(backend: Backend): ReadAhead {
  return 'readAhead' in backend ? (backend as EagerBackend).readAhead : usualReadAhead;
}

/** For wrappers: tells times and locks exactly when `inner` does, and is asked as it is. `keyOf` gives the key that `inner` knows. */
export function abilitiesOf(
  inner: Backend,
  keyOf = (key: BackendKey): BackendKey => key,
): Partial<DatingBackend & EagerBackend & LockingBackend> {
  const dating = canDate(inner) && {
    modifiedAt: (key: BackendKey, options?: Operation) => inner.modifiedAt(keyOf(key), options),
  };
  const locking = canLock(inner) && {
    lockDays: inner.lockDays,
    isLockable: (key: BackendKey) => inner.isLockable(keyOf(key)),
    lockAnew: (key: BackendKey, options?: Operation) => inner.lockAnew(keyOf(key), options),
    versionOf: (key: BackendKey, options?: Operation) => inner.versionOf(keyOf(key), options),
    survivesRemoval: (key: BackendKey, version: string, bytes: Uint8Array, options?: Operation) =>
      inner.survivesRemoval(keyOf(key), version, bytes, options),
  };
  return { ...dating, ...locking, readAhead: readAheadOf(inner) };
}
