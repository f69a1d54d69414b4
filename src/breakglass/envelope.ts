// Envelopes: parts of every kit that open with a team's own keys, besides the recovery key. What they are called and whose
// they are is known here only; at a destination an envelope is a number.
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../base/failure.ts';
import type { Store } from '../store/store.ts';
import { parseRecipient } from './age-files.ts';

/** A part of the secrets and who opens it. */
export interface Envelope {
  /** Eight hexadecimal digits. */
  id: string;
  title: string;
  /** Group paths: a secret at or below one of them is in the envelope. */
  groups: string[][];
  recipients: string[];
}

const envelopesMax = 40;
const groupsSchema = z.array(z.array(z.string()));

/** All envelopes, by title. */
export function listEnvelopes(store: Store): Envelope[] {
  const rows = store.database.prepare('SELECT * FROM envelope ORDER BY title').all();
  return rows.map((row) => ({
    id: String(row['id']),
    title: String(row['title']),
    groups: groupsSchema.parse(JSON.parse(String(row['groups']))),
    recipients: z.array(z.string()).parse(JSON.parse(String(row['recipients']))),
  }));
}

/**
 * Adds an envelope, or gives the one of that title other groups and recipients. The next kit has it.
 * @throws Failure `breakglass.bad-envelope`, `breakglass.bad-recipient`.
 */
export function setEnvelope({ store, clock }: { store: Store; clock: Clock }, wanted: Omit<Envelope, 'id'>): Envelope {
  const title = wanted.title.trim();
  const groups = wanted.groups.filter((path) => path.length > 0);
  const known = listEnvelopes(store);
  const same = known.find((one) => one.title.toLowerCase() === title.toLowerCase());
  const isTooMany = same === undefined && known.length >= envelopesMax;
  if (title === '' || title.length > 200 || groups.length === 0 || wanted.recipients.length === 0 || isTooMany) {
    throw new Failure('breakglass.bad-envelope', {
      message: isTooMany
        ? `there are ${known.length} envelopes already`
        : 'an envelope needs a name of at most 200 characters, a group of secrets, and a recipient',
      hint: 'orbit envelope set NAME --group Servers/Linux --recipient age1…',
    });
  }
  const id = same?.id ?? randomBytes(4).toString('hex');
  const recipients = [...new Set(wanted.recipients.map(parseRecipient))];
  store.database
    .prepare(
      `INSERT INTO envelope (id, title, groups, recipients, created_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET groups = excluded.groups, recipients = excluded.recipients`,
    )
    .run(id, title, JSON.stringify(groups), JSON.stringify(recipients), clock.now().toISOString());
  return { id, title: same?.title ?? title, groups, recipients };
}

/** Removes an envelope; kits that were made keep it. @throws Failure `breakglass.bad-envelope`. */
export function removeEnvelope(store: Store, title: string): Envelope {
  const found = listEnvelopes(store).find((one) => one.title.toLowerCase() === title.trim().toLowerCase());
  if (found === undefined) {
    throw new Failure('breakglass.bad-envelope', {
      message: `there is no envelope '${title}'`,
      hint: '`orbit envelope list` shows them.',
    });
  }
  store.database.prepare('DELETE FROM envelope WHERE id = ?').run(found.id);
  return found;
}

/** True for a secret in these groups. */
export function isInEnvelope({ groups }: Pick<Envelope, 'groups'>, secretGroups: readonly string[]): boolean {
  return groups.some((path) => path.every((name, depth) => secretGroups[depth] === name));
}

/** The file with an envelope's secrets. */
export function envelopeKdbxName(id: string): string {
  return `envelope-${id}.kdbx`;
}

/** The file with the key of an envelope, sealed. */
export function envelopeKeyName(id: string): string {
  return `envelope-${id}.keyx.age`;
}

/** True for the name of an envelope's sealed key. */
export function isEnvelopeKey(name: string): boolean {
  return /^envelope-[0-9a-f]{8}\.keyx\.age$/.test(name);
}
