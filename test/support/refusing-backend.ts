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
