// Rows of the vault opened: summaries for lists, whole secrets for `show` and kits.
import { isFailure, type Failure } from '../../../base/failure.ts';
import type { InstanceKey } from '../../../store/instance-key.ts';
import type { SecretAttachment } from '../secret-record.ts';
import { openAttachment, openContents, openLabel, type SecretLabel } from './sealed-secret.ts';
import type { AttachmentRow, SecretRow, VaultRows, VersionRow } from './vault-rows.ts';
import {
  searchable,
  type SecretFilter,
  type SecretSummary,
  type VaultSecret,
  type VaultVersion,
} from './vault-types.ts';

const pageRows = 500;
// Whole secrets come in smaller pages: each brings its past along.
const wholeRows = 64;

/** Secrets by their ids: those after `after`, up to and with `upTo`. */
export interface IdRange {
  after: string;
  upTo: string;
}

/** The last character that there is stands behind every id. */
export const everyId: IdRange = { after: '', upTo: '\u{10ffff}' };

/** Every row in pages, so that no statement stays open while the caller does something else with the database. */
export function* everyRow(rows: VaultRows): Generator<SecretRow> {
  for (const page of pages(rows, pageRows, everyId)) yield* page;
}

function* pages(rows: VaultRows, size: number, { after: start, upTo }: IdRange): Generator<SecretRow[]> {
  for (let after = start; ; ) {
    const page = rows.page(after, upTo, size);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < size) return;
    after = last.id;
  }
}

/** Opens the label of a row. */
export type LabelReader = (row: SecretRow) => SecretLabel;

/**
 * A reader that opens each sealed label once: a service that lists a large vault again and again opens what changed.
 * It remembers titles and names, never contents, and up to `mostLabels` of them.
 */
export function labelReader(key: InstanceKey, mostLabels = 200_000): LabelReader {
  const known = new Map<string, { seal: string; label: SecretLabel }>();
  return (row) => {
    // The authentication tag at the end differs whenever the sealed bytes do.
    const seal = `${row.revision} ${Buffer.from(row.label.subarray(-16)).toString('base64')}`;
    const found = known.get(row.id);
    if (found?.seal === seal) return found.label;
    const label = openLabel(key, row.id, row.revision, row.label);
    if (known.size < mostLabels || found !== undefined) known.set(row.id, { seal, label });
    return label;
  };
}

/** A row as lists show it. @throws Failure `vault.damaged-secret` */
export function summaryOf(read: LabelReader, row: SecretRow): SecretSummary {
  const { groups, tags, ...label } = read(row);
  return {
    ...label,
    groups: [...groups],
    tags: [...tags],
    id: row.id,
    revision: row.revision,
    isOwn: row.isOwn,
    createdAt: new Date(row.createdAt),
    changedAt: new Date(row.changedAt),
    ...(row.removedAt === null ? {} : { removedAt: new Date(row.removedAt) }),
  };
}

/** A row with everything that belongs to it. @throws Failure `vault.damaged-secret` */
export function secretOf(rows: VaultRows, key: InstanceKey, row: SecretRow): VaultSecret {
  return wholeSecret(key, row, row.revision === 1 ? [] : rows.versions(row.id), rows.attachments(row.id));
}

function wholeSecret(key: InstanceKey, row: SecretRow, past: VersionRow[], attachments: AttachmentRow[]): VaultSecret {
  // Each file is opened once, however many versions have it.
  const files = attachments.map((file) => ({ ...file, opened: openAttachment(key, row.id, file.number, file) }));
  return {
    ...look(key, row.id, row, files),
    id: row.id,
    isOwn: row.isOwn,
    createdAt: new Date(row.createdAt),
    ...(row.removedAt === null ? {} : { removedAt: new Date(row.removedAt) }),
    history: past.map((version) => look(key, row.id, version, files)),
  };
}

/**
 * Every secret that is not removed, with its past. One that cannot be opened is left out until the end, and then
 * all such are named at once, so that a caller has what can be had.
 * @throws Failure `vault.damaged-secret` after the last secret.
 */
export function* readableSecrets(rows: VaultRows, key: InstanceKey, range: IdRange = everyId): Generator<VaultSecret> {
  const unreadable: Failure[] = [];
  for (const page of pages(rows, wholeRows, range)) {
    const [from, to] = [page[0]?.id ?? '', page.at(-1)?.id ?? ''];
    const past = rows.versionsBetween(from, to);
    const withAttachments = rows.idsWithAttachments(from, to);
    for (const row of page) {
      if (row.removedAt !== null) continue;
      let secret: VaultSecret;
      try {
        const attachments = withAttachments.has(row.id) ? rows.attachments(row.id) : [];
        secret = wholeSecret(key, row, past.get(row.id) ?? [], attachments);
      } catch (error) {
        if (!isFailure(error, 'vault.damaged-secret')) throw error;
        unreadable.push(error);
        continue;
      }
      yield secret;
    }
  }
  throwTogether(unreadable);
}

/** Throws these as one, if there are any. */
export function throwTogether([first, ...rest]: readonly Error[]): void {
  if (first === undefined) return;
  first.message += rest.map((failure) => `; ${failure.message}`).join('');
  throw first;
}

/** True when the secret is one that the filter asks for. */
export function matches(secret: SecretSummary, filter: SecretFilter): boolean {
  const removed = filter.removed ?? 'without';
  if (removed !== 'with' && (secret.removedAt !== undefined) !== (removed === 'only')) return false;
  if (filter.type !== undefined && secret.type !== filter.type) return false;
  if (filter.tag !== undefined && !secret.tags.includes(filter.tag)) return false;
  if (filter.groups?.some((group, depth) => secret.groups[depth] !== group)) return false;
  if (filter.expiresBefore !== undefined && !(secret.expiresAt && secret.expiresAt < filter.expiresBefore))
    return false;
  const words = searchable(filter.search ?? '')
    .split(/\s+/)
    .filter(Boolean);
  if (words.length === 0) return true;
  const text = searchable([secret.title, secret.username, secret.url, ...secret.groups, ...secret.tags].join('\n'));
  return words.every((word) => text.includes(word));
}

function belongsTo(row: AttachmentRow, revision: number): boolean {
  return row.sinceRevision <= revision && (row.untilRevision === null || revision < row.untilRevision);
}

interface OpenedFile extends AttachmentRow {
  opened: SecretAttachment;
}

function look(key: InstanceKey, id: string, row: VersionRow, files: OpenedFile[]): VaultVersion {
  const { revision } = row;
  const { title, username, url, groups, tags, type, expiresAt } = openLabel(key, id, revision, row.label);
  const { password, notes, fields, totp } = openContents(key, { id, revision, title }, row.contents);
  const attachments =
    files.length === 0 ? [] : files.filter((file) => belongsTo(file, revision)).map(({ opened }) => opened);
  const changedAt = new Date(row.changedAt);
  const looked: VaultVersion = {
    title,
    username,
    password,
    url,
    notes,
    fields,
    changedAt,
    groups,
    tags,
    type,
    attachments,
    revision,
  };
  if (totp !== undefined) looked.totp = totp;
  if (expiresAt !== undefined) looked.expiresAt = expiresAt;
  return looked;
}
