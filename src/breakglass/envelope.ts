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

/** An envelope that may be kept. */
export interface EnvelopePlan {
  envelope: Envelope;
  /** It opens secrets that it did not, or to keys that did not: what cannot be taken back once a kit is made. */
  opensMore: boolean;
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
 * Checks what somebody wants an envelope to be, and says whether it would open more secrets or open them to more keys.
 * Nothing is kept yet. `id` is the envelope to change; without it a title that is taken is refused.
 * @throws Failure `breakglass.bad-envelope`, `breakglass.envelope-exists`, `breakglass.no-such-envelope`, `breakglass.bad-recipient`.
 */
export function planEnvelope(store: Store, wanted: Omit<Envelope, 'id'>, id?: string): EnvelopePlan {
  const title = wanted.title.trim();
  const groups = wanted.groups.filter((path) => path.length > 0);
  const known = listEnvelopes(store);
  const before = id === undefined ? undefined : findEnvelope(store, id);
  const isTooMany = before === undefined && known.length >= envelopesMax;
  if (title === '' || title.length > 200 || groups.length === 0 || wanted.recipients.length === 0 || isTooMany) {
    throw new Failure('breakglass.bad-envelope', {
      message: isTooMany
        ? `there are ${known.length} envelopes already`
        : 'an envelope needs a name of at most 200 characters, a group of secrets, and a recipient',
      hint: 'orbit envelope set NAME --group Servers/Linux --recipient age1…',
    });
  }
  const same = known.find((one) => isCalled(one, title) && one.id !== before?.id);
  if (same !== undefined) {
    throw new Failure('breakglass.envelope-exists', {
      message: `there is an envelope '${same.title}' already`,
      hint: 'Change that one, or take another name.',
    });
  }
  const recipients = [...new Set(wanted.recipients.map(parseRecipient))];
  const envelope = { id: before?.id ?? randomBytes(4).toString('hex'), title, groups, recipients };
  return { envelope, opensMore: before === undefined || opensMore(before, envelope) };
}

/** Keeps what was planned. The next kit has it. */
export function saveEnvelope({ store, clock }: { store: Store; clock: Clock }, { envelope }: EnvelopePlan): Envelope {
  const { id, title, groups, recipients } = envelope;
  store.database
    .prepare(
      `INSERT INTO envelope (id, title, groups, recipients, created_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET title = excluded.title, groups = excluded.groups, recipients = excluded.recipients`,
    )
    .run(id, title, JSON.stringify(groups), JSON.stringify(recipients), clock.now().toISOString());
  return envelope;
}

/** The envelope of this id or title. @throws Failure `breakglass.no-such-envelope`. */
export function findEnvelope(store: Store, idOrTitle: string): Envelope {
  const known = listEnvelopes(store);
  const found = known.find(({ id }) => id === idOrTitle) ?? known.find((one) => isCalled(one, idOrTitle));
  if (found !== undefined) return found;
  throw new Failure('breakglass.no-such-envelope', {
    message: `there is no envelope '${idOrTitle}'`,
    hint: '`orbit envelope list` shows them.',
  });
}

/** True for the envelope of this title, whatever its capitals. */
export function isCalled(envelope: Envelope, title: string): boolean {
  return envelope.title.toLowerCase() === title.trim().toLowerCase();
}

/** Removes an envelope; kits that were made keep it. @throws Failure `breakglass.no-such-envelope`. */
export function removeEnvelope(store: Store, idOrTitle: string): Envelope {
  const found = findEnvelope(store, idOrTitle);
  store.database.prepare('DELETE FROM envelope WHERE id = ?').run(found.id);
  return found;
}

function opensMore(before: Envelope, after: Envelope): boolean {
  const hasNewKey = after.recipients.some((recipient) => !before.recipients.includes(recipient));
  return hasNewKey || after.groups.some((path) => !isInEnvelope(before, path));
}

/** What an envelope opens and to whom, for people. */
export function describeEnvelope({ groups, recipients }: Pick<Envelope, 'groups' | 'recipients'>): string {
  return `${groups.map((path) => path.join('/')).join(', ')} for ${recipients.join(', ')}`;
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

/** True for the name of a file of an envelope. */
export function isEnvelopeFile(name: string): boolean {
  return /^envelope-[0-9a-f]{8}\.(kdbx|keyx\.age)$/.test(name);
}

/** True for the name of an envelope's sealed key. */
export function isEnvelopeKey(name: string): boolean {
  return /^envelope-[0-9a-f]{8}\.keyx\.age$/.test(name);
}
