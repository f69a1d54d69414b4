// Secrets of the built-in vault by ranges of ids, packed and judged: what a run keeps of them, read in any thread.
import type { DatabaseSync } from 'node:sqlite';
import { isFailure } from '../base/failure.ts';
import { type DigestKey, recordDigest } from '../breakglass/kit/record-digest.ts';
import type { PackedRecord, RecordPacker } from '../sources/secrets/packed-records.ts';
import { RowPacker } from '../sources/secrets/vault/packed-rows.ts';
import { type IdRange, openWhole, readEach, type WholeRow } from '../sources/secrets/vault/vault-read.ts';
import { vaultRows } from '../sources/secrets/vault/vault-rows.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import { type MarkedItem, markedItemOf } from './kit-items.ts';
import type { PasswordPolicy } from './password-policy-fields.ts';

/** What ranges are read with. */
export interface RangeReading {
  database: DatabaseSync;
  key: InstanceKey;
  packer: RecordPacker;
  policy: PasswordPolicy;
  /** The key of the marks of passwords. */
  markKey: string;
  digestKey: DigestKey;
  /** Id of the vault among the sources of a kit. */
  sourceId: string;
}

/** The secrets of a range, the item of each, and their digests one after the other. */
export interface ReadRange {
  records: PackedRecord[];
  items: MarkedItem[];
  digests: Uint8Array;
  /** `vault.damaged-secret`: it names those that could not be opened, and so are not here. */
  unreadable?: Error;
}

/** Gives what reads a range as it is at one moment. */
export function rangeReader(reading: RangeReading): (range: IdRange) => ReadRange {
  const { database, key, packer, policy, markKey, digestKey, sourceId } = reading;
  const rows = vaultRows({ database });
  const rowPacker = new RowPacker(key, packer);
  const pack = (whole: WholeRow): PackedRecord => rowPacker.pack(whole) ?? packer.pack(openWhole(rows, key, whole));
  return (range) => {
    const found: Pick<ReadRange, 'records' | 'items' | 'unreadable'> = { records: [], items: [] };
    const digests: Buffer[] = [];
    database.exec('BEGIN');
    try {
      for (const record of readEach(rows, range, pack)) {
        found.records.push(record);
        found.items.push(markedItemOf(record, policy, markKey));
        digests.push(recordDigest(digestKey, sourceId, record));
      }
    } catch (error) {
      if (!isFailure(error, 'vault.damaged-secret')) throw error;
      found.unreadable = error;
    } finally {
      database.exec('COMMIT');
    }
    return { ...found, digests: Buffer.concat(digests) };
  };
}
