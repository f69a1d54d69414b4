// References of KeePass from one entry to a value of another, `{REF:P@I:…}`: a client looks them up when it shows the entry. In a kit, and in the
// vault, entries have other ids, so the values themselves are taken. (KeePass help, "Field References"; depth as in KeePassXC.)
import type { KdbxEntry, KdbxField, KdbxVersion } from '../../../kdbx/kdbx-types.ts';
import type { ImportNote } from './importer.ts';

const reference = /\{REF:([TUPANI])@([TUPANIO]):([^{}]+)\}/gi;
const depthMax = 10;
const fieldOf: Readonly<Record<string, string>> = { T: 'Title', U: 'UserName', P: 'Password', A: 'URL', N: 'Notes' };
const wellKnown = new Set(Object.values(fieldOf));

type Target = Pick<KdbxEntry, 'uuid' | 'fields'>;
/** By what is looked for; undefined until the entry is found. */
type Targets = Map<string, Target | undefined>;

/**
 * The entries, with the values in the place of references. What leads nowhere stays as it is, and is noted. `entries` is called
 * once for each time the file is gone through.
 */
export async function* withReferences(
  entries: () => AsyncIterable<KdbxEntry>,
  note: (note: ImportNote) => void,
): AsyncGenerator<KdbxEntry> {
  const targets: Targets = new Map();
  for await (const entry of entries())
    for (const version of [entry, ...entry.history])
      for (const { value } of version.fields)
        for (const [, , where = '', text = ''] of value.matchAll(reference)) targets.set(keyOf(where, text), undefined);
  if (targets.size === 0) return yield* entries();
  for await (const entry of entries())
    for (const key of keysOf(entry)) if (isFree(targets, key)) targets.set(key, entry);
  for await (const entry of entries()) {
    const seen = { resolved: 0, lost: 0 };
    const here = resolveVersion(entry, targets, seen);
    const title = here.fields.find(({ name }) => name === 'Title')?.value ?? '';
    if (seen.resolved > 0)
      note({
        kind: 'changed-form',
        title,
        message: 'it refers to values of other entries: they are taken as they are now',
      });
    if (seen.lost > 0)
      note({
        kind: 'not-taken',
        title,
        message: 'it refers to an entry that is not there; the reference stays as text',
      });
    const past = { resolved: 0, lost: 0 };
    yield { ...entry, ...here, history: entry.history.map((version) => resolveVersion(version, targets, past)) };
  }
}

const keyOf = (where: string, text: string): string => {
  const letter = where.toUpperCase();
  return `${letter}:${letter === 'I' ? text.replaceAll('-', '').toLowerCase() : text.toLowerCase()}`;
};

// The first that fits is meant.
const isFree = (targets: Targets, key: string): boolean => targets.has(key) && targets.get(key) === undefined;

function* keysOf({ uuid, fields }: Target): Generator<string> {
  yield keyOf('I', uuid);
  for (const [letter, name] of Object.entries(fieldOf)) yield keyOf(letter, valueOf(fields, name)?.value ?? '');
  for (const { name, value } of fields) if (!wellKnown.has(name)) yield keyOf('O', value);
}

const valueOf = (fields: readonly KdbxField[], name: string): KdbxField | undefined =>
  fields.find((field) => field.name === name);

interface Seen {
  resolved: number;
  lost: number;
}

function resolveVersion<Version extends KdbxVersion>(version: Version, targets: Targets, seen: Seen): Version {
  return { ...version, fields: version.fields.map((field) => ({ ...field, ...resolve(field, targets, seen, 0) })) };
}

// A value that was protected stays so, wherever it is shown.
function resolve(
  { value, isProtected }: Pick<KdbxField, 'value' | 'isProtected'>,
  targets: Targets,
  seen: Seen,
  depth: number,
): { value: string; isProtected: boolean } {
  let isSecret = isProtected;
  const text = value.replaceAll(reference, (whole: string, wanted: string, where: string, what: string) => {
    const target = depth < depthMax ? targets.get(keyOf(where, what)) : undefined;
    const found = target === undefined ? undefined : wantedOf(target, wanted.toUpperCase());
    if (found === undefined) {
      seen.lost += 1;
      return whole;
    }
    const { value: inner, isProtected: isInnerSecret } = resolve(found, targets, seen, depth + 1);
    isSecret ||= isInnerSecret;
    seen.resolved += 1;
    return inner;
  });
  return { value: text, isProtected: isSecret };
}

function wantedOf({ uuid, fields }: Target, letter: string): Pick<KdbxField, 'value' | 'isProtected'> {
  if (letter === 'I') return { value: uuid.toUpperCase(), isProtected: false };
  return valueOf(fields, fieldOf[letter] ?? '') ?? { value: '', isProtected: false };
}
