// Objects in this process only. For tests, and for building something before it is sent.
import type { Backend } from './backend.ts';
import { keyExists, notFound } from './failures.ts';
import { checkKey, checkPrefix } from './key.ts';
import { resolveRange } from './ranges.ts';

/** An empty backend that forgets everything with the process. `objects` is what it holds, for tests to look into. */
export function memoryBackend(location = 'memory:'): Backend & { readonly objects: Map<string, Buffer> } {
  const objects = new Map<string, Buffer>();
  const find = (key: string): Buffer => {
    checkKey(key);
    const bytes = objects.get(key);
    if (bytes === undefined) throw notFound(location, key);
    return bytes;
  };
  return {
    location,
    objects,
    async save(key, bytes, options = {}) {
      options.signal?.throwIfAborted();
      checkKey(key);
      if (objects.has(key) && options.ifExists !== 'replace') throw keyExists(location, key);
      objects.set(key, Buffer.from(bytes));
    },
    async load(key, range, options = {}) {
      options.signal?.throwIfAborted();
      const bytes = find(key);
      const { start, end } = resolveRange(location, key, bytes.length, range, options.maxBytes);
      return Buffer.from(bytes.subarray(start, end));
    },
    async stat(key, options = {}) {
      options.signal?.throwIfAborted();
      return { key, size: find(key).length };
    },
    async *list(prefix, options = {}) {
      checkPrefix(prefix);
      for (const [key, bytes] of objects) {
        options.signal?.throwIfAborted();
        if (key.startsWith(prefix)) yield { key, size: bytes.length };
      }
    },
    async remove(key, options = {}) {
      options.signal?.throwIfAborted();
      find(key);
      objects.delete(key);
    },
    async freeBytes() {
      return undefined;
    },
    async close() {},
  };
}
