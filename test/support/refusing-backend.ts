// A place that removes nothing below a folder, as an append-only one does.
import type { Backend } from '../../src/backends/backend.ts';
import { Failure } from '../../src/base/failure.ts';

/** Wraps a backend: removing below `prefix` is refused. */
export function backendRefused(inner: Backend, prefix: string): Backend {
  return {
    location: inner.location,
    save: (key, bytes, options) => inner.save(key, bytes, options),
    load: (key, range, options) => inner.load(key, range, options),
    stat: (key, options) => inner.stat(key, options),
    list: (below, options) => inner.list(below, options),
    async remove(key, options) {
      if (key.startsWith(prefix)) throw new Failure('backend.refused', { message: `${key} may not be removed` });
      await inner.remove(key, options);
    },
    freeBytes: (options) => inner.freeBytes(options),
    close: () => inner.close(),
  };
}

/** Wraps a backend: what is there is neither replaced nor removed, as at an append-only place. New objects are taken. */
export function backendRefusingChange(inner: Backend): Backend {
  const refused = (key: string): Failure =>
    new Failure('backend.permission', { message: `${key} may not be changed: permission denied` });
  return {
    ...backendRefused(inner, ''),
    async save(key, bytes, options) {
      const isThere = await inner.stat(key).then(
        () => true,
        () => false,
      );
      if (isThere) throw refused(key);
      await inner.save(key, bytes, options);
    },
    remove: (key) => Promise.reject(refused(key)),
  };
}
