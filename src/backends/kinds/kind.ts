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

/** A field of a kind, as forms and flags see it. */
export interface ConfigField {
  name: string;
  title: string;
  isSecret: boolean;
  isRequired: boolean;
  type: 'text' | 'number' | 'boolean';
}

/** The fields of a kind's schema, in its order. */
export function fieldsOf(config: z.ZodObject): ConfigField[] {
  return Object.entries(config.shape).map(([name, field]) => {
    const type = field as z.ZodType;
    const meta = metaOf(type);
    const base = innermost(type);
    return {
      name,
      title: typeof meta?.['title'] === 'string' ? meta['title'] : name,
      isSecret: meta?.['secret'] === true,
      isRequired: !type.safeParse(undefined).success,
      type: base instanceof z.ZodBoolean ? 'boolean' : base instanceof z.ZodNumber ? 'number' : 'text',
    };
  });
}

// A title may be given before or after `.optional()` and `.default()`.
function metaOf(type: z.ZodType): Record<string, unknown> | undefined {
  const own = type.meta();
  if (own?.['title'] !== undefined) return own;
  const inner = innerOf(type);
  return inner === undefined ? own : metaOf(inner);
}

function innermost(type: z.ZodType): z.ZodType {
  const inner = innerOf(type);
  return inner === undefined ? type : innermost(inner);
}

function innerOf(type: z.ZodType): z.ZodType | undefined {
  return type instanceof z.ZodOptional || type instanceof z.ZodDefault ? (type.unwrap() as z.ZodType) : undefined;
}
