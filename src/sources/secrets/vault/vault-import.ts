// Many secrets at once: sealed first, then written in one short transaction, all or none.
import { randomUUID } from 'node:crypto';
import { Failure } from '../../../base/failure.ts';
import type { InstanceKey } from '../../../store/instance-key.ts';
import type { Store } from '../../../store/store.ts';
import type { SecretRecord, SecretVersion } from '../secret-record.ts';
import { contentsText, labelText, openLabel, sealPieces } from './sealed-secret.ts';
import { everyRow, secretOf } from './vault-read.ts';
import type { AttachmentRow, SecretRow, VaultRows, VersionRow } from './vault-rows.ts';
import type { ImportOutcome, SecretDraft, VaultSecret, VaultVersion } from './vault-types.ts';
import { attachmentRows, changeRow, checkDraft, isUsableId, lookOf } from './vault-write.ts';

/** How records are taken in. */
export interface ImportOptions {
  /** Change secrets that are in the vault with another look; what they were becomes their past. */
  update?: boolean;
  /** Compare and count only. */
  dryRun?: boolean;
}

interface NewSecret {
  row: SecretRow;
  versions: VersionRow[];
  attachments: AttachmentRow[];
}

/**
 * Takes records in with their past. One that lies in the vault already (same id, or same groups, title, user name, URL and
 * password) is not taken twice. Ids are kept where they can be; those of Orbit's own secrets are never taken from a file.
 */
export function importRecords(
  vault: { store: Store; rows: VaultRows; key: InstanceKey; now: Date },
  records: Iterable<SecretRecord>,
  options: ImportOptions,
): ImportOutcome {
  const { store, rows, key, now } = vault;
  const outcome: ImportOutcome = { added: 0, duplicates: 0, updated: 0, differing: [] };
  const generation = rows.generation();
  const known = knownSecrets(rows, key);
  const fresh: NewSecret[] = [];
  const updates: { id: string; record: SecretRecord }[] = [];
  const taken = new Set<string>();
  for (const record of records) {
    checkDraft(record);
    const stored = known.byId(record.id);
    if (stored !== undefined && isSameLook(stored, record)) outcome.duplicates += 1;
    else if (stored !== undefined && !taken.has(record.id)) {
      taken.add(record.id);
      if (options.update && !stored.isOwn) updates.push({ id: record.id, record });
      else outcome.differing.push({ id: record.id, title: record.title });
    } else if (known.hasAlike(record)) outcome.duplicates += 1;
    else {
      const isKept = isUsableId(record.id) && !record.id.startsWith('orbit:') && !taken.has(record.id);
      const id = isKept ? record.id : randomUUID();
      taken.add(id);
      outcome.added += 1;
      if (!options.dryRun) fresh.push(newSecret(key, id, record));
    }
  }
  outcome.updated = updates.length;
  if (options.dryRun || (fresh.length === 0 && updates.length === 0)) return outcome;
  store.transaction(() => {
    if (rows.generation() !== generation) throw changedDuringImport();
    for (const { row, versions, attachments } of fresh) {
      rows.insert(row);
      for (const version of versions) rows.insertVersion(row.id, version);
      for (const attachment of attachments) rows.insertAttachment(row.id, attachment);
    }
    for (const { id, record } of updates) {
      const row = rows.row(id);
      if (row === undefined) continue;
      changeRow(rows, key, row, { totp: null, expiresAt: null, ...draftOf(record) }, now);
      rows.setRemoved(id, null);
    }
    rows.bumpGeneration();
  });
  return outcome;
}

function changedDuringImport(): Failure {
  return new Failure('vault.changed-meanwhile', {
    message: 'the vault was changed by somebody else while the import was prepared',
    hint: 'Nothing was taken in. Run the import again.',
  });
}

/** The draft that makes a secret look like this record or version does now. */
export function draftOf(record: SecretVersion & Partial<VaultVersion>): SecretDraft {
  return {
    title: record.title,
    username: record.username,
    password: record.password,
    url: record.url,
    notes: record.notes,
    fields: record.fields,
    groups: record.groups ?? [],
    tags: record.tags ?? [],
    attachments: record.attachments ?? [],
    ...(record.type === undefined ? {} : { type: record.type }),
    ...(record.totp === undefined ? {} : { totp: record.totp }),
    ...(record.expiresAt === undefined ? {} : { expiresAt: record.expiresAt }),
  };
}

function newSecret(key: InstanceKey, id: string, record: SecretRecord): NewSecret {
  // A past look that does not say where it lay, lay where the secret lies now.
  const looks = [...record.history, record].map((version) =>
    draftOf({ groups: record.groups, type: record.type, ...version, ...labelsOf(version, record) }),
  );
  const sealed = looks.map((draft, index) => sealPieces(key, id, index + 1, lookOf(draft)));
  const revision = looks.length;
  const current = sealed[revision - 1];
  if (current === undefined) throw new Error('a secret has at least one look');
  return {
    row: {
      id,
      revision,
      isOwn: false,
      ...current,
      createdAt: record.createdAt.toISOString(),
      changedAt: record.changedAt.toISOString(),
      removedAt: null,
    },
    versions: record.history.map((version, index) => ({
      revision: index + 1,
      changedAt: version.changedAt.toISOString(),
      ...(sealed[index] ?? current),
    })),
    attachments: attachmentRows(
      key,
      id,
      looks.map((draft) => draft.attachments ?? []),
    ),
  };
}

function labelsOf(version: SecretVersion, record: SecretRecord): Pick<SecretVersion, 'tags' | 'expiresAt'> {
  const { tags = [], expiresAt } = version.tags === undefined ? record : version;
  return { tags, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

// Labels are read once; contents only of those whose label is that of a record.
function knownSecrets(rows: VaultRows, key: InstanceKey) {
  const ids = new Map<string, string[]>();
  const all = new Set<string>();
  for (const row of everyRow(rows)) {
    const label = openLabel(key, row.id, row.revision, row.label);
    all.add(row.id);
    if (row.removedAt !== null) continue;
    const alike = alikeKey(label);
    ids.set(alike, [...(ids.get(alike) ?? []), row.id]);
  }
  const byId = (id: string): VaultSecret | undefined => {
    const row = all.has(id) ? rows.row(id) : undefined;
    return row === undefined ? undefined : secretOf(rows, key, row);
  };
  return {
    byId,
    hasAlike: (record: SecretRecord): boolean =>
      (ids.get(alikeKey(record)) ?? []).some((id) => byId(id)?.password.equals(record.password)),
  };
}

function alikeKey(label: { groups: string[]; title: string; username: string; url: string }): string {
  return JSON.stringify([label.groups, label.title, label.username, label.url]);
}

function isSameLook(stored: VaultSecret, record: SecretRecord): boolean {
  if (stored.removedAt !== undefined) return false;
  const one = lookOf(draftOf(stored));
  const other = lookOf(draftOf(record));
  return (
    labelText(one) === labelText(other) &&
    contentsText(one).equals(contentsText(other)) &&
    stored.attachments.length === record.attachments.length &&
    stored.attachments.every((attachment, index) => {
      const given = record.attachments[index];
      return given !== undefined && given.name === attachment.name && given.bytes.equals(attachment.bytes);
    })
  );
}
