// The key files of a repository: each is one password for the same master key.
import { hostname, userInfo } from 'node:os';
import type { Backend } from '../../backends/backend.ts';
import { Failure, isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import type { SecretString } from '../../base/secret-string.ts';
import { calibratedCost, type ScryptCost } from '../crypto/key-derivation.ts';
import type { MasterKey } from '../crypto/master-key.ts';
import { damagedFile } from '../format/damage.ts';
import {
  decodeKeyFile,
  encodeKeyFile,
  keyIdOf,
  unwrapMasterKey,
  wrapMasterKey,
  type KeyFile,
} from '../format/key-file.ts';
import { fileKey } from '../format/layout.ts';
import type { KeyId } from '../ids.ts';
import { listFiles, loadStored, pickSignal, sha256 } from './sealed-files.ts';

/** A key file as `key list` shows it. */
export interface NamedKey {
  id: KeyId;
  created: string;
  username: string;
  hostname: string;
}

/** Facts a new key file carries. Without `cost`: about half a second on this machine. */
export interface NewKeyOptions extends Operation {
  username?: string;
  hostname?: string;
  cost?: ScryptCost;
}

/** restic tries no more either (internal/global/global.go). */
const maxTries = 20;

/** Stores a key file for this password and proves that it opens before it counts. */
export async function saveKey(
  backend: Backend,
  masterKey: MasterKey,
  password: SecretString,
  options: NewKeyOptions = {},
): Promise<KeyId> {
  const file = await wrapMasterKey(masterKey, password, {
    created: new Date().toISOString(),
    username: options.username ?? userInfo().username,
    hostname: options.hostname ?? hostname(),
    cost: options.cost ?? (await calibratedCost()),
  });
  const json = encodeKeyFile(file);
  const id = keyIdOf(json);
  await backend.save(fileKey('keys', id), json, pickSignal(options));
  return id;
}

/** One key file, verified against its name. @throws Failure `repository.damaged-file` */
export async function loadKey(backend: Backend, id: KeyId, options: Operation = {}): Promise<KeyFile> {
  const json = await loadStored(backend, 'keys', id, options);
  if (sha256(json) !== id) throw damagedFile(fileKey('keys', id), 'its content does not match its name');
  return decodeKeyFile(id, json);
}

/** All keys, oldest first. */
export async function listKeys(backend: Backend, options: Operation = {}): Promise<NamedKey[]> {
  const keys: NamedKey[] = [];
  for (const { id } of await listFiles<KeyId>(backend, 'keys', options)) {
    const { created, username, hostname } = await loadKey(backend, id, options);
    keys.push({ id, created, username, hostname });
  }
  return keys.sort((a, b) => (a.created < b.created ? -1 : 1));
}

/**
 * Tries the hinted key, then the others in the order of their names, at most 20. A damaged key file does not keep another
 * one from opening the repository.
 * @throws Failure `repository.not-found` without any key, `repository.wrong-password`, or what is wrong with the damaged key
 */
export async function openMasterKey(
  backend: Backend,
  password: SecretString,
  options: Operation & { keyHint?: string } = {},
): Promise<{ id: KeyId; masterKey: MasterKey }> {
  const { keyHint } = options;
  const ids = (await listFiles<KeyId>(backend, 'keys', options)).map(({ id }) => id);
  if (ids.length === 0) throw notFound(backend.location);
  const isHinted = (id: KeyId): boolean => keyHint !== undefined && id.startsWith(keyHint);
  const tries = [...ids.filter(isHinted), ...ids.filter((id) => !isHinted(id))].slice(0, maxTries);
  let damage: Failure | undefined;
  for (const id of tries) {
    options.signal?.throwIfAborted();
    try {
      const masterKey = await unwrapMasterKey(await loadKey(backend, id, options), password);
      if (masterKey !== undefined) return { id, masterKey };
    } catch (error) {
      if (!isFailure(error, 'repository.damaged-file') && !isFailure(error, 'repository.invalid-key')) throw error;
      damage ??= error;
    }
  }
  throw damage ?? wrongPassword(backend.location, tries.length);
}

/** There is no repository at this place. */
export function notFound(location: string): Failure {
  return new Failure('repository.not-found', {
    message: `there is no repository at ${location}`,
    hint: 'Check the path, or make a repository there with `orbit repo init`.',
  });
}

function wrongPassword(location: string, tried: number): Failure {
  return new Failure('repository.wrong-password', {
    message: `the password opens none of the ${tried} key(s) tried of the repository at ${location}`,
    hint: 'Check the password file (a line break at its end does not count), or use another password of this repository.',
  });
}
