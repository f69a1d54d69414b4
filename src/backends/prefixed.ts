// A backend below a folder of another: `system/`, `recordings/`, `secrets/2026-11-23T03-00-00Z/`.
import { abilitiesOf } from './abilities.ts';
import type { Backend } from './backend.ts';
import { checkKey, checkPrefix } from './key.ts';

/** The part of `inner` below `folder` (a key, without a slash at its end). Closing it leaves `inner` open: its owner closes it. */
export function prefixedBackend(inner: Backend, folder: string): Backend {
  checkKey(folder);
  const below = (key: string): string => {
    checkKey(key);
    return `${folder}/${key}`;
  };
  return {
    location: `${inner.location}/${folder}`,
    save: async (key, bytes, options) => inner.save(below(key), bytes, options),
    load: async (key, range, options) => inner.load(below(key), range, options),
    stat: async (key, options) => ({ key, size: (await inner.stat(below(key), options)).size }),
    async *list(prefix, options) {
      checkPrefix(prefix);
      for await (const { key, size } of inner.list(`${folder}/${prefix}`, options)) {
        yield { key: key.slice(folder.length + 1), size };
      }
    },
    remove: async (key, options) => inner.remove(below(key), options),
    freeBytes: (options) => inner.freeBytes(options),
    close: async () => {},
    ...abilitiesOf(inner, below),
  };
}
