// What the database keeps of recovery keys: who they are, how they can be opened, and their private halves only as age
// files that this instance has no key for.
import { Failure } from '../base/failure.ts';
import type { Store } from '../store/store.ts';
import type { RecoveryKeyFacts } from './recovery-key.ts';

/** How a recovery key can be opened. */
export type RecoveryWay = 'master-password' | 'shares' | 'recipients';

/** An extra recipient: an offline key, a hardware key, an SSH key. */
export interface ExtraRecipient {
  recipient: string;
  title: string;
}

/** The custodians' set of shares of a recovery key. */
export interface ShareSet {
  set: string;
  threshold: number;
  total: number;
}

/** A recovery key as the server knows it. */
export interface RecoveryKey extends RecoveryKeyFacts {
  createdAt: Date;
  state: 'current' | 'retired' | 'compromised';
  ways: RecoveryWay[];
  /** `recovery-key.age` */
  wrappedByPassword?: Buffer;
  /** `recovery-key.recipients.age` */
  wrappedToRecipients?: Buffer;
  /** Of a retired key: its identity file, sealed to the current one. */
  sealedToCurrent?: Buffer;
  extraRecipients: ExtraRecipient[];
  shares?: ShareSet;
  /** Raw public key of who signs its kits. */
  signer: Buffer;
}

/** Everything that is stored of a new recovery key. */
export interface NewRecoveryKey extends RecoveryKeyFacts {
  createdAt: Date;
  wrappedByPassword: Buffer | null;
  wrappedToRecipients: Buffer | null;
  extraRecipients: ExtraRecipient[];
  shares: ShareSet | null;
  signingKeyId: string;
}

const selectKeys = `SELECT recovery_key.*, signing_key.public_key AS signer
  FROM recovery_key JOIN signing_key ON signing_key.id = recovery_key.signing_key`;

/** All recovery keys, newest first. */
export function recoveryKeys(store: Store): RecoveryKey[] {
  const rows = store.database.prepare(`${selectKeys} ORDER BY recovery_key.created_at DESC`).all();
  return rows.map((row) => keyOfRow(store, row));
}

/** The recovery key that backups are sealed to now, if there has been a ceremony. */
export function findCurrentKey(store: Store): RecoveryKey | undefined {
  const row = store.database.prepare(`${selectKeys} WHERE state = 'current'`).get();
  return row === undefined ? undefined : keyOfRow(store, row);
}

/** The current recovery key. @throws Failure `breakglass.no-recovery-key` before the first ceremony. */
export function currentKey(store: Store): RecoveryKey {
  const key = findCurrentKey(store);
  if (key !== undefined) return key;
  throw new Failure('breakglass.no-recovery-key', {
    message: 'there is no recovery key yet, so nobody could open a backup',
    hint: 'Hold the ceremony first: orbit ceremony start',
  });
}

/** To whom kits and repository passwords are sealed: the recovery key, and the extra recipients directly. */
export function recipientsOf(key: Pick<RecoveryKey, 'recipient' | 'extraRecipients'>): string[] {
  return [key.recipient, ...key.extraRecipients.map((extra) => extra.recipient)];
}

/**
 * Makes a key the current one, in one transaction: the one before becomes `retired` (or `compromised`), and each earlier
 * key gets its file sealed to the new one, or loses it when it is not in `sealed`.
 */
export function replaceCurrentKey(
  store: Store,
  key: NewRecoveryKey,
  earlier: { state: 'retired' | 'compromised'; sealed: ReadonlyMap<string, Buffer> },
): void {
  store.transaction(() => {
    const { database } = store;
    database.prepare(`UPDATE recovery_key SET state = ? WHERE state = 'current'`).run(earlier.state);
    // Only the file for the new key opens an earlier one from now on: old passwords and shares end with their key set.
    for (const { id } of recoveryKeys(store)) {
      database
        .prepare(
          'UPDATE recovery_key SET sealed_to_current = ?, wrapped_by_password = NULL, wrapped_to_recipients = NULL WHERE id = ?',
        )
        .run(earlier.sealed.get(id) ?? null, id);
    }
    database
      .prepare(
        `INSERT INTO recovery_key (id, recipient, created_at, state, wrapped_by_password, wrapped_to_recipients,
           share_set, share_threshold, share_total, signing_key) VALUES (?, ?, ?, 'current', ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        key.id,
        key.recipient,
        key.createdAt.toISOString(),
        key.wrappedByPassword,
        key.wrappedToRecipients,
        key.shares?.set ?? null,
        key.shares?.threshold ?? null,
        key.shares?.total ?? null,
        key.signingKeyId,
      );
    saveRecipients(store, key.id, key.extraRecipients, key.createdAt);
  });
}

/** Replaces `recovery-key.age` of a key. */
export function savePasswordWrap(store: Store, keyId: string, wrapped: Buffer): void {
  store.database.prepare('UPDATE recovery_key SET wrapped_by_password = ? WHERE id = ?').run(wrapped, keyId);
}

/** Replaces the extra recipients of a key and the file that is sealed to them (null when none is left). */
export function saveRecipientWrap(
  store: Store,
  keyId: string,
  extras: ExtraRecipient[],
  wrapped: Buffer | null,
  at: Date,
): void {
  store.transaction(() => {
    store.database.prepare('UPDATE recovery_key SET wrapped_to_recipients = ? WHERE id = ?').run(wrapped, keyId);
    saveRecipients(store, keyId, extras, at);
  });
}

/** Notes which set of shares opens a key: its custodians' current one. */
export function saveShareSet(store: Store, keyId: string, shares: ShareSet): void {
  store.database
    .prepare('UPDATE recovery_key SET share_set = ?, share_threshold = ?, share_total = ? WHERE id = ?')
    .run(shares.set, shares.threshold, shares.total, keyId);
}

function saveRecipients(store: Store, keyId: string, extras: ExtraRecipient[], at: Date): void {
  store.database.prepare('DELETE FROM recovery_recipient WHERE key_id = ?').run(keyId);
  const insert = store.database.prepare(
    'INSERT INTO recovery_recipient (key_id, recipient, title, added_at) VALUES (?, ?, ?, ?)',
  );
  for (const extra of extras) insert.run(keyId, extra.recipient, extra.title, at.toISOString());
}

function keyOfRow(store: Store, row: Record<string, unknown>): RecoveryKey {
  const id = String(row['id']);
  const extraRecipients = store.database
    .prepare('SELECT recipient, title FROM recovery_recipient WHERE key_id = ? ORDER BY added_at, recipient')
    .all(id)
    .map((extra) => ({ recipient: String(extra['recipient']), title: String(extra['title']) }));
  const wrappedByPassword = blob(row['wrapped_by_password']);
  const wrappedToRecipients = blob(row['wrapped_to_recipients']);
  const sealedToCurrent = blob(row['sealed_to_current']);
  const shares =
    row['share_set'] === null
      ? undefined
      : { set: String(row['share_set']), threshold: Number(row['share_threshold']), total: Number(row['share_total']) };
  const ways: RecoveryWay[] = [];
  if (wrappedByPassword !== undefined) ways.push('master-password');
  if (shares !== undefined) ways.push('shares');
  if (extraRecipients.length > 0) ways.push('recipients');
  return {
    id,
    recipient: String(row['recipient']),
    createdAt: new Date(String(row['created_at'])),
    state: row['state'] as RecoveryKey['state'],
    ways,
    ...(wrappedByPassword === undefined ? {} : { wrappedByPassword }),
    ...(wrappedToRecipients === undefined ? {} : { wrappedToRecipients }),
    ...(sealedToCurrent === undefined ? {} : { sealedToCurrent }),
    extraRecipients,
    ...(shares === undefined ? {} : { shares }),
    signer: Buffer.from(row['signer'] as Uint8Array),
  };
}

function blob(value: unknown): Buffer | undefined {
  return value instanceof Uint8Array ? Buffer.from(value) : undefined;
}
