// Believes a place only what it can read back: after each save the object is fetched again and compared.
import { Failure, isFailure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import { type ProvingBackend, canProve, abilitiesOf } from './abilities.ts';
import type { Backend, BackendKey } from './backend.ts';

/** True when what lies under `key` has exactly these bytes; it is fetched, unless it is longer. */
export async function loadsEqual(
  backend: Backend,
  key: BackendKey,
  bytes: Uint8Array,
  options: Operation = {},
): Promise<boolean> {
  try {
    return (await backend.load(key, undefined, { ...options, maxBytes: bytes.length })).equals(bytes);
  } catch (error) {
    if (isFailure(error, 'backend.too-large')) return false;
    throw error;
  }
}

/**
 * Wraps a backend so that `save` resolves only after the object was read back and found equal, byte by byte, or proven
 * equal by the place where it can do that, unless the caller said that it does so itself. An object that differs is removed again, where removing is allowed.
 * @throws Failure `backend.different-bytes` from `save`.
 */
export function verifiedBackend(inner: Backend): ProvingBackend {
  const isEqual = async (key: BackendKey, bytes: Uint8Array, options: Operation): Promise<boolean> =>
    canProve(inner) ? await inner.provesEqual(key, bytes, options) : await loadsEqual(inner, key, bytes, options);
  return {
    location: inner.location,
    async save(key, bytes, options = {}) {
      await inner.save(key, bytes, options);
      if (options.isReadBackByCaller) return;
      const readBack = options.signal === undefined ? {} : { signal: options.signal };
      if (await isEqual(key, bytes, readBack)) return;
      const removed = await inner.remove(key, readBack).then(
        () => true,
        () => false,
      );
      throw new Failure('backend.different-bytes', {
        message: `${key} read back from ${inner.location} differs from what was sent`,
        hint: `The disk, the memory or the line of the place damages data: look there first. ${
          removed ? 'The damaged object was removed.' : 'The damaged object could not be removed and still lies there.'
        }`,
        facts: { location: inner.location, key, removed },
      });
    },
    provesEqual: (key, bytes, options = {}) => isEqual(key, bytes, options),
    load: (key, range, options) => inner.load(key, range, options),
    stat: (key, options) => inner.stat(key, options),
    list: (prefix, options) => inner.list(prefix, options),
    remove: (key, options) => inner.remove(key, options),
    freeBytes: (options) => inner.freeBytes(options),
    close: () => inner.close(),
    ...abilitiesOf(inner),
  };
}
