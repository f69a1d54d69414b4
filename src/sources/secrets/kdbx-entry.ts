// A secret as a KDBX entry and back, without loss. People see it with any KeePass client where they expect it; what KDBX
// has no place for (type, id, source, parts of a second, impossible characters) lies beside it, in custom data `orbit`
// and, where it may be secret, in the protected field `Orbit: exact values`.
import { hash } from 'node:crypto';
import { SecretString } from '../../base/secret-string.ts';
import type { KdbxEntry, KdbxField, KdbxVersion } from '../../kdbx/kdbx-types.ts';
import { textFitness } from '../../kdbx/xml-text.ts';
import { recordOfForeignEntry } from './foreign-entry.ts';
import {
  asciiJson,
  customDataName,
  type Exact,
  exactName,
  exactOf,
  type FieldTuple,
  type KdbxOrigin,
  type Marks,
  marksOf,
} from './kdbx-marks.ts';
import { sameTexts } from './same-texts.ts';
import { shownGroups, shownNames, shownTags, shownTime, shownValue } from './kdbx-shown.ts';
import {
  isLabelledAsNow,
  type SecretAttachment,
  type SecretRecord,
  type SecretType,
  type SecretVersion,
} from './secret-record.ts';

const ownNames = new Set(['Title', 'UserName', 'Password', 'URL', 'Notes', 'otp', exactName]);
const types: ReadonlySet<string> = new Set<SecretType>([
  'login',
  'ssh-key',
  'api-key',
  'certificate',
  'note',
  'database',
  'other',
]);

/** The UUID of the entry that carries the record with this id of this source: 32 hexadecimal digits. */
export function entryUuid(source: string, id: string): string {
  return hash('sha256', JSON.stringify([source, id]), 'hex').slice(0, 32);
}

/** The groups of the entry that carries a record of these groups. */
export function kdbxGroups(groups: readonly string[], { under }: KdbxOrigin): string[] {
  return shownGroups(under === undefined ? groups : [under, ...groups]);
}

/** The entry that carries a record. Its UUID depends on source and id alone, so that it stays the same from kit to kit. */
export function toKdbxEntry(record: SecretRecord, origin: KdbxOrigin = {}): KdbxEntry {
  const marks: Marks = { id: record.id, type: record.type, ...origin };
  const exact: Exact = {};
  const shownPath = kdbxGroups(record.groups, origin);
  const tags = shownTags(record.tags);
  if (!sameTexts(insideOrigin(shownPath, origin.under), record.groups)) exact.groups = record.groups;
  if (!sameTexts(tags, record.tags)) exact.tags = record.tags;
  markTime(marks, 'createdAt', record.createdAt);
  if (record.expiresAt !== undefined) markTime(marks, 'expiresAt', record.expiresAt);
  const { fields, customData, attachments } = toKdbxVersion(record, marks, exact);
  const entry: KdbxEntry = {
    fields,
    tags,
    customData,
    attachments,
    modifiedAt: record.changedAt,
    createdAt: record.createdAt,
    uuid: entryUuid(origin.source ?? '', record.id),
    groups: shownPath,
    history: record.history.map((version) => toKdbxPast(version, record)),
  };
  if (record.expiresAt !== undefined) entry.expiresAt = record.expiresAt;
  return entry;
}

function toKdbxPast(version: SecretVersion, record: SecretRecord): KdbxVersion {
  const { tags = [], expiresAt } = version.tags === undefined ? record : version;
  const shown = shownTags(tags);
  const marks: Marks = {};
  if (expiresAt !== undefined) markTime(marks, 'expiresAt', expiresAt);
  const past = toKdbxVersion(version, marks, sameTexts(shown, tags) ? {} : { tags });
  past.tags = shown;
  past.createdAt = record.createdAt;
  if (expiresAt !== undefined) past.expiresAt = expiresAt;
  return past;
}

/** The type that an entry is marked with. */
export function recordType(mark: string | undefined): SecretType {
  return types.has(mark ?? '') ? (mark as SecretType) : 'other';
}

/** The record that an entry carries, be it ours or of another program. Where people changed an entry, their change counts. */
export function fromKdbxEntry(entry: KdbxEntry): { record: SecretRecord; origin: KdbxOrigin } {
  const marks = marksOf(entry);
  if (marks.id === undefined) return { record: recordOfForeignEntry(entry), origin: {} };
  const origin: KdbxOrigin = {
    ...(marks.source === undefined ? {} : { source: marks.source }),
    ...(marks.under === undefined ? {} : { under: marks.under }),
  };
  const exact = exactOf(entry);
  const exactPath = exact.groups && (origin.under === undefined ? exact.groups : [origin.under, ...exact.groups]);
  const isExactPath = exactPath !== undefined && sameTexts(shownGroups(exactPath), entry.groups);
  const record: SecretRecord = {
    attachments: [],
    ...fromKdbxVersion(entry, marks, exact),
    id: marks.id,
    type: recordType(marks.type),
    groups: isExactPath ? (exact.groups ?? []) : insideOrigin(entry.groups, origin.under),
    tags: tagsOf(entry, exact),
    createdAt: exactTime(entry.createdAt, marks.createdAt),
    history: [],
  };
  if (entry.expiresAt !== undefined) record.expiresAt = exactTime(entry.expiresAt, marks.expiresAt);
  record.history = entry.history.map((version) => fromKdbxPast(version, record));
  return { record, origin };
}

function fromKdbxPast(version: KdbxVersion, record: SecretRecord): SecretVersion {
  const [marks, exact] = [marksOf(version), exactOf(version)];
  const past = fromKdbxVersion(version, marks, exact);
  const expiresAt = version.expiresAt && exactTime(version.expiresAt, marks.expiresAt);
  const labels = { tags: tagsOf(version, exact), ...(expiresAt === undefined ? {} : { expiresAt }) };
  return isLabelledAsNow(labels, record) ? past : { ...past, ...labels };
}

function tagsOf({ tags }: KdbxVersion, exact: Exact): string[] {
  return exact.tags !== undefined && sameTexts(shownTags(exact.tags), tags) ? exact.tags : tags;
}

function toKdbxVersion(version: SecretVersion, marks: Marks, exact: Exact): KdbxVersion {
  const fields: KdbxField[] = [];
  const add = (name: string, part: keyof Exact & string, value: string, isProtected: boolean): void => {
    const shown = shownValue(value);
    if (shown !== value) Object.assign(exact, { [part]: value });
    fields.push({ name, value: shown, isProtected });
  };
  add('Title', 'title', version.title, false);
  add('UserName', 'username', version.username, false);
  add('Password', 'password', version.password.reveal(), true);
  add('URL', 'url', version.url, false);
  add('Notes', 'notes', version.notes.reveal(), false);
  if (version.totp !== undefined) add('otp', 'totp', version.totp.reveal(), true);
  const own = version.fields.map(({ name, value, isProtected }): FieldTuple => [name, value.reveal(), isProtected]);
  const shown = shownFields(own);
  if (!sameFields(shown, own)) exact.fields = own;
  const names = (version.attachments ?? []).map(({ name }) => name);
  const shownFiles = shownAttachments(names);
  if (!sameTexts(shownFiles, names)) exact.attachments = names;
  for (const [name, value, isProtected] of shown) fields.push({ name, value, isProtected });
  if (Object.keys(exact).length > 0) fields.push({ name: exactName, value: asciiJson(exact), isProtected: true });
  markTime(marks, 'changedAt', version.changedAt);
  const isMarked = Object.keys(marks).length > 0;
  return {
    fields,
    tags: [],
    customData: isMarked ? [{ name: customDataName, value: asciiJson(marks) }] : [],
    attachments: (version.attachments ?? []).map(({ bytes }, index) => ({ name: shownFiles[index] ?? '', bytes })),
    modifiedAt: version.changedAt,
  };
}

function fromKdbxVersion(version: KdbxVersion, marks: Marks, exact: Exact): SecretVersion {
  const text = (name: string, exactValue: string | undefined): string =>
    exactText(valueOf(version, name) ?? '', exactValue);
  const shown = version.fields
    .filter(({ name }) => !ownNames.has(name))
    .map(({ name, value, isProtected }): FieldTuple => [name, value, isProtected]);
  const isExact = exact.fields !== undefined && sameFields(shownFields(exact.fields), shown);
  const totp = valueOf(version, 'otp');
  const attachments = attachmentsOf(version, exact);
  return {
    title: text('Title', exact.title),
    username: text('UserName', exact.username),
    password: new SecretString(text('Password', exact.password)),
    url: text('URL', exact.url),
    notes: new SecretString(text('Notes', exact.notes)),
    fields: (isExact ? (exact.fields ?? []) : shown).map(([name, value, isProtected]) => ({
      name,
      value: new SecretString(value),
      isProtected,
    })),
    ...(totp === undefined ? {} : { totp: new SecretString(exactText(totp, exact.totp)) }),
    ...(attachments.length === 0 ? {} : { attachments }),
    changedAt: exactTime(version.modifiedAt, marks.changedAt),
  };
}

function attachmentsOf(version: KdbxVersion, exact: Exact): SecretAttachment[] {
  const names = version.attachments.map(({ name }) => name);
  const isExact = exact.attachments !== undefined && sameTexts(shownAttachments(exact.attachments), names);
  const exactNames = isExact ? (exact.attachments ?? []) : names;
  return version.attachments.map(({ bytes }, index) => ({
    name: exactNames[index] ?? '',
    bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  }));
}

function shownFields(fields: readonly FieldTuple[]): FieldTuple[] {
  const names = shownNames(
    fields.map(([name]) => name),
    'field',
    ownNames,
  );
  return fields.map(([, value, isProtected], index) => {
    const shown = shownValue(value);
    // A sealed value holds the control characters that an open one cannot.
    return [names[index] ?? '', shown, isProtected || textFitness(shown) === 'unholdable'];
  });
}

function shownAttachments(names: readonly string[]): string[] {
  return shownNames(names, 'attachment', new Set());
}

function sameFields(a: readonly FieldTuple[], b: readonly FieldTuple[]): boolean {
  return (
    a.length === b.length &&
    a.every(([name, value, isProtected], index) => {
      const other = b[index];
      return other?.[0] === name && other[1] === value && other[2] === isProtected;
    })
  );
}

/** The groups of an entry without the one around everything of its source. */
export function insideOrigin(path: readonly string[], under: string | undefined): string[] {
  const isInside = under !== undefined && path[0] === shownGroups([under])[0];
  return isInside ? path.slice(1) : [...path];
}

function markTime(marks: Marks, name: 'changedAt' | 'createdAt' | 'expiresAt', time: Date): void {
  if (shownTime(time) !== time.getTime()) marks[name] = time.getTime();
}

/** The time that an entry shows, to the millisecond where it is marked. */
export function exactTime(shown: Date | undefined, exact: number | undefined): Date {
  if (exact !== undefined && shownTime(new Date(exact)) === shown?.getTime()) return new Date(exact);
  return shown ?? new Date(0);
}

function exactText(shown: string, exact: string | undefined): string {
  return exact !== undefined && shownValue(exact) === shown ? exact : shown;
}

function valueOf(version: KdbxVersion, name: string): string | undefined {
  return version.fields.find((field) => field.name === name)?.value;
}
