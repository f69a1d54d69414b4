// Vaults that keep nothing but names and values: which of them is the user name, which the password?
import { SecretString } from '../../../base/secret-string.ts';
import type { SecretAttachment, SecretField } from '../secret-record.ts';

const names = {
  username: ['username', 'user', 'login', 'user_name'],
  password: ['password', 'passwd', 'pass', 'secret', 'value'],
  url: ['url', 'uri', 'address', 'endpoint'],
  notes: ['notes', 'note', 'description'],
} as const;

/** What a set of names and values says, sorted into the fields of a secret. */
export interface SortedFields {
  username: string;
  password: SecretString;
  url: string;
  notes: SecretString;
  fields: SecretField[];
  attachments: SecretAttachment[];
}

/**
 * Sorts names and values. Every one is kept: the well-known in their places, the others as protected fields. When a value is
 * not a text, the whole is attached as `values.json` too, so that it can be put back exactly as it was.
 */
export function sortFields(values: Record<string, unknown>): SortedFields {
  const left = new Map(Object.entries(values));
  const take = (candidates: readonly string[]): string => {
    for (const candidate of candidates) {
      for (const [name, value] of left) {
        if (name.toLowerCase() !== candidate || typeof value !== 'string') continue;
        left.delete(name);
        return value;
      }
    }
    return '';
  };
  const sorted = {
    username: take(names.username),
    password: new SecretString(take(names.password)),
    url: take(names.url),
    notes: new SecretString(take(names.notes)),
  };
  const isPlain = Object.values(values).every((value) => typeof value === 'string');
  return {
    ...sorted,
    fields: [...left].map(([name, value]) => ({
      name,
      value: new SecretString(typeof value === 'string' ? value : JSON.stringify(value)),
      isProtected: true,
    })),
    attachments: isPlain ? [] : [{ name: 'values.json', bytes: Buffer.from(JSON.stringify(values, null, 2)) }],
  };
}
