// Who the server says it is: its host keys asked for, shown as fingerprints, and pinned.
import { createHash } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { runProgram } from '../../base/program.ts';
import { unreachable } from '../failures.ts';

/** A server's public key, as it is pinned. */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa` … */
  type: string;
  /** Base64, as in `known_hosts`. */
  blob: string;
  /** `SHA256:…`, as `ssh-keygen -l` shows it. */
  fingerprint: string;
}

// The best first: one of a kind is pinned, the first that the server has.
const typesByPreference = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
];

/** Reads `ssh-ed25519 AAAA…` (what a pin is stored as). @throws Failure `backend.bad-host-key` when it is no such line. */
export function hostKeyFrom(line: string): HostKey {
  const [type = '', blob = ''] = line.trim().split(/\s+/);
  const bytes = Buffer.from(blob, 'base64');
  // A blob starts with its own type as an SSH string.
  const isKey = typesByPreference.includes(type) && bytes.subarray(4, 4 + type.length).toString() === type;
  if (!isKey || bytes.toString('base64') !== blob) {
    throw new Failure('backend.bad-host-key', {
      message: `'${line.slice(0, 80)}' is not an SSH host key`,
      hint: 'It looks like ssh-ed25519 AAAA…, as in /etc/ssh/ssh_host_ed25519_key.pub of the server.',
    });
  }
  const digest = createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '');
  return { type, blob, fingerprint: `SHA256:${digest}` };
}

/** The line that `hostKeyFrom` reads. */
export function hostKeyLine(key: HostKey): string {
  return `${key.type} ${key.blob}`;
}

/**
 * Asks a server for its host keys, the preferred type first. Nothing is proven by this: a person must compare.
 * @throws Failure `backend.unreachable`, `program.not-found`.
 */
export async function scanHostKeys(host: string, port: number, options: Operation = {}): Promise<HostKey[]> {
  const result = await runProgram('ssh-keyscan', ['-T', '10', '-p', String(port), '--', host], {
    timeoutMs: 60_000,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const keys: HostKey[] = [];
  for (const line of result.stdout.toString('utf8').split('\n')) {
    const [, type, blob] = line.split(' ');
    if (line.startsWith('#') || type === undefined || blob === undefined) continue;
    if (typesByPreference.includes(type)) keys.push(hostKeyFrom(`${type} ${blob}`));
  }
  if (keys.length === 0) {
    throw unreachable(
      `ssh://${host}:${port}`,
      new Error(result.stderr.trim().split('\n').at(-1) || 'no host key came'),
    );
  }
  return keys.sort((a, b) => typesByPreference.indexOf(a.type) - typesByPreference.indexOf(b.type));
}
