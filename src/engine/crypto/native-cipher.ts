// AES-256-CTR and Poly1305-AES by the OpenSSL inside the node binary: contexts are kept, output goes where we say.
import assert from 'node:assert/strict';
import type { Cipher, CipherSuite } from './cipher.ts';
import type { MasterKey } from './master-key.ts';
import { nodeBinary, type Binder } from '../../base/node-binary.ts';

/** The suite, or undefined where a function is not exported. It still has to pass the known answers. */
export async function nativeCiphers(): Promise<CipherSuite | undefined> {
  const bind = await nodeBinary();
  if (bind === undefined) return undefined;
  try {
    const functions = bindAll(bind);
    return { name: 'native', create: (key) => createCipher(functions, key) };
  } catch {
    return undefined;
  }
}

type Functions = ReturnType<typeof bindAll>;

function bindAll(bind: Binder) {
  return {
    newContext: bind('void *EVP_CIPHER_CTX_new()'),
    freeContext: bind('void EVP_CIPHER_CTX_free(void *ctx)'),
    aes256ctr: bind('const void *EVP_aes_256_ctr()'),
    aes128ecb: bind('const void *EVP_aes_128_ecb()'),
    init: bind('int EVP_EncryptInit_ex(void *ctx, const void *type, void *impl, const void *key, const void *iv)'),
    update: bind('int EVP_EncryptUpdate(void *ctx, void *out, void *outl, const void *in, int inl)'),
    macBytes: bind('size_t Poly1305_ctx_size()'),
    macInit: bind('void Poly1305_Init(void *ctx, const void *key)'),
    macUpdate: bind('void Poly1305_Update(void *ctx, const void *in, size_t len)'),
    macFinal: bind('void Poly1305_Final(void *ctx, void *mac)'),
  };
}

function createCipher(functions: Functions, key: MasterKey): Cipher {
  const { newContext, freeContext, init, update, macInit, macUpdate, macFinal } = functions;
  const ctr: unknown = newContext();
  const ecb: unknown = newContext();
  assert.equal(init(ctr, functions.aes256ctr(), null, key.encryptionKey, Buffer.alloc(16)), 1);
  assert.equal(init(ecb, functions.aes128ecb(), null, key.macK, null), 1);
  const macContext = new Uint8Array(Number(functions.macBytes()));
  // Bytes 0–15 are r, 16–31 the encrypted nonce: the one-time key of this message.
  const oneTimeKey = new Uint8Array(32);
  oneTimeKey.set(key.macR, 0);
  const mask = new Uint8Array(oneTimeKey.buffer, 16, 16);
  const written = new Int32Array(1);
  let isWiped = false;
  return {
    crypt(iv, input, output) {
      assert.ok(!isWiped && iv.length === 16 && output.length >= input.length);
      if (input.length === 0) return;
      if (init(ctr, null, null, null, iv) !== 1 || update(ctr, output, written, input, input.length) !== 1)
        throw new Error('OpenSSL refused to encrypt');
      assert.equal(written[0], input.length);
    },
    authenticate(iv, message, tag) {
      assert.ok(!isWiped && iv.length === 16 && tag.length === 16);
      if (update(ecb, mask, written, iv, 16) !== 1) throw new Error('OpenSSL refused to encrypt');
      macInit(macContext, oneTimeKey);
      if (message.length > 0) macUpdate(macContext, message, message.length);
      macFinal(macContext, tag);
    },
    wipe() {
      if (isWiped) return;
      isWiped = true;
      freeContext(ctr);
      freeContext(ecb);
      macContext.fill(0);
      oneTimeKey.fill(0);
    },
  };
}
