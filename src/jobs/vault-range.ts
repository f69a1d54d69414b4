// Secrets of the built-in vault by ranges of ids, packed and judged: what a run keeps of them, read in any thread.
import type { DatabaseSync } from 'node:sqlite';
import { isFailure } from '../base/failure.ts';
import type { PackedRecord, RecordPacker } from '../sources/secrets/packed-records.ts';
import { type IdRange, readableSecrets } from '../sources/secrets/vault/vault-read.ts';
import { vaultRows } from '../sources/secrets/vault/vault-rows.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import { type MarkedItem, markedItem } from './kit-items.ts';
import type { PasswordPolicy } from './password-policy-fields.ts';

/** What ranges are read with. */
export interface RangeReading {
  database: DatabaseSync;
  key: InstanceKey;
  packer: RecordPacker;
  policy: PasswordPolicy;
  /** The key of the marks of passwords. */
  markKey: string;
}

/** The secrets of a range, and the item of each. */
export interface ReadRange {
  records: PackedRecord[];
  items: MarkedItem[];
  /** `vault.damaged-secret`: it names those that could not be opened, and so are not here. */
  unreadable?: Error;
}

/** Gives what reads a range as it is at one moment. */
export function rangeReader({ database, key, packer, policy, markKey }: RangeReading): (range: IdRange) => ReadRange {
  const rows = vaultRows({ database });
  return (range) => {
    const found: ReadRange = { records: [], items: [] };
    database.exec('BEGIN');
    try {
      for (const secret of readableSecrets(rows, key, range)) {
        found.records.push(packer.pack(secret));
        found.items.push(markedItem(secret, policy, markKey));
      }
    } catch (error) {
      if (!isFailure(error, 'vault.damaged-secret')) throw error;
      found.unreadable = error;
    } finally {
      database.exec('COMMIT');
    }
    return found;
  };
}
