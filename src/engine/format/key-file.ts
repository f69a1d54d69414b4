// Key files: the master key, wrapped by a password. The only files of a repository that are not sealed as a whole.
import { createHash, randomBytes } from 'node:crypto';
import type { SecretString } from '../../base/secret-string.ts';
import { deriveKey, isBearable, type ScryptCost } from '../crypto/key-derivation.ts';
import { MasterKey } from '../crypto/master-key.ts';
import { Sealer } from '../crypto/seal.ts';
import type { KeyId } from '../ids.ts';
import { damagedFile } from './damage.ts';
import { encodeGoJson, JsonObject } from './json.ts';
import { fileKey } from './layout.ts';

/** A key file's content (restic internal/repository/key.go). User, host and date can be read by whoever sees the file. */
export interface KeyFile {
  /** RFC 3339. */
  created: string;
  username: string;
  hostname: string;
  cost: ScryptCost;
  salt: Buffer;
  /** The master key's JSON, sealed with the key that the password gives. */
  data: Buffer;
}

const saltBytes = 64;

/** The JSON of a key file, keys in restic's order. */
export function encodeKeyFile(file: KeyFile): Buffer {
  const { created, username, hostname, cost, salt, data } = file;
  const json = {
    created,
    username,
    hostname,
    kdf: 'scrypt',
    N: cost.N,
    r: cost.r,
    p: cost.p,
    salt: salt.toString('base64'),
    data: data.toString('base64'),
  };
  return Buffer.from(encodeGoJson(json));
}

/** Undoes `encodeKeyFile`. @throws Failure `repository.damaged-file`, also for a cost nobody could pay. */
export function decodeKeyFile(id: string, json: Uint8Array): KeyFile {
  const file = fileKey('keys', id);
  const object = JsonObject.parse(file, json);
  const kdf = object.text('kdf', 64);
  if (kdf !== 'scrypt') throw damagedFile(file, `its key derivation '${kdf}' is unknown`);
  const cost = { N: object.count('N'), r: object.count('r'), p: object.count('p') };
  if (!isBearable(cost))
    throw damagedFile(file, 'its key derivation would cost more than this program is willing to pay');
  const salt = Buffer.from(object.text('salt', 1024), 'base64');
  if (salt.length !== saltBytes) throw damagedFile(file, `its salt has ${salt.length} bytes instead of ${saltBytes}`);
  return {
    created: object.optionalText('created', 128) ?? '',
    username: object.optionalText('username') ?? '',
    hostname: object.optionalText('hostname') ?? '',
    cost,
    salt,
    data: Buffer.from(object.text('data'), 'base64'),
  };
}

/** Wraps the master key by a password. */
export async function wrapMasterKey(
  masterKey: MasterKey,
  password: SecretString,
  about: Pick<KeyFile, 'created' | 'username' | 'hostname' | 'cost'>,
): Promise<KeyFile> {
  const salt = randomBytes(saltBytes);
  const wrappingKey = await deriveKey(password, salt, about.cost);
  const sealer = await Sealer.create(wrappingKey);
  const json = masterKey.toKeyFileJson();
  try {
    return { ...about, salt, data: sealer.seal(json) };
  } finally {
    json.fill(0);
    sealer.wipe();
    wrappingKey.wipe();
  }
}

/** The master key, or undefined when this password does not open the file. @throws Failure `repository.invalid-key` */
export async function unwrapMasterKey(file: KeyFile, password: SecretString): Promise<MasterKey | undefined> {
  const wrappingKey = await deriveKey(password, file.salt, file.cost);
  const sealer = await Sealer.create(wrappingKey);
  try {
    const json = sealer.open(file.data);
    if (json === undefined) return undefined;
    try {
      return MasterKey.fromKeyFileJson(json);
    } finally {
      json.fill(0);
    }
  } finally {
    sealer.wipe();
    wrappingKey.wipe();
  }
}

/** A key file's name: the SHA-256 of its JSON. */
export function keyIdOf(json: Uint8Array): KeyId {
  return createHash('sha256').update(json).digest('hex') as KeyId;
}
