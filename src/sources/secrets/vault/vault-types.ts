// What the vault takes and gives: drafts and changes in, summaries and whole secrets out.
import type { SecretString } from '../../../base/secret-string.ts';
import type { SecretAttachment, SecretField, SecretRecord, SecretType, SecretVersion } from '../secret-record.ts';
import type { SecretLabel } from './sealed-secret.ts';

/** A secret to be. What is left out is empty; `type` is `login` unless told. */
export interface SecretDraft {
  title: string;
  username?: string;
  password?: SecretString;
  url?: string;
  notes?: SecretString;
  fields?: SecretField[];
  type?: SecretType;
  /** Outermost first; empty for the top. */
  groups?: string[];
  tags?: string[];
  /** An `otpauth://` URI. */
  totp?: SecretString;
  attachments?: SecretAttachment[];
  expiresAt?: Date;
}

/** What to change; `null` empties, what is left out stays. */
export type SecretChanges = { [Name in keyof SecretDraft]?: SecretDraft[Name] | null };

/** A secret as lists show it: no value among it. */
export interface SecretSummary extends SecretLabel {
  id: string;
  /** 1 for a new secret, one more with every change. */
  revision: number;
  /** Orbit's own credential: removed or edited only with `force`. */
  isOwn: boolean;
  createdAt: Date;
  changedAt: Date;
  removedAt?: Date;
}

/** An earlier look of a secret of the vault. */
export interface VaultVersion extends SecretVersion {
  revision: number;
  groups: string[];
  tags: string[];
  type: SecretType;
  totp?: SecretString;
  attachments: SecretAttachment[];
  expiresAt?: Date;
}

/** A whole secret of the vault, with its past. */
export interface VaultSecret extends SecretRecord {
  revision: number;
  isOwn: boolean;
  removedAt?: Date;
  history: VaultVersion[];
}

/** Which secrets to list; all that are given must hold. */
export interface SecretFilter {
  /** Words that must all occur in title, user name, URL, groups or tags; case and accents do not matter. */
  search?: string;
  /** In this group or below it, outermost first. */
  groups?: string[];
  tag?: string;
  type?: SecretType;
  expiresBefore?: Date;
  /** `without` (the usual), `only`, or `with` those that were removed. */
  removed?: 'without' | 'only' | 'with';
}

/** What an import did, or would do. */
export interface ImportOutcome {
  added: number;
  /** Already in the vault, equal in every value. */
  duplicates: number;
  /** In the vault under the same id with another look, which was changed to that of the file. */
  updated: number;
  /** In the vault under the same id with another look, left as they are. */
  differing: { id: string; title: string }[];
}

/** A word or a title without case and accents, for searching. */
export function searchable(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    .toLowerCase();
}
