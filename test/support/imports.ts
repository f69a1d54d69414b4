// Imports files in tests: what came, and what was told.
import type { ImportNote, ImportOptions } from '../../src/sources/secrets/import/importer.ts';
import { importerFor } from '../../src/sources/secrets/import/importers.ts';
import type { SecretRecord } from '../../src/sources/secrets/secret-record.ts';

/** Records and notes of a file, by the importer that recognises it. */
export async function imported(
  content: Uint8Array | string,
  filename: string,
  options: ImportOptions = {},
): Promise<{ records: SecretRecord[]; notes: ImportNote[] }> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const notes: ImportNote[] = [];
  const note = (one: ImportNote): void => void notes.push(one);
  const records = await Array.fromAsync(importerFor(bytes, filename).read(bytes, { note, ...options }));
  return { records, notes };
}

/** Records with their values open, as far as every importer gives them. */
export function shown(records: SecretRecord[]): unknown {
  return records.map(({ title, username, password: value, url, notes, groups, totp, fields, type, tags }) => ({
    title,
    username,
    password: value.reveal(),
    url,
    notes: notes.reveal(),
    groups,
    totp: totp?.reveal(),
    fields: Object.fromEntries(fields.map((field) => [field.name, field.value.reveal()])),
    type,
    tags,
  }));
}
