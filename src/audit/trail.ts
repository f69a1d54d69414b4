// The audit trail of an instance: appended to, read, exported. Nothing here changes or removes an entry.
import type { Clock } from '../base/clock.ts';
import { type ReportEvent, orbitEvent } from '../base/event.ts';
import type { Store } from '../store/store.ts';
import { type AuditEntry, type AuditFacts, type KeptEntry, auditEntry, hashOfEntry, noPrevious } from './entry.ts';

/** Which entries to list; the newest come first. */
export interface AuditFilter {
  actor?: string;
  /** Part of the action. */
  action?: string;
  /** ISO times: from (inclusive), until (exclusive). */
  since?: string;
  until?: string;
  /** Only entries with a smaller number: the next page. */
  before?: number;
  limit: number;
}

/** The trail of one instance. */
export interface AuditTrail {
  /** Adds an entry, tells its hash to whoever listens (the SIEM keeps it where we cannot reach), and gives it. */
  append(facts: AuditFacts): { number: number; hash: string };
  list(filter: AuditFilter): (AuditEntry & { hash: string })[];
  /** Every entry in order, as it is kept. */
  all(): Iterable<KeptEntry>;
  /** The hash of the newest entry; undefined while there is none. */
  head(): string | undefined;
}

// A settings page is some KiB. What is longer is named by its hash: the trail must not fill the disk.
const detailBytesMax = 64 * 1024;

/** Opens the trail in this store. */
export function openAuditTrail({ store, clock, tell }: { store: Store; clock: Clock; tell: ReportEvent }): AuditTrail {
  const { database } = store;
  return {
    append(facts) {
      const at = clock.now();
      const kept = store.transaction(() => {
        const last = database.prepare('SELECT number, hash FROM audit_entry ORDER BY number DESC LIMIT 1').get();
        const number = Number(last?.['number'] ?? 0) + 1;
        const entry = {
          number,
          at: at.toISOString(),
          ...shortened(facts),
          previous: String(last?.['hash'] ?? noPrevious),
        };
        const text = JSON.stringify(auditEntry.parse(entry));
        const hash = hashOfEntry(text);
        database.prepare('INSERT INTO audit_entry (number, entry, hash) VALUES (?, ?, ?)').run(number, text, hash);
        return { number, hash };
      });
      const { actor, action, role, address, method, subject } = facts;
      tell(
        orbitEvent('audit.logged', { action, auditHead: kept.hash, user: actor, role, address, method, subject }, at),
      );
      return kept;
    },
    list({ actor, action, since, until, before, limit }) {
      return database
        .prepare(
          `SELECT entry, hash FROM audit_entry
           WHERE (:actor IS NULL OR actor = :actor) AND (:action IS NULL OR instr(lower(action), lower(:action)) > 0)
             AND (:since IS NULL OR at >= :since) AND (:until IS NULL OR at < :until)
             AND (:before IS NULL OR number < :before)
           ORDER BY number DESC LIMIT :limit`,
        )
        .all({
          actor: actor ?? null,
          action: action ?? null,
          since: since ?? null,
          until: until ?? null,
          before: before ?? null,
          limit,
        })
        .map((row) => ({ ...auditEntry.parse(JSON.parse(String(row['entry']))), hash: String(row['hash']) }));
    },
    *all() {
      // Page by page: whoever takes the trail slowly keeps no statement open.
      const page = database.prepare(
        'SELECT number, entry, hash FROM audit_entry WHERE number > ? ORDER BY number LIMIT 1000',
      );
      for (let rows = page.all(0); rows.length > 0; rows = page.all(rows.at(-1)?.['number'] ?? 0)) {
        for (const row of rows) yield { text: String(row['entry']), hash: String(row['hash']) };
      }
    },
    head: () => auditHead(store),
  };
}

/** The hash of the newest entry of this store, to be written into backups; undefined while there is none. */
export function auditHead(store: Store): string | undefined {
  const row = store.database.prepare('SELECT hash FROM audit_entry ORDER BY number DESC LIMIT 1').get();
  return row === undefined ? undefined : String(row['hash']);
}

function shortened(facts: AuditFacts): AuditFacts {
  const short = { ...facts };
  for (const part of ['before', 'after'] as const) {
    const text = JSON.stringify(facts[part] ?? null);
    if (Buffer.byteLength(text) > detailBytesMax) {
      short[part] = { tooLong: Buffer.byteLength(text), sha256: hashOfEntry(text) };
    }
  }
  return short;
}
