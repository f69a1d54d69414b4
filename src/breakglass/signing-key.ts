// The Ed25519 key by which an opener knows that this Orbit made a kit. Its private half is sealed by the instance key.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';

/** Signs manifests. */
export interface SigningKey {
  /** The fingerprint's first 16 digits. */
  id: string;
  /** 32 raw bytes. */
  publicKey: Buffer;
  sign(message: Uint8Array): Buffer;
}

/** The instance's signing key; the first call makes it. @throws Failure `store.damaged-value` when it cannot be opened. */
export function openSigningKey(store: Store, instanceKey: InstanceKey, clock: Clock): SigningKey {
  const newest = 'SELECT id, sealed_private_key FROM signing_key ORDER BY created_at DESC LIMIT 1';
  const row = store.database.prepare(newest).get();
  if (row !== undefined) {
    const der = instanceKey.open(`breakglass:signing-key:${row['id']}`, row['sealed_private_key'] as Uint8Array);
    return signingKeyOf(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  }
  const pair = generateKeyPairSync('ed25519');
  const key = signingKeyOf(pair.privateKey);
  const sealed = instanceKey.seal(
    `breakglass:signing-key:${key.id}`,
    pair.privateKey.export({ format: 'der', type: 'pkcs8' }),
  );
  store.database
    .prepare('INSERT INTO signing_key (id, public_key, sealed_private_key, created_at) VALUES (?, ?, ?, ?)')
    .run(key.id, key.publicKey, sealed, clock.now().toISOString());
  return key;
}

/** The raw public keys by which this instance ever signed. */
export function signingKeys(store: Store): Buffer[] {
  const rows = store.database.prepare('SELECT public_key FROM signing_key').all();
  return rows.map((row) => Buffer.from(row['public_key'] as Uint8Array));
}

/** A signing key that lives in memory only. */
export function temporarySigningKey(): SigningKey {
  return signingKeyOf(generateKeyPairSync('ed25519').privateKey);
}

/** The SHA-256 of a public key in hexadecimal, in groups of eight as people compare it. */
export function signerFingerprint(publicKey: Uint8Array): string {
  const digest = createHash('sha256').update(publicKey).digest('hex');
  return digest.match(/.{8}/g)?.join(' ') ?? digest;
}

/** True when the signature over these very bytes was made by that key. */
export function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  // RFC 8410 SubjectPublicKeyInfo of Ed25519.
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]);
  return verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
}

function signingKeyOf(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  const id = createHash('sha256').update(publicKey).digest('hex').slice(0, 16);
  return { id, publicKey, sign: (message) => sign(null, message, privateKey) };
}
