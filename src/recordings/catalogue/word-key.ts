// Words of sessions are sensitive: the catalogue keeps them as digests under a key of this instance. They answer whether a
// word occurs somewhere, and cannot be read back without the key.
import { openDigestKey } from '../../breakglass/kit/record-digest.ts';
import type { InstanceKey } from '../../store/instance-key.ts';
import type { Store } from '../../store/store.ts';

/** Turns words into the numbers the catalogue keeps. */
export interface WordKey {
  numberOf(word: string): number;
}

const settingName = 'recordings.text';

/** The key of this instance. */
export function openWordKey(store: Store, instanceKey: InstanceKey): WordKey {
  const key = openDigestKey(store, instanceKey);
  // 48 bits: a whole number in JavaScript, and one in 280 million million that another word has it.
  return { numberOf: (word) => key.digest('recording word', word).readUIntBE(0, 6) };
}

/** Whether words are kept; they are until somebody says no. */
export function keepsWords(store: Store): boolean {
  return store.database.prepare('SELECT value FROM setting WHERE name = ?').get(settingName)?.['value'] !== 'false';
}

/** Keeps words from now on, or no longer; what was kept goes at once. */
export function setKeepsWords(store: Store, keeps: boolean): void {
  store.transaction(() => {
    store.database
      .prepare('INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)')
      .run(settingName, String(keeps));
    if (!keeps) store.database.exec('DELETE FROM recording_word');
  });
}
