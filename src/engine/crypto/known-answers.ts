// Published vectors that a cipher suite must give before it is trusted with data.
import type { CipherSuite } from './cipher.ts';
import { MasterKey } from './master-key.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** NIST SP 800-38A, F.5.5: AES-256 in counter mode. */
export const aesVector = {
  key: hex('603deb1015ca71be2b73aef0857d7781 1f352c073b6108d72d9810a30914dff4'),
  iv: hex('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'),
  plaintext: hex(
    '6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51' +
      '30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710',
  ),
  ciphertext: hex(
    '601ec313775789a5b7a7f504bbf3d228 f443e3ca4d62b59aca84e990cacaf5c5' +
      '2b0930daa23de94ce87017ba2d84988d dfc9c58db67aada613c2dd08457941a6',
  ),
};

/** D. J. Bernstein, "The Poly1305-AES message-authentication code", appendix B. */
export const macVectors = [
  {
    message: hex('f3f6'),
    r: hex('851fc40c3467ac0be05cc20404f3f700'),
    k: hex('ec074c835580741701425b623235add6'),
    nonce: hex('fb447350c4e868c52ac3275cf9d4327e'),
    tag: hex('f4c633c3044fc145f84f335cb81953de'),
  },
  {
    message: hex(''),
    r: hex('a0f3080000f46400d0c7e9076c834403'),
    k: hex('75deaa25c09f208e1dc4ce6b5cad3fbf'),
    nonce: hex('61ee09218d29b0aaed7e154a2c5509cc'),
    tag: hex('dd3fab2251f11ac759f0887129cc2ee7'),
  },
  {
    message: hex('663cea190ffb83d89593f3f476b6bc24d7e679107ea26adb8caf6652d0656136'),
    r: hex('48443d0bb0d21109c89a100b5ce2c208'),
    k: hex('6acb5f61a7176dd320c5c1eb2edcdc74'),
    nonce: hex('ae212a55399729595dea458bc621ff0e'),
    tag: hex('0ee1c16bb73f0f4fd19881753c01cdbe'),
  },
  {
    message: hex(
      'ab0812724a7f1e342742cbed374d94d136c6b8795d45b3819830f2c04491faf0990c62e48b8018b2c3e4a0fa3134cb67fa83e158c994d961c4cb21095c1bf9',
    ),
    r: hex('12976a08c4426d0ce8a82407c4f48207'),
    k: hex('e1a5668a4d5b66a5f68cc5424ed5982d'),
    nonce: hex('9ae831e743978d3a23527c7128149e3a'),
    tag: hex('5154ad0d2cb26e01274fc51148491f1b'),
  },
];

/** True when the suite gives every published answer, whole and without touching bytes beside its output. */
export function passesKnownAnswers(suite: CipherSuite): boolean {
  try {
    const filler = Buffer.alloc(32, 7);
    const key = new MasterKey(Buffer.concat([aesVector.key, filler]));
    const cipher = suite.create(key);
    const output = Buffer.alloc(aesVector.plaintext.length + 16, 0xee);
    cipher.crypt(aesVector.iv, aesVector.plaintext, output.subarray(8, -8));
    cipher.wipe();
    const isSame = output.subarray(8, -8).equals(aesVector.ciphertext);
    const isTidy = [...output.subarray(0, 8), ...output.subarray(-8)].every((byte) => byte === 0xee);
    return isSame && isTidy && macVectors.every((vector) => givesTag(suite, vector));
  } catch {
    return false;
  }
}

function givesTag(suite: CipherSuite, vector: (typeof macVectors)[number]): boolean {
  const cipher = suite.create(new MasterKey(Buffer.concat([aesVector.key, vector.k, vector.r])));
  const tag = Buffer.alloc(16);
  cipher.authenticate(vector.nonce, vector.message, tag);
  cipher.wipe();
  return tag.equals(vector.tag);
}
