// From a master password or from shares to the recovery key, and by it to the KDBX key file. Nothing leaves this page.
import { Decrypter, identityToRecipient, type Stanza } from 'age-encryption';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { base64nopad, bech32 } from '@scure/base';
import { combineShares } from '../../src/breakglass/shares/combine-shares.ts';
import type { Share } from '../../src/breakglass/shares/share.ts';
import { sha256Hex } from './kit-check.ts';

/** The recovery key while it is needed. */
export interface RecoveryKey {
  /** `AGE-SECRET-KEY-1…` */
  identity: string;
  /** Who signs its kits, where the key's own file notes it: base64 of a raw Ed25519 public key. */
  signer?: string;
  /** It is a recipient's own key, which opens the kit or an envelope without being the recovery key. */
  isRecipients?: boolean;
}

type RefusedReason = 'wrong-password' | 'wrong-passphrase' | 'other-key' | 'not-a-key' | 'damaged';

/** Why a recovery key was refused. */
export class KeyRefused extends Error {
  readonly reason: RefusedReason;

  constructor(reason: RefusedReason) {
    super(reason);
    this.reason = reason;
  }
}

/**
 * Opens `recovery-key.age`. `waiting` hears how far the slow key derivation is, 0 to 1.
 * @throws KeyRefused
 */
export async function keyByPassword(
  wrapped: Uint8Array,
  password: string,
  waiting: (part: number) => void,
): Promise<RecoveryKey> {
  return readIdentityFile(await openWithPassphrase(wrapped, spellings(password), waiting, 'wrong-password'));
}

/** The text of an age file under one of these passphrases. @throws KeyRefused */
export async function openWithPassphrase(
  wrapped: Uint8Array,
  passphrases: readonly string[],
  waiting: (part: number) => void,
  refusal: RefusedReason,
): Promise<string> {
  for (const spelling of new Set(passphrases)) {
    const found = { matched: false };
    const decrypter = new Decrypter();
    decrypter.addIdentity({ unwrapFileKey: (stanzas) => unwrapByPassphrase(stanzas, spelling, waiting, found) });
    try {
      return await decrypter.decrypt(wrapped, 'text');
    } catch {
      if (found.matched) throw new KeyRefused('damaged');
    }
  }
  throw new KeyRefused(refusal);
}

/** Puts shares together to the recovery key. @throws Failure `breakglass.…` of `combineShares`, KeyRefused. */
export async function keyByShares(shares: readonly Share[]): Promise<RecoveryKey> {
  const secret = await combineShares(shares);
  try {
    return { identity: bech32.encodeFromBytes('AGE-SECRET-KEY-', secret).toUpperCase() };
  } finally {
    secret.fill(0);
  }
}

/** Opens a file sealed to the recovery key. @throws KeyRefused `other-key` when it is sealed to another one. */
export async function openSealed(sealed: Uint8Array, key: RecoveryKey): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  try {
    decrypter.addIdentity(key.identity);
    return await decrypter.decrypt(sealed);
  } catch {
    throw new KeyRefused('other-key');
  }
}

/** The id of a recovery key: the first 16 hexadecimal digits of the SHA-256 of its recipient. */
export async function keyIdOf(key: RecoveryKey): Promise<string> {
  const recipient = await identityToRecipient(key.identity);
  return (await sha256Hex(new TextEncoder().encode(recipient))).slice(0, 16);
}

// age-encryption's own passphrase identity stands still until it is done; this one lets the page breathe
// (C2SP age, "The scrypt recipient type").
async function unwrapByPassphrase(
  stanzas: Stanza[],
  passphrase: string,
  waiting: (part: number) => void,
  found: { matched: boolean },
): Promise<Uint8Array | null> {
  const [stanza] = stanzas;
  const [kind, salt = '', workFactor = ''] = stanza?.args ?? [];
  if (stanza === undefined || stanzas.length !== 1 || kind !== 'scrypt') return null;
  if (!/^[1-9][0-9]?$/.test(workFactor) || Number(workFactor) > 20 || stanza.body.length !== 32) return null;
  const label = new TextEncoder().encode('age-encryption.org/v1/scrypt');
  const wrapKey = await scryptAsync(passphrase, Uint8Array.from([...label, ...base64nopad.decode(salt)]), {
    N: 2 ** Number(workFactor),
    r: 8,
    p: 1,
    dkLen: 32,
    maxmem: 2 ** 31,
    onProgress: waiting,
  });
  try {
    const fileKey = chacha20poly1305(wrapKey, new Uint8Array(12)).decrypt(stanza.body);
    found.matched = true;
    return fileKey;
  } catch {
    return null;
  }
}

function readIdentityFile(text: string): RecoveryKey {
  const identity = /^AGE-SECRET-KEY-1[0-9A-Z]+$/m.exec(text)?.[0];
  if (identity === undefined) throw new KeyRefused('damaged');
  const signer = /^# kits are signed by: (\S+)$/m.exec(text)?.[1];
  return signer === undefined ? { identity } : { identity, signer };
}

// As typed; composed, for keyboards that send accents apart; and a generated passphrase as people hear it read out.
function spellings(typed: string): string[] {
  const plain = typed.toLowerCase().replace(/[\s-]/g, '').replace(/o/g, '0').replace(/[il]/g, '1');
  const grouped = /^[0-9a-hjkmnp-tv-z]{28}$/.test(plain) ? plain.replace(/.{4}(?=.)/g, '$&-') : typed;
  return [...new Set([typed, typed.normalize('NFC'), grouped])];
}
