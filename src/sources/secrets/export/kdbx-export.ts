// Secrets as a KDBX 4.0 file that any KeePass program opens, with nothing left out.
import type { KdbxCredentials, KdbxEntry } from '../../../kdbx/kdbx-types.ts';
import { writeKdbx } from '../../../kdbx/kdbx.ts';
import type { KdbxWriteOptions } from '../../../kdbx/save-kdbx.ts';
import { toKdbxEntry } from '../kdbx-entry.ts';
import type { KdbxOrigin } from '../kdbx-marks.ts';
import type { SecretRecord } from '../secret-record.ts';

/** The file's bytes. Throws `kdbx.no-credentials`. */
export async function exportKdbx(
  records: AsyncIterable<SecretRecord> | Iterable<SecretRecord>,
  credentials: KdbxCredentials,
  options: KdbxWriteOptions & { origin?: KdbxOrigin } = {},
): Promise<Buffer> {
  const { origin, ...writeOptions } = options;
  return writeKdbx(entriesOf(records, origin), credentials, writeOptions);
}

async function* entriesOf(
  records: AsyncIterable<SecretRecord> | Iterable<SecretRecord>,
  origin: KdbxOrigin | undefined,
): AsyncIterable<KdbxEntry> {
  for await (const record of records) yield toKdbxEntry(record, origin);
}
