// The key that seals what this instance must be able to read again: destination credentials, vault values.
// It protects copies of the database; it does not protect against whoever reads both files of the data folder.
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hash, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, systemErrorCode } from '../base/failure.ts';
import { type GcmOpener, nativeGcm } from './native-gcm.ts';

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
  /** A text that was sealed; its bytes are wiped, the text cannot be. @throws Failure `store.damaged-value`. */
  openText(purpose: string, sealed: Uint8Array): string;
  /** Before very many values are opened: loads what opens each in a fifth of the time. May be called again. */
  quicken(): Promise<void>;
  /** The 32 bytes it is made of, for another thread. Wipe them. */
  copyBytes(): Uint8Array<ArrayBuffer>;
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
  const own = Uint8Array.from(bytes);
  const keyFor = hkdfKeys(own);
  let native: GcmOpener | undefined;
  let scratch = Buffer.alloc(16 * 1024);
  const bodyBytes = (purpose: string, sealed: Uint8Array): number => {
    if (sealed.length < 1 + nonceBytes + tagBytes || sealed[0] !== version) throw damaged(purpose);
    return sealed.length - 1 - nonceBytes - tagBytes;
  };
  const openInto = (purpose: string, sealed: Uint8Array, target: Buffer): void => {
    if (native === undefined) openWithNode(purpose, keyFor(purpose), sealed, target);
    else if (!native.open(keyFor(purpose), sealed, target)) throw damaged(purpose);
  };
  return {
    seal(purpose, value) {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', createSecretKey(keyFor(purpose)), nonce);
      const body = Buffer.concat([cipher.update(value), cipher.final()]);
      return Buffer.concat([Buffer.of(version), nonce, body, cipher.getAuthTag()]);
    },
    open(purpose, sealed) {
      const clear = Buffer.alloc(bodyBytes(purpose, sealed));
      openInto(purpose, sealed, clear);
      return clear;
    },
    openText(purpose, sealed) {
      const size = bodyBytes(purpose, sealed);
      if (scratch.length < size) scratch = Buffer.alloc(2 * size);
      openInto(purpose, sealed, scratch);
      const text = scratch.toString('utf8', 0, size);
      scratch.fill(0, 0, size);
      return text;
    },
    async quicken() {
      native ??= await nativeGcm();
    },
    copyBytes: () => own.slice(),
  };
}

function openWithNode(purpose: string, key: Uint8Array, sealed: Uint8Array, output: Buffer): void {
  const bodyEnd = sealed.length - tagBytes;
  // Node makes a cipher from a key object in half the time that bytes take it.
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), sealed.subarray(1, 1 + nonceBytes));
  decipher.setAuthTag(sealed.subarray(bodyEnd));
  try {
    const clear = decipher.update(sealed.subarray(1 + nonceBytes, bodyEnd));
    decipher.final();
    clear.copy(output);
    clear.fill(0);
  } catch (error) {
    throw damaged(purpose, error);
  }
}

function damaged(purpose: string, cause?: unknown): Failure {
  return new Failure('store.damaged-value', {
    message: `the stored value '${purpose}' cannot be opened`,
    hint: 'The database and instance.key of the data folder do not belong together, or one is damaged. Restore both from the same backup.',
    cause,
  });
}

/**
 * HKDF-SHA256 (RFC 5869) without salt, one key of 32 bytes for each purpose: what `hkdfSync` gives, but its first half
 * (section 2.2), which is the same for every purpose, is done once, and its second (section 2.3) takes two one-shot hashes.
 * Each key lies in the same 32 bytes and lives until the next one: it is used at once.
 */
function hkdfKeys(bytes: Uint8Array): (purpose: string) => Buffer {
  const blockBytes = 64;
  const extracted = createHmac('sha256', Buffer.alloc(keyBytes)).update(bytes).digest();
  // HMAC (RFC 2104): the key is XORed with 0x36 before the inner text, and with 0x5c before the inner hash.
  const inner = Buffer.alloc(1024, 0x36);
  const outer = Buffer.alloc(blockBytes + keyBytes, 0x5c);
  for (let i = 0; i < keyBytes; i += 1) {
    inner[i] = (extracted[i] as number) ^ 0x36;
    outer[i] = (extracted[i] as number) ^ 0x5c;
  }
  extracted.fill(0);
  const key = Buffer.alloc(keyBytes);
  return (purpose) => {
    const info = `orbit/${purpose}`;
    const most = blockBytes + 3 * info.length + 1;
    const text = most <= inner.length ? inner : Buffer.concat([inner.subarray(0, blockBytes)], most);
    const end = blockBytes + text.write(info, blockBytes);
    text[end] = 1;
    // By way of a text: a new buffer for each hash takes three times as long.
    outer.write(hash('sha256', text.subarray(0, end + 1), 'binary'), blockBytes, 'latin1');
    key.write(hash('sha256', outer, 'binary'), 'latin1');
    return key;
  };
}
