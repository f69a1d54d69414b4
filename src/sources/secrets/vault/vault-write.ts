// Looks of secrets sealed into rows: new ones, changed ones, and what stays of the old.
import { Failure } from '../../../base/failure.ts';
import { SecretString } from '../../../base/secret-string.ts';
import type { InstanceKey } from '../../../store/instance-key.ts';
import type { SecretAttachment } from '../secret-record.ts';
import {
  contentsText,
  labelText,
  openAttachment,
  openContents,
  openLabel,
  sealAttachment,
  sealPieces,
  type SecretContents,
  type SecretLabel,
} from './sealed-secret.ts';
import type { AttachmentRow, SecretRow, VaultRows } from './vault-rows.ts';
import type { SecretChanges, SecretDraft } from './vault-types.ts';

/** The largest attachment, in bytes. KeePass clients on phones fail far below this. */
export const attachmentBytesMax = 32 * 1024 * 1024;
const idLengthMax = 200;

/** One look of a secret: everything that a version has. */
export type SecretLook = SecretLabel & SecretContents;

/** A draft with its gaps filled. */
export function lookOf(draft: SecretDraft): SecretLook {
  return {
    title: draft.title,
    username: draft.username ?? '',
    url: draft.url ?? '',
    groups: draft.groups ?? [],
    tags: draft.tags ?? [],
    type: draft.type ?? 'login',
    password: draft.password ?? new SecretString(''),
    notes: draft.notes ?? new SecretString(''),
    fields: draft.fields ?? [],
    ...(draft.totp === undefined ? {} : { totp: draft.totp }),
    ...(draft.expiresAt === undefined ? {} : { expiresAt: draft.expiresAt }),
  };
}

/**
 * Changes the look of a stored secret and keeps the one it had. Inside a transaction only.
 * @returns false when nothing differs; then nothing was written.
 */
export function changeRow(
  rows: VaultRows,
  key: InstanceKey,
  row: SecretRow,
  changes: SecretChanges,
  changedAt: Date,
): boolean {
  const { id } = row;
  const label = openLabel(key, id, row.revision, row.label);
  const contents = openContents(key, { id, revision: row.revision, title: label.title }, row.contents);
  const before: SecretLook = { ...label, ...contents };
  const after = lookOf(withoutNulls({ ...before, ...changes }));
  const revision = row.revision + 1;
  const attachments =
    changes.attachments === undefined
      ? { retired: [], added: [] }
      : planAttachments(key, id, rows.attachments(id), changes.attachments ?? []);
  const isSame = labelText(before) === labelText(after) && contentsText(before).equals(contentsText(after));
  if (isSame && attachments.retired.length === 0 && attachments.added.length === 0) return false;
  rows.replace(id, {
    revision,
    changedAt: changedAt.toISOString(),
    ...sealPieces(key, id, revision, after),
  });
  for (const number of attachments.retired) rows.retireAttachment(id, number, revision);
  for (const { number, attachment } of attachments.added) {
    const sealed = sealAttachment(key, id, number, attachment);
    rows.insertAttachment(id, { number, sinceRevision: revision, untilRevision: null, ...sealed });
  }
  return true;
}

/** @throws Failure `vault.bad-secret` when the draft cannot be kept: no title, or an attachment past the limit. */
export function checkDraft(draft: SecretDraft): void {
  for (const attachment of draft.attachments ?? []) {
    if (attachment.bytes.length <= attachmentBytesMax) continue;
    throw new Failure('vault.bad-secret', {
      message: `the attachment '${attachment.name}' of '${draft.title}' has ${attachment.bytes.length} bytes; ${attachmentBytesMax} is the most`,
      hint: 'Large files belong into a system backup, not into the vault.',
    });
  }
}

/** True for an id the vault can keep: 1 to 200 characters, none of them a control character. */
export function isUsableId(id: string): boolean {
  return id.length > 0 && id.length <= idLengthMax && !/[\p{Cc}\p{Cs}]/u.test(id);
}

/** Rows for the attachments of consecutive looks, first look first; what stays the same is stored once. */
export function attachmentRows(key: InstanceKey, id: string, looks: SecretAttachment[][]): AttachmentRow[] {
  let open: { attachment: SecretAttachment; row: AttachmentRow }[] = [];
  const all: AttachmentRow[] = [];
  looks.forEach((wanted, index) => {
    const revision = index + 1;
    const left = [...wanted];
    open = open.filter((entry) => {
      const match = left.findIndex((attachment) => isSameAttachment(attachment, entry.attachment));
      if (match >= 0) left.splice(match, 1);
      else entry.row.untilRevision = revision;
      return match >= 0;
    });
    for (const attachment of left) {
      const number = all.length + 1;
      const row: AttachmentRow = {
        number,
        sinceRevision: revision,
        untilRevision: null,
        ...sealAttachment(key, id, number, attachment),
      };
      all.push(row);
      open.push({ attachment, row });
    }
  });
  return all;
}

function planAttachments(
  key: InstanceKey,
  id: string,
  stored: AttachmentRow[],
  wanted: SecretAttachment[],
): { retired: number[]; added: { number: number; attachment: SecretAttachment }[] } {
  const left = [...wanted];
  const retired: number[] = [];
  for (const row of stored.filter((row) => row.untilRevision === null)) {
    const current = openAttachment(key, id, row.number, row);
    const match = left.findIndex((attachment) => isSameAttachment(attachment, current));
    if (match >= 0) left.splice(match, 1);
    else retired.push(row.number);
  }
  const nextNumber = 1 + Math.max(0, ...stored.map((row) => row.number));
  return { retired, added: left.map((attachment, index) => ({ number: nextNumber + index, attachment })) };
}

function isSameAttachment(one: SecretAttachment, other: SecretAttachment): boolean {
  return one.name === other.name && one.bytes.equals(other.bytes);
}

function withoutNulls(changes: SecretChanges): SecretDraft {
  const kept = Object.entries(changes).filter(([, value]) => value !== null && value !== undefined);
  return { title: '', ...Object.fromEntries(kept) };
}
