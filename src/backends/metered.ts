// Counts what really goes to a place, for the sentence that confirms a run.
import { abilitiesOf } from './abilities.ts';
import type { Backend } from './backend.ts';

/** What went through a metered backend since it was made. Bytes and milliseconds. */
export interface Meter {
  sentObjects: number;
  sentBytes: number;
  loadedObjects: number;
  loadedBytes: number;
  /** Time during which at least one object was on its way, counted once however many there were. */
  transferMs: number;
}

/** A backend that counts, and its meter. */
export function meteredBackend(inner: Backend): { backend: Backend; meter: Meter } {
  const meter: Meter = { sentObjects: 0, sentBytes: 0, loadedObjects: 0, loadedBytes: 0, transferMs: 0 };
  let onTheWay = 0;
  let since = 0;
  const backend: Backend = {
    location: inner.location,
    async save(key, bytes, options) {
      const size = bytes.length;
      if (onTheWay === 0) since = performance.now();
      onTheWay += 1;
      try {
        await inner.save(key, bytes, options);
        meter.sentObjects += 1;
        meter.sentBytes += size;
      } finally {
        onTheWay -= 1;
        if (onTheWay === 0) meter.transferMs += performance.now() - since;
      }
    },
    async load(key, range, options) {
      const bytes = await inner.load(key, range, options);
      meter.loadedObjects += 1;
      meter.loadedBytes += bytes.length;
      return bytes;
    },
    stat: (key, options) => inner.stat(key, options),
    list: (prefix, options) => inner.list(prefix, options),
    remove: (key, options) => inner.remove(key, options),
    freeBytes: (options) => inner.freeBytes(options),
    close: () => inner.close(),
    ...abilitiesOf(inner),
  };
  return { backend, meter };
}
