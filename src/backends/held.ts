// A backend that can hold back what changes the place until something else is certain. Reading goes on meanwhile.
import { abilitiesOf } from './abilities.ts';
import type { Backend, BackendKey } from './backend.ts';

/** The backend, and what makes it hold: until the promise resolves, nothing is stored or removed; when it rejects, never. */
export interface HeldBackend {
  backend: Backend;
  hold(until: Promise<void>): void;
}

/** `isFree`: keys that are never held. */
export function heldBackend(inner: Backend, isFree: (key: BackendKey) => boolean): HeldBackend {
  let held: Promise<void> = Promise.resolve();
  const turn = async (key: BackendKey): Promise<void> => {
    if (!isFree(key)) await held;
  };
  return {
    backend: {
      location: inner.location,
      async save(key, bytes, options) {
        await turn(key);
        await inner.save(key, bytes, options);
      },
      load: (key, range, options) => inner.load(key, range, options),
      stat: (key, options) => inner.stat(key, options),
      list: (prefix, options) => inner.list(prefix, options),
      async remove(key, options) {
        await turn(key);
        await inner.remove(key, options);
      },
      freeBytes: (options) => inner.freeBytes(options),
      close: () => inner.close(),
      ...abilitiesOf(inner),
    },
    hold: (until) => {
      held = until;
    },
  };
}
