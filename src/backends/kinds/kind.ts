// What a kind of backend is: a name, a schema from which form, flags and redaction come, and a way to open it.
import { z } from 'zod';
import type { Operation } from '../../base/operation.ts';
import { SecretString } from '../../base/secret-string.ts';
import type { Backend } from '../backend.ts';
import type { HostKey } from '../ssh/host-key.ts';
import type { SshKeyPair } from '../ssh/key-pair.ts';

/** What opening a place needs besides its settings. */
export interface Surroundings extends Operation {
  /** A folder on this machine for what is under way, made on demand. */
  spoolFolder: string;
  /** Orbit's own SSH key of that name. */
  sshKey(name: string): SshKeyPair;
  /** The server's pinned host key, for kinds that go through SSH. */
  hostKey?: HostKey;
}

/** A kind of backend. `Config` is what its schema gives. */
export interface BackendKind<Config = unknown> {
  kind: string;
  title: string;
  /** Every field has a title; secret ones are made by `secretField`. */
  config: z.ZodObject;
  /** The place in words. Never a secret. */
  location(config: Config): string;
  /** The server whose host key must be pinned, for kinds that go through SSH. */
  sshServer?(config: Config): { host: string; port: number };
  /** Opens it bare: no retries, no reading back. @throws Failure `backend.*`. */
  open(config: Config, surroundings: Surroundings): Promise<Backend>;
  /** Makes the folder for the first time, one level, when it is missing. */
  prepare?(config: Config, surroundings: Surroundings): Promise<void>;
}

/** A field that is kept sealed and never shown. Its flag on the command line takes a file, not the value. */
export function secretField(title: string) {
  return z
    .union([z.string(), z.instanceof(SecretString)])
    .transform((value) => (typeof value === 'string' ? new SecretString(value) : value))
    .meta({ title, secret: true });
}
