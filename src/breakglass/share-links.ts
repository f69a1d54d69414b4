// One-time links by which a share travels to a custodian who is not in the room. The sheet waits sealed under a key that
// stands in the link's fragment and nowhere else: the server keeps what it cannot open, gives it out once, and forgets it.
import { createCipheriv, createHash, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import type { Store } from '../store/store.ts';

/** Long enough for somebody who travels, short enough that a forgotten mail is no share: three days. */
export const shareLinkLifeMs = 3 * 24 * 60 * 60_000;

const idBytes = 16;
const keyBytes = 32;
const nonceBytes = 12;

/** Where links live. */
export interface LinkSite {
  store: Store;
  clock: Clock;
}

/** A link as an administrator may see it: never what is behind it. */
export interface ShareLink {
  setId: number;
  /** Of the share, from 1. */
  number: number;
  state: 'waiting' | 'opened' | 'expired';
  expiresAt: Date;
  openedAt?: Date;
}

/** A sheet that was sealed for a link and is not stored yet. */
export interface SealedSheet {
  id: string;
  proof: Buffer;
  sealed: Buffer;
  /** The fragment of the link: id and key. It exists here once; nothing keeps it. */
  token: SecretString;
}

/** Seals a sheet for a new link. Shape: nonce (12) ‖ ciphertext ‖ tag (16), AES-256-GCM, the link's id as further data. */
export function sealForLink(sheet: Uint8Array): SealedSheet {
  const id = randomBytes(idBytes);
  const key = randomBytes(keyBytes);
  const nonce = randomBytes(nonceBytes);
  const sealingKey = derived(key, 'orbit share link: seal');
  try {
    const cipher = createCipheriv('aes-256-gcm', sealingKey, nonce);
    cipher.setAAD(id);
    const sealed = Buffer.concat([nonce, cipher.update(sheet), cipher.final(), cipher.getAuthTag()]);
    const token = new SecretString(Buffer.concat([id, key]).toString('base64url'));
    return { id: id.toString('base64url'), proof: digest(derived(key, 'orbit share link: proof')), sealed, token };
  } finally {
    key.fill(0);
    sealingKey.fill(0);
  }
}

/** Lets a sealed sheet wait for its custodian. Links of earlier sets end. */
export function storeShareLink(
  { store, clock }: LinkSite,
  sheet: SealedSheet,
  holder: { setId: number; number: number; lifeMs?: number },
): Date {
  const expiresAt = new Date(clock.now().getTime() + (holder.lifeMs ?? shareLinkLifeMs));
  store.transaction(() => {
    store.database.prepare('UPDATE share_link SET sealed = NULL WHERE set_id <> ?').run(holder.setId);
    store.database
      .prepare(
        `INSERT INTO share_link (id, set_id, share_index, proof, sealed, made_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        sheet.id,
        holder.setId,
        holder.number - 1,
        sheet.proof,
        sheet.sealed,
        clock.now().toISOString(),
        expiresAt.toISOString(),
      );
  });
  return expiresAt;
}

/** The links of a set. What is behind a link whose time is over is removed on the way. */
export function shareLinksOf({ store, clock }: LinkSite, setId: number): ShareLink[] {
  forgetExpiredSheets({ store, clock });
  const rows = store.database.prepare('SELECT * FROM share_link WHERE set_id = ? ORDER BY share_index').all(setId);
  return rows.map((row) => ({
    setId,
    number: Number(row['share_index']) + 1,
    state: row['opened_at'] !== null ? 'opened' : row['sealed'] === null ? 'expired' : 'waiting',
    expiresAt: new Date(String(row['expires_at'])),
    ...(row['opened_at'] === null ? {} : { openedAt: new Date(String(row['opened_at'])) }),
  }));
}

/** Removes the sheets whose links were not opened in time. */
export function forgetExpiredSheets({ store, clock }: LinkSite): void {
  const now = clock.now().toISOString();
  store.database.prepare('UPDATE share_link SET sealed = NULL WHERE sealed IS NOT NULL AND expires_at <= ?').run(now);
}

/**
 * Gives the sealed sheet behind a link to whoever has the link, and forgets it in the same transaction: the second to ask
 * gets nothing, and so learns that somebody else was first.
 * @throws Failure `breakglass.bad-share-link`.
 */
export function openShareLink(site: LinkSite, link: { id: string; proof: Uint8Array }): ShareLink & { sealed: Buffer } {
  forgetExpiredSheets(site);
  return site.store.transaction(() => {
    const row = rowOf(site.store, link);
    if (row['sealed'] === null) throw badLink();
    const now = site.clock.now();
    site.store.database
      .prepare('UPDATE share_link SET sealed = NULL, opened_at = ? WHERE id = ?')
      .run(now.toISOString(), link.id);
    return {
      setId: Number(row['set_id']),
      number: Number(row['share_index']) + 1,
      state: 'opened' as const,
      expiresAt: new Date(String(row['expires_at'])),
      openedAt: now,
      sealed: Buffer.from(row['sealed'] as Uint8Array),
    };
  });
}

/** Whose share a link was for, told to whoever opened it. @throws Failure `breakglass.bad-share-link`. */
export function holderOfLink(
  { store }: LinkSite,
  link: { id: string; proof: Uint8Array },
): { setId: number; number: number } {
  const row = rowOf(store, link);
  if (row['opened_at'] === null) throw badLink();
  return { setId: Number(row['set_id']), number: Number(row['share_index']) + 1 };
}

function rowOf(store: Store, link: { id: string; proof: Uint8Array }): Record<string, unknown> {
  const row = store.database.prepare('SELECT * FROM share_link WHERE id = ?').get(link.id);
  const given = digest(link.proof);
  // Without the row there is nothing to compare with, and the same work is done.
  const known = row === undefined ? randomBytes(given.length) : (row['proof'] as Uint8Array);
  if (!timingSafeEqual(known, given) || row === undefined) throw badLink();
  return row;
}

function badLink(): Failure {
  return new Failure('breakglass.bad-share-link', {
    message:
      'there is no share behind this link any more: it was opened before, its time is over, or a newer set was made',
    hint: 'If it was not you who opened it, tell the administrators at once: the set must be made anew. Otherwise ask them for a new one.',
  });
}

function derived(key: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), purpose, keyBytes));
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
