// What the catalogue works with.
import type { InstanceKey } from '../../store/instance-key.ts';
import type { Store } from '../../store/store.ts';
import type { Layout } from './layout.ts';
import { allLayouts } from './layouts.ts';
import { keepsWords, openWordKey, type WordKey } from './word-key.ts';

/** The database, the key of words, and what this instance has set. */
export interface CatalogueTools {
  store: Store;
  wordKey: WordKey;
  layouts: readonly Layout[];
  keepsWords: boolean;
}

/** The tools of an instance. */
export function catalogueTools({ store, instanceKey }: { store: Store; instanceKey: InstanceKey }): CatalogueTools {
  const wordKey = openWordKey(store, instanceKey);
  return { store, wordKey, layouts: allLayouts(store), keepsWords: keepsWords(store) };
}
