// A Bitwarden account as its clients make one: keys within keys, every text sealed before it leaves. Written from the security
// whitepaper, apart from the code under test; a real Vaultwarden and the stand-in hold the same.
import {
  argon2Sync,
  constants,
  createCipheriv,
  createHash,
  createHmac,
  generateKeyPairSync,
  hkdfSync,
  pbkdf2Sync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';

/** How the account's key is made of its password, as the API has it. */
export type AccountKdf =
  | { kdf: 0; kdfIterations: number }
  | { kdf: 1; kdfIterations: number; kdfMemory: number; kdfParallelism: number };

/** A new account. */
export interface BitwardenAccount {
  email: string;
  password: string;
  kdf: AccountKdf;
  /** What a client sends instead of the password. */
  passwordHash: string;
  key: Buffer;
  sealedKey: string;
  publicKey: string;
  sealedPrivateKey: string;
  /** A key for an organisation, and as it lies sealed to the account. */
  organisationKey: Buffer;
  sealedOrganisationKey: string;
}

/** Makes an account. */
export function bitwardenAccount(email: string, password: string, kdf: AccountKdf): BitwardenAccount {
  const salt = email.toLowerCase();
  const master =
    kdf.kdf === 0
      ? pbkdf2Sync(password, salt, kdf.kdfIterations, 32, 'sha256')
      : argon2Sync('argon2id', {
          message: password,
          nonce: createHash('sha256').update(salt).digest(),
          parallelism: kdf.kdfParallelism,
          tagLength: 32,
          memory: kdf.kdfMemory * 1024,
          passes: kdf.kdfIterations,
        });
  const half = (info: string): Buffer => createHmac('sha256', master).update(`${info}\u0001`).digest();
  const key = randomBytes(64);
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  const organisationKey = randomBytes(64);
  const oaep = {
    key: publicKey,
    format: 'der' as const,
    type: 'spki' as const,
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: 'sha1',
  };
  return {
    email,
    password,
    kdf,
    passwordHash: pbkdf2Sync(master, password, 1, 32, 'sha256').toString('base64'),
    key,
    sealedKey: sealText(key, Buffer.concat([half('enc'), half('mac')])),
    publicKey: publicKey.toString('base64'),
    sealedPrivateKey: sealText(privateKey, key),
    organisationKey,
    sealedOrganisationKey: `4.${publicEncrypt(oaep, organisationKey).toString('base64')}`,
  };
}

/** `2.iv|ciphertext|mac`. */
export function sealText(clear: string | Buffer, key: Buffer): string {
  const { iv, ciphertext, mac } = sealed(Buffer.from(clear), key);
  return `2.${[iv, ciphertext, mac].map((part) => part.toString('base64')).join('|')}`;
}

/** A file as clients upload it. */
export function sealFile(clear: Buffer, key: Buffer): Buffer {
  const { iv, ciphertext, mac } = sealed(clear, key);
  return Buffer.concat([Buffer.of(2), iv, mac, ciphertext]);
}

/** A value with every text in it sealed. */
export function sealDeep(value: unknown, key: Buffer): unknown {
  if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT/.test(value) ? value : sealText(value, key);
  if (Array.isArray(value)) return value.map((part) => sealDeep(part, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, sealDeep(part, key)]));
}

/** A key of its own for a file or an item, derived so that a test can make it again. */
export function derivedKey(name: string): Buffer {
  return Buffer.from(hkdfSync('sha256', name, '', 'test', 64));
}

function sealed(clear: Buffer, key: Buffer): { iv: Buffer; ciphertext: Buffer; mac: Buffer } {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', key.subarray(0, 32), iv);
  const ciphertext = Buffer.concat([cipher.update(clear), cipher.final()]);
  const mac = createHmac('sha256', key.subarray(32)).update(iv).update(ciphertext).digest();
  return { iv, ciphertext, mac };
}
