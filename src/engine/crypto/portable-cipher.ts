// AES-256-CTR by node:crypto and Poly1305 by libsodium in WASM: the twin that runs wherever Node runs.
import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import type { Cipher, CipherSuite } from './cipher.ts';
import type { MasterKey } from './master-key.ts';

/** Loads the suite. */
export async function portableCiphers(): Promise<CipherSuite> {
  const { default: sodium } = await import('libsodium-wrappers-sumo');
  await sodium.ready;
  const onetimeauth = (message: Uint8Array, key: Uint8Array): Uint8Array => sodium.crypto_onetimeauth(message, key);
  return { name: 'portable', create: (key) => createCipher(onetimeauth, key) };
}

function createCipher(onetimeauth: (message: Uint8Array, key: Uint8Array) => Uint8Array, masterKey: MasterKey): Cipher {
  const key = masterKey.copyBytes();
  const ecb = createCipheriv('aes-128-ecb', key.subarray(32, 48), null).setAutoPadding(false);
  let isWiped = false;
  return {
    crypt(iv, input, output) {
      assert.ok(!isWiped && output.length >= input.length);
      output.set(createCipheriv('aes-256-ctr', key.subarray(0, 32), iv).update(input));
    },
    authenticate(iv, message, tag) {
      assert.ok(!isWiped && iv.length === 16 && tag.length === 16);
      const oneTimeKey = new Uint8Array(32);
      oneTimeKey.set(key.subarray(48, 64), 0);
      oneTimeKey.set(ecb.update(iv), 16);
      tag.set(onetimeauth(message, oneTimeKey));
      oneTimeKey.fill(0);
    },
    wipe() {
      isWiped = true;
      key.fill(0);
    },
  };
}
