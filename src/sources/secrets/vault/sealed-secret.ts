// How a secret lies in the database: two sealed pieces, a label for lists and the contents that must be asked for.
// Every piece is bound to its secret and its revision, so that an old or a foreign one cannot be put in its place.
import { Failure, isFailure } from '../../../base/failure.ts';
import { SecretString } from '../../../base/secret-string.ts';
import type { InstanceKey } from '../../../store/instance-key.ts';
import type { SecretAttachment, SecretField, SecretType } from '../secret-record.ts';

/** What lists and searches see of a secret. */
export interface SecretLabel {
  title: string;
  username: string;
  url: string;
  groups: string[];
  tags: string[];
  type: SecretType;
  expiresAt?: Date;
}

/** What only `show` and a kit see of a secret. */
export interface SecretContents {
  password: SecretString;
  notes: SecretString;
  fields: SecretField[];
  totp?: SecretString;
}

/** One sealed look of a secret. */
export interface SealedPieces {
  label: Uint8Array;
  contents: Uint8Array;
}

/** A sealed attachment; `size` is that of the clear bytes. */
export interface SealedAttachment {
  name: Uint8Array;
  bytes: Uint8Array;
  size: number;
}

interface LabelJson extends Omit<SecretLabel, 'expiresAt'> {
  expiresAt?: string;
}

interface ContentsJson {
  password: string;
  notes: string;
  fields: { name: string; value: string; isProtected: boolean }[];
  totp?: string;
}

/** The label as the text that is sealed; two labels are equal when their texts are. */
export function labelText(label: SecretLabel): string {
  const { title, username, url, groups, tags, type, expiresAt } = label;
  return JSON.stringify({ title, username, url, groups, tags, type, expiresAt: expiresAt?.toISOString() });
}

/** The contents as the text that is sealed; two contents are equal when their texts are. */
export function contentsText(contents: SecretContents): SecretString {
  const json: ContentsJson = {
    password: contents.password.reveal(),
    notes: contents.notes.reveal(),
    fields: contents.fields.map(({ name, value, isProtected }) => ({ name, value: value.reveal(), isProtected })),
    ...(contents.totp === undefined ? {} : { totp: contents.totp.reveal() }),
  };
  return new SecretString(JSON.stringify(json));
}

/** Seals one look of the secret `id`. */
export function sealPieces(
  key: InstanceKey,
  id: string,
  revision: number,
  look: SecretLabel & SecretContents,
): SealedPieces {
  return {
    label: sealText(key, `vault:label:${id}:${revision}`, labelText(look)),
    contents: sealText(key, `vault:contents:${id}:${revision}`, contentsText(look).reveal()),
  };
}

/** @throws Failure `vault.damaged-secret` when the sealed bytes are not those of this secret and revision. */
export function openLabel(key: InstanceKey, id: string, revision: number, sealed: Uint8Array): SecretLabel {
  const json = openJson<LabelJson>(key, `vault:label:${id}:${revision}`, sealed, `the title of secret ${id}`);
  // Part by part: copying an object that JSON made takes longer than reading it.
  const { title, username, url, groups, tags, type, expiresAt } = json;
  const label: SecretLabel = { title, username, url, groups, tags, type };
  if (expiresAt !== undefined) label.expiresAt = new Date(expiresAt);
  return label;
}

/**
 * Opens the contents of the secret `id`, whose title is for the message only.
 * @throws Failure `vault.damaged-secret` when the sealed bytes are not those of this secret and revision.
 */
export function openContents(
  key: InstanceKey,
  { id, revision, title }: { id: string; revision: number; title: string },
  sealed: Uint8Array,
): SecretContents {
  const json = openJson<ContentsJson>(
    key,
    `vault:contents:${id}:${revision}`,
    sealed,
    `the value of secret '${title}' (${id}, version ${revision})`,
  );
  const { password, notes, fields, totp } = json;
  const contents: SecretContents = {
    password: new SecretString(password),
    notes: new SecretString(notes),
    fields: fields.map(({ name, value, isProtected }) => ({ name, value: new SecretString(value), isProtected })),
  };
  if (totp !== undefined) contents.totp = new SecretString(totp);
  return contents;
}

/** Seals attachment `number` of the secret `id`; numbers are never used twice within a secret. */
export function sealAttachment(
  key: InstanceKey,
  id: string,
  number: number,
  attachment: SecretAttachment,
): SealedAttachment {
  return {
    name: sealText(key, `vault:attachment-name:${id}:${number}`, attachment.name),
    bytes: key.seal(`vault:attachment:${id}:${number}`, attachment.bytes),
    size: attachment.bytes.length,
  };
}

/** @throws Failure `vault.damaged-secret` when the sealed bytes are not those of this attachment. */
export function openAttachment(
  key: InstanceKey,
  id: string,
  number: number,
  sealed: { name: Uint8Array; bytes: Uint8Array },
): SecretAttachment {
  const what = `an attachment of secret ${id}`;
  return {
    name: opened(what, () => key.openText(`vault:attachment-name:${id}:${number}`, sealed.name)),
    bytes: opened(what, () => key.open(`vault:attachment:${id}:${number}`, sealed.bytes)),
  };
}

function sealText(key: InstanceKey, purpose: string, text: string): Buffer {
  const clear = Buffer.from(text, 'utf8');
  const sealed = key.seal(purpose, clear);
  clear.fill(0);
  return sealed;
}

function openJson<Json>(key: InstanceKey, purpose: string, sealed: Uint8Array, what: string): Json {
  return JSON.parse(opened(what, () => key.openText(purpose, sealed))) as Json;
}

function opened<Value>(what: string, open: () => Value): Value {
  try {
    return open();
  } catch (error) {
    if (!isFailure(error, 'store.damaged-value')) throw error;
    throw new Failure('vault.damaged-secret', {
      message: `${what} cannot be opened`,
      hint: 'Take this secret from the newest kit, or restore orbit.db and instance.key from the same backup.',
      cause: error,
    });
  }
}
