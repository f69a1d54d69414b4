// AES-256-GCM by the OpenSSL inside the node binary, with one kept context: an object of node:crypto for each value costs
// several times what opening the value does.
import { type Binder, nodeBinary } from '../base/node-binary.ts';

const [bodyStart, tagBytes] = [1 + 12, 16];

/** Opens what AES-256-GCM sealed. Not for use by two threads at once. */
export interface GcmOpener {
  /**
   * Opens what stands in `sealed` behind its first byte: a nonce of 12 bytes, the body, a tag of 16. Writes as many clear bytes as the
   * body has to `output`; false, and nothing there, when they are not genuine.
   */
  open(key: Uint8Array, sealed: Uint8Array, output: Uint8Array): boolean;
}

let opener: Promise<GcmOpener | undefined> | undefined;

/** The opener, or undefined where it is not to be had, is not wanted (ORBIT_PORTABLE=1), or fails the known answers. */
export function nativeGcm(): Promise<GcmOpener | undefined> {
  opener ??= load();
  return opener;
}

async function load(): Promise<GcmOpener | undefined> {
  if (process.env['ORBIT_PORTABLE'] === '1') return undefined;
  const bind = await nodeBinary();
  if (bind === undefined) return undefined;
  try {
    const made = makeOpener(bind);
    return passesKnownAnswer(made) ? made : undefined;
  } catch {
    return undefined;
  }
}

function makeOpener(bind: Binder): GcmOpener {
  const newContext = bind('void *EVP_CIPHER_CTX_new()');
  const aes256gcm = bind('const void *EVP_aes_256_gcm()');
  const init = bind('int EVP_DecryptInit_ex(void *ctx, const void *type, void *impl, const void *key, const void *iv)');
  const control = bind('int EVP_CIPHER_CTX_ctrl(void *ctx, int type, int arg, const void *ptr)');
  const update = bind('int EVP_DecryptUpdate(void *ctx, void *out, void *outl, const void *in, int inl)');
  const final = bind('int EVP_DecryptFinal_ex(void *ctx, void *outm, void *outl)');
  const setTag = 0x11;
  const context = newContext();
  if (init(context, aes256gcm(), null, null, null) !== 1) throw new Error('OpenSSL has no AES-256-GCM');
  const written = new Int32Array(1);
  const noBytes = new Uint8Array(16);
  // A value is copied to where each of its parts has its object already: making three for each takes as long as opening does.
  let room = partsRoom(4096);
  const tag = new Uint8Array(tagBytes);
  return {
    open(key, sealed, output) {
      const bodyBytes = sealed.length - bodyStart - tagBytes;
      if (key.length !== 32 || bodyBytes < 0 || output.length < bodyBytes) return false;
      if (room.all.length < sealed.length) room = partsRoom(2 * sealed.length);
      room.all.set(sealed);
      for (let at = 0; at < tagBytes; at += 1) tag[at] = sealed[bodyStart + bodyBytes + at] as number;
      const isGenuine =
        init(context, null, null, key, room.nonce) === 1 &&
        control(context, setTag, tagBytes, tag) === 1 &&
        (bodyBytes === 0 || update(context, output, written, room.body, bodyBytes) === 1) &&
        final(context, noBytes, written) === 1;
      if (!isGenuine) output.fill(0, 0, bodyBytes);
      return isGenuine;
    },
  };
}

function partsRoom(bytes: number): { all: Uint8Array; nonce: Uint8Array; body: Uint8Array } {
  const all = new Uint8Array(bytes);
  return { all, nonce: all.subarray(1, bodyStart), body: all.subarray(bodyStart) };
}

/** McGrew and Viega, "The Galois/Counter Mode of Operation", test case 15; and the same with a tag that does not fit. */
function passesKnownAnswer(made: GcmOpener): boolean {
  const hex = (text: string): Buffer => Buffer.from(text, 'hex');
  const key = hex('feffe9928665731c6d6a8f9467308308'.repeat(2));
  const nonce = hex('cafebabefacedbaddecaf888');
  const sealed = hex(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa' +
      '8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad',
  );
  const clear =
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
    '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255';
  const tag = hex('b094dac5d93471bdec1a502270e3cc6c');
  const value = Buffer.concat([Buffer.alloc(1), nonce, sealed, tag]);
  const output = Buffer.alloc(sealed.length);
  const opens = made.open(key, value, output) && output.toString('hex') === clear;
  value[value.length - tagBytes] = 0;
  return opens && !made.open(key, value, output) && output.every((byte) => byte === 0);
}
