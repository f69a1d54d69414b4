// The two ways age opens our files, as age-encryption takes them, over Node's own cryptography: an X25519 identity kept
// in a buffer, and a passphrase (scrypt) that does not hold up the event loop. See age-encryption.org/v1.
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  randomBytes,
  scrypt,
  type KeyObject,
} from 'node:crypto';
import { type Identity, type Recipient, Stanza } from 'age-encryption';
import type { SecretString } from '../base/secret-string.ts';

/** age's own default work factor: 2^18, 256 MiB, about a second on a phone. */
export const scryptWorkFactor = 18;
// A file may ask for more than ours does, within what a small machine can give (2^20 is 1 GiB).
const scryptWorkFactorMax = 20;
const fileKeyBytes = 16;
const tagBytes = 16;
const zeroNonce = Buffer.alloc(12);

/**
 * An identity that also tells how far a file came: `unasked` when its header could not even be read, `refused` when
 * nothing in it was for this identity, `matched` otherwise. "Wrong key" and "damaged file" are different news.
 */
export interface TellingIdentity extends Identity {
  readonly state: 'unasked' | 'refused' | 'matched';
}

/** The X25519 key pair of 32 secret bytes, as Node takes it (RFC 8410 PKCS #8, RFC 7748). */
export function x25519Key(secret: Uint8Array): KeyObject {
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secret]);
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}

/** A raw X25519 public key as Node takes it (RFC 8410 SubjectPublicKeyInfo). */
export function x25519PublicKey(bytes: Uint8Array): KeyObject {
  const der = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), bytes]);
  return createPublicKey({ key: der, format: 'der', type: 'spki' });
}

/** The 32 public bytes that belong to a key pair. */
export function x25519PublicBytes(key: KeyObject): Buffer {
  const der = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
  return der.subarray(-32);
}

/** Opens files sealed to an X25519 recipient ("The X25519 recipient type"). */
export function x25519Identity(secret: Uint8Array): TellingIdentity {
  const key = x25519Key(secret);
  const own = x25519PublicBytes(key);
  const identity = {
    state: 'unasked' as TellingIdentity['state'],
    unwrapFileKey(stanzas: Stanza[]): Uint8Array | null {
      identity.state = 'refused';
      for (const stanza of stanzas) {
        const share = Buffer.from(stanza.args[1] ?? '', 'base64');
        if (stanza.args[0] !== 'X25519' || stanza.args.length !== 2 || share.length !== 32) continue;
        const shared = diffieHellman({ privateKey: key, publicKey: x25519PublicKey(share) });
        const wrapKey = deriveKey(shared, Buffer.concat([share, own]), 'age-encryption.org/v1/X25519');
        const fileKey = unwrap(stanza.body, wrapKey);
        if (fileKey === undefined) continue;
        identity.state = 'matched';
        return fileKey;
      }
      return null;
    },
  };
  return identity;
}

/** Seals a file with a passphrase ("The scrypt recipient type"). It must be the file's only recipient. */
export function passphraseRecipient(passphrase: SecretString, workFactor: number = scryptWorkFactor): Recipient {
  return {
    async wrapFileKey(fileKey) {
      const salt = randomBytes(16);
      const body = wrap(fileKey, await passphraseKey(passphrase, salt, workFactor));
      return [new Stanza(['scrypt', unpadded(salt), String(workFactor)], body)];
    },
  };
}

/** Opens a passphrase file. A work factor beyond 2^20 counts as not ours. */
export function passphraseIdentity(passphrase: SecretString): TellingIdentity {
  const identity = {
    state: 'unasked' as TellingIdentity['state'],
    async unwrapFileKey(stanzas: Stanza[]): Promise<Uint8Array | null> {
      identity.state = 'refused';
      const [stanza] = stanzas;
      if (stanza === undefined || stanzas.length !== 1 || stanza.args[0] !== 'scrypt') return null;
      const salt = Buffer.from(stanza.args[1] ?? '', 'base64');
      const workFactor = Number(stanza.args[2]);
      if (salt.length !== 16 || !/^[1-9][0-9]?$/.test(stanza.args[2] ?? '') || workFactor > scryptWorkFactorMax)
        return null;
      const fileKey = unwrap(stanza.body, await passphraseKey(passphrase, salt, workFactor));
      if (fileKey === undefined) return null;
      identity.state = 'matched';
      return fileKey;
    },
  };
  return identity;
}

async function passphraseKey(passphrase: SecretString, salt: Buffer, workFactor: number): Promise<Buffer> {
  const fullSalt = Buffer.concat([Buffer.from('age-encryption.org/v1/scrypt'), salt]);
  const cost = 2 ** workFactor;
  const options = { N: cost, r: 8, p: 1, maxmem: 128 * 8 * cost + 32 * 1024 * 1024 };
  return await new Promise((resolve, reject) => {
    scrypt(passphrase.reveal(), fullSalt, 32, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** HKDF-SHA256 to a 32-byte key. */
export function deriveKey(secret: Uint8Array, salt: Uint8Array, label: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, label, 32));
}

/** Wraps a file key with ChaCha20-Poly1305 under a key that is used once, hence the nonce of zeros. */
export function wrap(fileKey: Uint8Array, key: Buffer): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, zeroNonce, { authTagLength: tagBytes });
  const body = Buffer.concat([cipher.update(fileKey), cipher.final()]);
  key.fill(0);
  return Buffer.concat([body, cipher.getAuthTag()]);
}

function unwrap(body: Uint8Array, key: Buffer): Buffer | undefined {
  if (body.length !== fileKeyBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('chacha20-poly1305', key, zeroNonce, { authTagLength: tagBytes });
  decipher.setAuthTag(body.subarray(fileKeyBytes));
  key.fill(0);
  try {
    return Buffer.concat([decipher.update(body.subarray(0, fileKeyBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Base64 without padding, as age spells bytes. */
export function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
