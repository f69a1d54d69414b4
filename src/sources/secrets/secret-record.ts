// What a break-glass kit carries: one secret with its past, whatever vault it came from.
import type { SecretString } from '../../base/secret-string.ts';
import { sameTexts } from './same-texts.ts';

/** What kind of thing the secret is; decides its icon and how it is shown, never how it is protected. */
export type SecretType = 'login' | 'ssh-key' | 'api-key' | 'certificate' | 'note' | 'database' | 'other';

/** A named value beside the well-known ones. Protected values are never shown unless asked for, one at a time. */
export interface SecretField {
  name: string;
  value: SecretString;
  isProtected: boolean;
}

/** A small file kept with the secret (a key file, a certificate). */
export interface SecretAttachment {
  name: string;
  bytes: Buffer;
}

/** What a secret looked like until `changedAt` of its successor; second factor and files where the vault keeps their past. */
export interface SecretVersion {
  title: string;
  username: string;
  password: SecretString;
  url: string;
  notes: SecretString;
  fields: SecretField[];
  /** An `otpauth://totp/…` URI, when the secret has a second factor. */
  totp?: SecretString;
  attachments?: SecretAttachment[];
  /** Tags and expiry as they were. A version without `tags` had both as the secret has them now, as far as anybody knows. */
  tags?: string[];
  expiresAt?: Date;
  changedAt: Date;
}

/** One secret of one source. */
export interface SecretRecord extends SecretVersion {
  /** Stable within its source, across runs; the completeness guard counts on it. */
  id: string;
  type: SecretType;
  /** Where it lies in its vault, outermost first; empty for the top. */
  groups: string[];
  tags: string[];
  attachments: SecretAttachment[];
  createdAt: Date;
  /** Earlier versions, oldest first. */
  history: SecretVersion[];
}

/** True when a version's tags and expiry are those that the secret has now. */
export function isLabelledAsNow(
  version: Pick<SecretVersion, 'tags' | 'expiresAt'>,
  now: Pick<SecretRecord, 'tags' | 'expiresAt'>,
): boolean {
  const { tags } = version;
  if (tags === undefined) return true;
  const isSameExpiry = version.expiresAt?.getTime() === now.expiresAt?.getTime();
  return isSameExpiry && sameTexts(tags, now.tags);
}
