// KDBX 3.1, 4.0 and 4.1: KeePass, KeePassXC, and Orbit's own kits.
import { isKdbx } from '../../../kdbx/header.ts';
import { readKdbx } from '../../../kdbx/kdbx.ts';
import type { KdbxEntry } from '../../../kdbx/kdbx-types.ts';
import { fromKdbxEntry } from '../kdbx-entry.ts';
import type { SecretRecord } from '../secret-record.ts';
import type { ImportOptions, SecretImporter } from './importer.ts';
import { withReferences } from './kdbx-references.ts';

/** Reads a database with its password, its key file, or both. */
export const kdbxImporter: SecretImporter = {
  kind: 'kdbx',
  title: 'KeePass database (KDBX)',
  matches: (bytes, filename) => isKdbx(bytes) || /\.kdbx?$/i.test(filename),
  async *read(bytes, options) {
    const { password, keyFile } = options;
    const credentials = {
      ...(password === undefined ? {} : { password }),
      ...(keyFile === undefined ? {} : { keyFile }),
    };
    const database = await readKdbx(bytes, credentials);
    yield* recordsOf(() => database.entries(), options);
  },
};

/** Records of KeePass entries, for whatever file they lie in; `entries` goes through it anew each time. */
export async function* recordsOf(
  entries: () => AsyncIterable<KdbxEntry>,
  options: ImportOptions,
): AsyncIterable<SecretRecord> {
  const seen = new Set<string>();
  for await (const entry of withReferences(entries, (note) => options.note?.(note))) {
    options.signal?.throwIfAborted();
    const { record } = fromKdbxEntry(entry);
    const { title } = record;
    if (entry.isRecycled === true && options.includeRecycled !== true) {
      options.note?.({ kind: 'recycled-skipped', title, message: 'it lies in the recycle bin' });
      continue;
    }
    // Somebody who duplicates an entry of ours in KeePass duplicates its id as well.
    if (seen.has(record.id)) record.id = entry.uuid;
    seen.add(record.id);
    yield record;
  }
}
