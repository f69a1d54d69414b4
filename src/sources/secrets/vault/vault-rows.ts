// The vault's queries: sealed rows in and out, nothing opened. One database file may be used by several processes.
import type { SQLInputValue } from 'node:sqlite';
import type { Store } from '../../../store/store.ts';
import type { SealedAttachment, SealedPieces } from './sealed-secret.ts';

/** A row of `secret`. Times are ISO 8601 in UTC. */
export interface SecretRow extends SealedPieces {
  id: string;
  revision: number;
  isOwn: boolean;
  createdAt: string;
  changedAt: string;
  removedAt: string | null;
}

/** A row of `secret_version`. */
export interface VersionRow extends SealedPieces {
  revision: number;
  changedAt: string;
}

/** A row of `secret_attachment`; it belongs to revisions `sinceRevision` up to, not including, `untilRevision`. */
export interface AttachmentRow extends SealedAttachment {
  number: number;
  sinceRevision: number;
  untilRevision: number | null;
}

/** The vault's prepared statements. What changes rows must run inside `store.transaction`. */
export interface VaultRows {
  generation(): number;
  bumpGeneration(): void;
  row(id: string): SecretRow | undefined;
  /** Up to `limit` rows after the id `after` (start with '') and up to the id `upTo`, in the order of ids. */
  page(after: string, upTo: string, limit: number): SecretRow[];
  ids(): string[];
  versions(id: string): VersionRow[];
  /** The versions of every secret from the id `first` to the id `last`, by id; those without a past are left out. */
  versionsBetween(first: string, last: string): Map<string, VersionRow[]>;
  /** Which secrets from the id `first` to the id `last` have attachments, now or in their past. */
  idsWithAttachments(first: string, last: string): Set<string>;
  attachments(id: string): AttachmentRow[];
  insert(row: SecretRow): void;
  insertVersion(id: string, row: VersionRow): void;
  insertAttachment(id: string, row: AttachmentRow): void;
  /** Moves the current look into the past as it lies there, and puts this one in its place. */
  replace(id: string, next: SealedPieces & { revision: number; changedAt: string }): void;
  retireAttachment(id: string, number: number, untilRevision: number): void;
  setRemoved(id: string, removedAt: string | null): void;
  setOwn(id: string): void;
}

type Columns = Record<string, SQLInputValue>;
type SecretColumns = [
  id: string,
  revision: number,
  isOwn: number,
  label: Uint8Array,
  contents: Uint8Array,
  createdAt: string,
  changedAt: string,
  removedAt: string | null,
];
type VersionColumns = [id: string, revision: number, label: Uint8Array, contents: Uint8Array, changedAt: string];

const secretColumns = `id, revision, is_own AS isOwn, label, contents, created_at AS createdAt,
  changed_at AS changedAt, removed_at AS removedAt`;

/** Prepares the vault's statements on this store. */
export function vaultRows({ database }: Pick<Store, 'database'>): VaultRows {
  const generation = database.prepare('SELECT generation FROM vault_state');
  const bump = database.prepare('UPDATE vault_state SET generation = generation + 1');
  const one = database.prepare(`SELECT ${secretColumns} FROM secret WHERE id = ?`);
  const page = database.prepare(`SELECT ${secretColumns} FROM secret WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`);
  // Of very many rows, as lists: objects of the database's take several times as long to make, and to read.
  page.setReturnArrays(true);
  const ids = database.prepare('SELECT id FROM secret WHERE removed_at IS NULL ORDER BY id');
  ids.setReturnArrays(true);
  const versions = database.prepare(
    'SELECT revision, label, contents, changed_at AS changedAt FROM secret_version WHERE secret_id = ? ORDER BY revision',
  );
  const versionsBetween = database.prepare(
    `SELECT secret_id AS id, revision, label, contents, changed_at AS changedAt FROM secret_version
      WHERE secret_id BETWEEN ? AND ? ORDER BY secret_id, revision`,
  );
  versionsBetween.setReturnArrays(true);
  const withAttachments = database.prepare(
    'SELECT DISTINCT secret_id AS id FROM secret_attachment WHERE secret_id BETWEEN ? AND ?',
  );
  const attachments = database.prepare(
    `SELECT number, since_revision AS sinceRevision, until_revision AS untilRevision, name, bytes, size
       FROM secret_attachment WHERE secret_id = ? ORDER BY number`,
  );
  const insert = database.prepare(
    `INSERT INTO secret (id, revision, is_own, label, contents, created_at, changed_at, removed_at)
     VALUES ($id, $revision, $isOwn, $label, $contents, $createdAt, $changedAt, $removedAt)`,
  );
  const insertVersion = database.prepare(
    `INSERT INTO secret_version (secret_id, revision, label, contents, changed_at)
     VALUES ($id, $revision, $label, $contents, $changedAt)`,
  );
  const insertAttachment = database.prepare(
    `INSERT INTO secret_attachment (secret_id, number, since_revision, until_revision, name, bytes, size)
     VALUES ($id, $number, $sinceRevision, $untilRevision, $name, $bytes, $size)`,
  );
  const keepVersion = database.prepare(
    `INSERT INTO secret_version (secret_id, revision, label, contents, changed_at)
     SELECT id, revision, label, contents, changed_at FROM secret WHERE id = ?`,
  );
  const replace = database.prepare(
    `UPDATE secret SET revision = $revision, label = $label, contents = $contents, changed_at = $changedAt WHERE id = $id`,
  );
  const retire = database.prepare(
    'UPDATE secret_attachment SET until_revision = $until WHERE secret_id = $id AND number = $number',
  );
  const setRemoved = database.prepare('UPDATE secret SET removed_at = $removedAt WHERE id = $id');
  const setOwn = database.prepare('UPDATE secret SET is_own = 1 WHERE id = ?');
  return {
    generation: () => Number(generation.get()?.['generation']),
    bumpGeneration: () => void bump.run(),
    row: (id) => secretRow(one.get(id)),
    page: (after, upTo, limit) => (page.all(after, upTo, limit) as unknown as SecretColumns[]).map(listedSecret),
    ids: () => (ids.all() as unknown as [id: string][]).map(([id]) => id),
    versions: (id) => versions.all(id) as unknown as VersionRow[],
    versionsBetween: (first, last) => byId(versionsBetween.all(first, last) as unknown as VersionColumns[]),
    idsWithAttachments: (first, last) => new Set(withAttachments.all(first, last).map((row) => String(row['id']))),
    attachments: (id) => attachments.all(id) as unknown as AttachmentRow[],
    insert: (row) => void insert.run({ ...row, isOwn: row.isOwn ? 1 : 0 } as Columns),
    insertVersion: (id, row) => void insertVersion.run({ id, ...row } as Columns),
    insertAttachment: (id, row) => void insertAttachment.run({ id, ...row } as Columns),
    replace(id, next) {
      keepVersion.run(id);
      replace.run({ id, ...next } as Columns);
    },
    retireAttachment: (id, number, until) => void retire.run({ id, number, until }),
    setRemoved: (id, removedAt) => void setRemoved.run({ id, removedAt }),
    setOwn: (id) => void setOwn.run(id),
  };
}

function secretRow(row: Record<string, unknown> | undefined): SecretRow | undefined {
  if (row === undefined) return undefined;
  row['isOwn'] = row['isOwn'] === 1;
  return row as unknown as SecretRow;
}

function listedSecret(columns: SecretColumns): SecretRow {
  const [id, revision, isOwn, label, contents, createdAt, changedAt, removedAt] = columns;
  return { id, revision, isOwn: isOwn === 1, label, contents, createdAt, changedAt, removedAt };
}

function byId(versions: readonly VersionColumns[]): Map<string, VersionRow[]> {
  const found = new Map<string, VersionRow[]>();
  let last: { id: string; past: VersionRow[] } | undefined;
  for (const [id, revision, label, contents, changedAt] of versions) {
    if (last?.id !== id) {
      last = { id, past: [] };
      found.set(id, last.past);
    }
    last.past.push({ revision, label, contents, changedAt });
  }
  return found;
}
