// Items of a Bitwarden or Vaultwarden export as secrets (bitwarden/clients, libs/common/src/models/export).
import { z } from 'zod';
import { SecretString } from '../../../base/secret-string.ts';
import { otpUriOf } from '../otp-uri.ts';
import type { SecretAttachment, SecretField, SecretRecord, SecretType, SecretVersion } from '../secret-record.ts';
import type { ImportOptions } from './importer.ts';

const text = z.string().nullish();
const named = z.object({ id: text, name: text });
/** One item, in clear. */
export const bitwardenItem = z.looseObject({
  id: text,
  folderId: text,
  collectionIds: z.array(text).nullish(),
  type: z.number().int(),
  name: text,
  notes: text,
  favorite: z.boolean().nullish(),
  fields: z
    .array(z.object({ name: text, value: text, type: z.number().nullish(), linkedId: z.number().nullish() }))
    .nullish(),
  login: z
    .object({
      uris: z.array(z.object({ uri: text })).nullish(),
      username: text,
      password: text,
      totp: text,
      fido2Credentials: z.array(z.record(z.string(), z.unknown())).nullish(),
    })
    .nullish(),
  card: z.record(z.string(), z.unknown()).nullish(),
  identity: z.record(z.string(), z.unknown()).nullish(),
  bankAccount: z.record(z.string(), z.unknown()).nullish(),
  driversLicense: z.record(z.string(), z.unknown()).nullish(),
  passport: z.record(z.string(), z.unknown()).nullish(),
  sshKey: z.object({ privateKey: text, publicKey: text, keyFingerprint: text }).nullish(),
  passwordHistory: z.array(z.object({ lastUsedDate: text, password: text })).nullish(),
  attachments: z.array(z.object({ fileName: text })).nullish(),
  creationDate: text,
  revisionDate: text,
  deletedDate: text,
  archivedDate: text,
});

/** A plain export: of a person (folders) or an organisation (collections). */
export const bitwardenExport = z.object({
  encrypted: z.literal(false).optional(),
  folders: z.array(named).nullish(),
  collections: z.array(named).nullish(),
  items: z.array(bitwardenItem),
});

type Item = z.infer<typeof bitwardenItem>;
/** Groups by the id of a folder or collection. */
export type BitwardenPlaces = { folders: ReadonlyMap<string, string[]>; collections: ReadonlyMap<string, string[]> };

const types: Record<number, SecretType> = { 1: 'login', 2: 'note', 3: 'other', 4: 'other', 5: 'ssh-key' };
// Of cards and identities, these are what somebody could misuse by themselves.
const secretParts = new Set([
  'number',
  'code',
  'ssn',
  'passportNumber',
  'licenseNumber',
  'accountNumber',
  'pin',
  'iban',
]);

/** Groups by id; Bitwarden nests folders by slashes in their names. */
export function placesOf(exported: z.infer<typeof bitwardenExport>): BitwardenPlaces {
  const paths = (list: { id?: string | null | undefined; name?: string | null | undefined }[] | null | undefined) =>
    new Map((list ?? []).map(({ id, name }) => [id ?? '', (name ?? '').split('/').filter((part) => part !== '')]));
  return { folders: paths(exported.folders), collections: paths(exported.collections) };
}

/** One item as a secret. What has no place of its own becomes a field; what is not in the file is noted. */
export function recordOfItem(from: Item, id: string, places: BitwardenPlaces, options: ImportOptions): SecretRecord {
  const title = from.name ?? '';
  const now = options.now ?? new Date();
  const changedAt = timeOf(from.revisionDate) ?? timeOf(from.creationDate) ?? now;
  const createdAt = timeOf(from.creationDate) ?? changedAt;
  const collections = (from.collectionIds ?? [])
    .map((one) => places.collections.get(one ?? ''))
    .filter((path) => path !== undefined);
  const groups = places.folders.get(from.folderId ?? '') ?? collections[0] ?? [];
  const fields = [...partFields(from), ...newParts(from), ...customFields(from)];
  const current: SecretVersion = {
    title,
    username: from.login?.username ?? textOr(from.identity?.['username']),
    password: new SecretString(from.login?.password ?? ''),
    url: from.login?.uris?.[0]?.uri ?? '',
    notes: new SecretString(from.notes ?? ''),
    fields,
    changedAt,
  };
  const record: SecretRecord = {
    ...current,
    id,
    type: types[from.type] ?? 'other',
    groups,
    tags: [
      ...(from.favorite === true ? ['favorite'] : []),
      ...(from.archivedDate ? ['archived'] : []),
      ...collections.slice(1).map((path) => path.join('/')),
    ],
    attachments: sshKeyFile(from),
    createdAt,
    history: pastOf(from, current, createdAt),
  };
  const totp = from.login?.totp?.trim() ?? '';
  const uri = totp === '' ? undefined : otpUriOf(totp, title);
  if (uri !== undefined) record.totp = new SecretString(uri);
  else if (totp !== '') {
    fields.push(field('TOTP', totp, true));
    options.note?.({ kind: 'changed-form', title, message: 'its second factor is of another kind and became a field' });
  }
  for (const { fileName } of from.attachments ?? []) {
    options.note?.({
      kind: 'attachment-missing',
      title,
      message: `its attachment ${fileName ?? ''} is not in the file`,
    });
  }
  return record;
}

function partFields(from: Item): SecretField[] {
  const extra = (from.login?.uris ?? []).slice(1).map(({ uri }, index) => field(`URL ${index + 2}`, uri ?? '', false));
  const passkeys = (from.login?.fido2Credentials ?? []).map((passkey, index) =>
    field(index === 0 ? 'Passkey' : `Passkey ${index + 1}`, JSON.stringify(passkey), true),
  );
  const parts = Object.entries({
    ...from.card,
    ...from.identity,
    ...from.bankAccount,
    ...from.driversLicense,
    ...from.passport,
  })
    .filter(([name, value]) => textOr(value) !== '' && !(name === 'username' && from.identity !== undefined))
    .map(([name, value]) => field(labelOf(name), textOr(value), secretParts.has(name)));
  const key = from.sshKey;
  const halves = [
    field('Public key', key?.publicKey ?? '', false),
    field('Fingerprint', key?.keyFingerprint ?? '', false),
  ];
  return [...extra, ...passkeys, ...parts, ...halves.filter(({ value }) => value.length > 0)];
}

// Parts that say how an item is shown or shared, and those that repeat others for old clients.
const passedOver = new Set(['secureNote', 'data', 'permissions']);

/** The names of an item's parts that came with a later version than this one knows. */
export function newPartNames(item: Record<string, unknown>): string[] {
  return Object.keys(item).filter((name) => {
    const value = item[name];
    const isEmpty = typeof value !== 'object' || value === null || Object.keys(value).length === 0;
    return !isEmpty && !passedOver.has(name) && !Object.hasOwn(bitwardenItem.shape, name);
  });
}

// Whatever they hold, it is kept.
function newParts(from: Item): SecretField[] {
  return newPartNames(from).map((name) => field(labelOf(name), JSON.stringify(from[name]), true));
}

function customFields(from: Item): SecretField[] {
  // 0 text, 1 hidden, 2 boolean, 3 linked to another part of the item, which has no value of its own.
  return (from.fields ?? []).map(({ name, value, type, linkedId }) =>
    field(name ?? '', type === 3 ? `linked to ${linkedId ?? 'nothing'}` : (value ?? ''), type === 1),
  );
}

/** Only passwords have a past there: each was current from the moment its forerunner was replaced. */
function pastOf(from: Item, current: SecretVersion, createdAt: Date): SecretVersion[] {
  const replaced = (from.passwordHistory ?? [])
    .map(({ password, lastUsedDate }) => ({ password: password ?? '', until: timeOf(lastUsedDate) ?? createdAt }))
    .sort((a, b) => a.until.getTime() - b.until.getTime());
  return replaced.map(({ password }, index) => ({
    ...current,
    password: new SecretString(password),
    changedAt: replaced[index - 1]?.until ?? createdAt,
  }));
}

function sshKeyFile(from: Item): SecretAttachment[] {
  const privateKey = from.sshKey?.privateKey ?? '';
  return privateKey === '' ? [] : [{ name: 'private-key', bytes: Buffer.from(privateKey, 'utf8') }];
}

function field(name: string, value: string, isProtected: boolean): SecretField {
  return { name, value: new SecretString(value), isProtected };
}

/** `licenseNumber` → `License number`. */
function labelOf(name: string): string {
  const words = name.replaceAll(/([A-Z]|\d+)/g, ' $1').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function textOr(value: unknown): string {
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : '';
}

function timeOf(value: string | null | undefined): Date | undefined {
  const time = new Date(value ?? '');
  return Number.isNaN(time.getTime()) ? undefined : time;
}
