// Keeps the opening records that came back. Who, why and what they saw are sealed by the instance key.
import type { Clock } from '../base/clock.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';
import { openingId, type OpeningRecord, parseOpeningRecord } from './opening-record.ts';

/** A kept record. */
export interface KeptOpening {
  id: string;
  receivedAt: string;
  record: OpeningRecord;
}

type Site = { store: Store; instanceKey: InstanceKey; clock: Clock };

/**
 * Keeps a record and gives its id. One of the same opening that was saved later replaces the earlier one; `isNew` tells
 * whether anything was learnt.
 */
export function keepOpening(
  { store, instanceKey, clock }: Site,
  record: OpeningRecord,
): { id: string; isNew: boolean } {
  const id = openingId(record);
  const sealed = instanceKey.seal(purposeOf(id), JSON.stringify(record));
  const { changes } = store.database
    .prepare(
      `INSERT INTO opening_record (id, kit, opened_at, closed_at, received_at, values_seen, sealed_record)
       VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET closed_at = excluded.closed_at, received_at = excluded.received_at,
         values_seen = excluded.values_seen, sealed_record = excluded.sealed_record
       WHERE excluded.closed_at > opening_record.closed_at`,
    )
    .run(id, record.kit, record.openedAt, record.closedAt, clock.now().toISOString(), record.seen.length, sealed);
  return { id, isNew: Number(changes) > 0 };
}

/** Every kept record, the newest opening first. */
export function listOpenings({ store, instanceKey }: Pick<Site, 'store' | 'instanceKey'>): KeptOpening[] {
  const rows = store.database.prepare('SELECT * FROM opening_record ORDER BY opened_at DESC').all();
  return rows.map((row) => {
    const id = String(row['id']);
    const json = instanceKey.open(purposeOf(id), row['sealed_record'] as Uint8Array);
    return { id, receivedAt: String(row['received_at']), record: parseOpeningRecord(id, json) };
  });
}

function purposeOf(id: string): string {
  return `breakglass:opening-record:${id}`;
}
