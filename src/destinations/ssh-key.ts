// Orbit's own SSH keys: made once, kept sealed in the database, used only in memory. Never root's.
import { hostname } from 'node:os';
import { type Clock, systemClock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import { SecretString } from '../base/secret-string.ts';
import { type SshKeyPair, type SshKeyType, createSshKeyPair, sshKeyPairFrom } from '../backends/ssh/key-pair.ts';
import type { InstanceKey } from '../store/instance-key.ts';
import type { Store } from '../store/store.ts';

/** What may be shown of a key. */
export interface SshKeyInfo {
  name: string;
  type: SshKeyType;
  /** For `authorized_keys`. */
  publicLine: string;
  createdAt: string;
}

const purpose = (name: string): string => `ssh-key:${name}`;

/** All keys, by name. */
export function listSshKeys(store: Store): SshKeyInfo[] {
  const rows = store.database.prepare('SELECT name, type, public_line, created_at FROM ssh_key ORDER BY name').all();
  return rows.map((row) => ({
    name: String(row['name']),
    type: String(row['type']) as SshKeyType,
    publicLine: String(row['public_line']),
    createdAt: String(row['created_at']),
  }));
}

/** Makes a key and keeps it. @throws Failure `destinations.ssh-key-exists`: a key is never replaced in silence. */
export async function createSshKey(
  store: Store,
  instanceKey: InstanceKey,
  wanted: { name: string; type: SshKeyType },
  clock: Clock = systemClock,
): Promise<SshKeyInfo> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(wanted.name)) {
    throw new Failure('destinations.bad-name', {
      message: `'${wanted.name}' cannot be a name`,
      hint: 'Names have up to 63 letters, digits, dots, dashes and underscores.',
    });
  }
  const exists = (): Failure =>
    new Failure('destinations.ssh-key-exists', {
      message: `there is an SSH key '${wanted.name}' already`,
      hint: 'Make one with another --name, authorize it at the server, then let the destination use it.',
    });
  if (listSshKeys(store).some(({ name }) => name === wanted.name)) throw exists();
  const pair = await createSshKeyPair(wanted.type, `${wanted.name}@${hostname().replace(/[^A-Za-z0-9.-]/g, '-')}`);
  const createdAt = clock.now().toISOString();
  const { changes } = store.database
    .prepare(
      'INSERT OR IGNORE INTO ssh_key (name, type, public_line, sealed_private, created_at) VALUES (?, ?, ?, ?, ?)',
    )
    .run(
      wanted.name,
      pair.type,
      pair.publicLine,
      instanceKey.seal(purpose(wanted.name), pair.privateKey.reveal()),
      createdAt,
    );
  if (changes === 0) throw exists();
  return { name: wanted.name, type: pair.type, publicLine: pair.publicLine, createdAt };
}

/** The key of that name; `orbit`, the default one, is made (Ed25519) when it is missing. */
export async function ensureSshKey(store: Store, instanceKey: InstanceKey, name = 'orbit'): Promise<SshKeyInfo> {
  const found = listSshKeys(store).find((key) => key.name === name);
  if (found !== undefined) return found;
  if (name !== 'orbit') throw unknownKey(name);
  return await createSshKey(store, instanceKey, { name, type: 'ed25519' });
}

/** The pair itself, to sign with. @throws Failure `destinations.ssh-key-unknown`. */
export function loadSshKey(store: Store, instanceKey: InstanceKey, name: string): SshKeyPair {
  const row = store.database.prepare('SELECT public_line, sealed_private FROM ssh_key WHERE name = ?').get(name);
  if (row === undefined) throw unknownKey(name);
  const opened = instanceKey.open(purpose(name), row['sealed_private'] as Uint8Array);
  try {
    return sshKeyPairFrom(
      new SecretString(opened.toString('utf8')),
      String(row['public_line']).split(' ')[2] ?? 'orbit',
    );
  } finally {
    opened.fill(0);
  }
}

function unknownKey(name: string): Failure {
  return new Failure('destinations.ssh-key-unknown', {
    message: `there is no SSH key '${name}'`,
    hint: `Make it: orbit ssh-key create --name ${name}`,
  });
}
