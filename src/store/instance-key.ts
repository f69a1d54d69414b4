// The key that seals what this instance must be able to read again: destination credentials, vault values.
// It protects copies of the database; it does not protect against whoever reads both files of the data folder.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, systemErrorCode } from '../base/failure.ts';

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const version = 1;

/** Seals and opens small values with AES-256-GCM under a key of this instance. */
export interface InstanceKey {
  /** `purpose` names what the value is and whose (`vault:password:<id>`): a sealed value opens under its purpose only. */
  seal(purpose: string, value: Uint8Array | string): Buffer;
  /** @throws Failure `store.damaged-value` when the bytes were changed, moved, or sealed by another instance. */
  open(purpose: string, sealed: Uint8Array): Buffer;
}

/** Reads `instance.key` (32 bytes, mode 0600) of the data folder; the first call makes it. */
export function openInstanceKey(home: string): InstanceKey {
  const file = join(home, 'instance.key');
  try {
    return instanceKeyFrom(readFileSync(file));
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  mkdirSync(home, { recursive: true, mode: 0o700 });
  try {
    const descriptor = openSync(file, 'wx', 0o600);
    writeSync(descriptor, randomBytes(keyBytes));
    fsyncSync(descriptor);
    closeSync(descriptor);
    chmodSync(file, 0o600);
  } catch (error) {
    // Another process of ours was first; its key is as good.
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
  return instanceKeyFrom(readFileSync(file));
}

/**
 * The instance key made of these 32 bytes. Each value gets its own key, derived from its purpose (HKDF-SHA256),
 * so that random 96-bit nonces never come near their limit.
 * Shape of a sealed value: version (1) ‖ nonce (12) ‖ ciphertext ‖ tag (16).
 */
export function instanceKeyFrom(bytes: Uint8Array): InstanceKey {
  if (bytes.length !== keyBytes) {
    throw new Failure('store.damaged-value', {
      message: `the instance key has ${bytes.length} bytes instead of ${keyBytes}`,
      hint: 'Restore instance.key of the data folder from a backup.',
    });
  }
  const keyFor = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', bytes, '', `orbit/${purpose}`, keyBytes));
  return {
    seal(purpose, value) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', keyFor(purpose), nonce);
      const body = Buffer.concat([cipher.update(value), cipher.final()]);
      return Buffer.concat([Buffer.of(version), nonce, body, cipher.getAuthTag()]);
    },
    open(purpose, sealed) {
      const damaged = (cause?: unknown): Failure =>
        new Failure('store.damaged-value', {
          message: `the stored value '${purpose}' cannot be opened`,
          hint: 'The database and instance.key of the data folder do not belong together, or one is damaged. Restore both from the same backup.',
          cause,
        });
      if (sealed.length < 1 + nonceBytes + tagBytes || sealed[0] !== version) throw damaged();
      const bodyEnd = sealed.length - tagBytes;
      const decipher = createDecipheriv('aes-256-gcm', keyFor(purpose), sealed.subarray(1, 1 + nonceBytes));
      decipher.setAuthTag(sealed.subarray(bodyEnd));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(1 + nonceBytes, bodyEnd)), decipher.final()]);
      } catch (error) {
        throw damaged(error);
      }
    },
  };
}
