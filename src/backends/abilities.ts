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

/** True when the backend proves objects equal by itself. */
export function canProve(backend: Backend): backend is ProvingBackend {
  return 'provesEqual' in backend;
}

/** True when the backend tells times. */
export function canDate(backend: Backend): backend is DatingBackend {
  return 'modifiedAt' in backend;
}

/** For wrappers: tells times exactly when `inner` does. `keyOf` gives the key that `inner` knows. */
export function datingOf(inner: Backend, keyOf = (key: BackendKey): BackendKey => key): Partial<DatingBackend> {
  if (!canDate(inner)) return {};
  return { modifiedAt: (key, options) => inner.modifiedAt(keyOf(key), options) };
}
