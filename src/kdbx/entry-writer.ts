// One entry as XML (KeePass 2's format as KeePassXC's KdbxXmlWriter writes it), and what an entry may not contain.
import { Failure } from '../base/failure.ts';
import { fromHex } from './bytes.ts';
import type { KdbxEntry, KdbxVersion } from './kdbx-types.ts';
import type { DocumentSink } from './tape.ts';
import { timeBytes } from './times.ts';
import { textFitness } from './xml-text.ts';

/** Gives the number of an attachment in the inner header. */
export type AttachmentNumbers = (bytes: Uint8Array) => number;

const sealedValue = '<Value Protected="True">';
const openValue = '<Value>';
// Markup as constant texts: building them anew for every field takes longer than writing them.
const knownNames = new Map(
  ['Title', 'UserName', 'Password', 'URL', 'Notes', 'otp'].map((name) => {
    const start = `<String><Key>${name}</Key>`;
    return [name, { sealed: start + sealedValue, open: start + openValue }];
  }),
);
const customName = { sealed: `</Key>${sealedValue}`, open: `</Key>${openValue}` };
const timeNames = {
  created: ['<CreationTime>', '</CreationTime>'],
  modified: ['<LastModificationTime>', '</LastModificationTime>'],
  expiry: ['<ExpiryTime>', '</ExpiryTime>'],
} as const;

/**
 * Writes an entry to the sink. Throws `kdbx.unwritable`, naming the entry, for what would be lost or changed: two
 * fields of one name, a name or tag that KeePass would read differently, or a text that is not Unicode.
 */
export function writeEntry(sink: DocumentSink, entry: KdbxEntry, numberOf: AttachmentNumbers): void {
  const uuid = fromHex(entry.uuid);
  if (uuid?.length !== 16) throw unwritable(entry, 'its UUID is not 32 hexadecimal digits');
  writeVersion(sink, entry, entry, uuid, numberOf);
  if (entry.history.length > 0) {
    sink.markup('<History>');
    for (const version of entry.history) {
      // KeePass gives every version of an entry the entry's own UUID.
      writeVersion(sink, entry, version, uuid, numberOf);
      sink.markup('</Entry>');
    }
    sink.markup('</History>');
  }
  sink.markup('</Entry>');
}

/** The refusal of an entry, which names it by its title only where that can be shown. */
export function unwritable(entry: KdbxEntry, why: string): Failure {
  const title = entry.fields.find((field) => field.name === 'Title')?.value ?? '';
  return new Failure('kdbx.unwritable', {
    message: `the entry ${JSON.stringify(title)} (${entry.uuid}) cannot be written to KDBX unchanged: ${why}`,
    hint: 'Change the entry where it comes from, or export it as JSON.',
  });
}

function writeVersion(
  sink: DocumentSink,
  entry: KdbxEntry,
  version: KdbxVersion,
  uuid: Uint8Array,
  numberOf: AttachmentNumbers,
): void {
  sink.markup('<Entry><UUID>');
  sink.base64(uuid);
  sink.markup('</UUID>');
  if (version.tags.length > 0) {
    for (const tag of version.tags) {
      if (/[;,]/.test(tag) || tag.trim() !== tag || tag === '') throw unwritable(entry, 'a tag is empty or has , or ;');
    }
    sink.markup('<Tags>');
    holdable(sink, entry, 'a tag', version.tags.join(';'));
    sink.markup('</Tags>');
  }
  writeTimes(sink, entry, version);
  writeFields(sink, entry, version);
  writeAttachments(sink, entry, version, numberOf);
  if (version.customData.length === 0) return;
  sink.markup('<CustomData>');
  for (const item of version.customData) {
    sink.markup('<Item><Key>');
    holdable(sink, entry, 'the name of custom data', item.name);
    sink.markup('</Key><Value>');
    holdable(sink, entry, 'custom data', item.value);
    sink.markup('</Value></Item>');
  }
  sink.markup('</CustomData>');
}

function writeTimes(sink: DocumentSink, entry: KdbxEntry, version: KdbxVersion): void {
  const time = (name: keyof typeof timeNames, value: Date | undefined): void => {
    if (value === undefined) return;
    if (Number.isNaN(value.getTime())) throw unwritable(entry, `its ${name} time is no date`);
    const [before, after] = timeNames[name];
    sink.markup(before);
    sink.base64(timeBytes(value));
    sink.markup(after);
  };
  sink.markup('<Times>');
  time('created', version.createdAt);
  time('modified', version.modifiedAt);
  time('expiry', version.expiresAt);
  sink.markup(version.expiresAt === undefined ? '<Expires>False</Expires></Times>' : '<Expires>True</Expires></Times>');
}

function writeFields(sink: DocumentSink, entry: KdbxEntry, version: KdbxVersion): void {
  const names = new Set<string>();
  for (const { name, value, isProtected } of version.fields) {
    if (names.has(name)) throw unwritable(entry, `it has two fields ${JSON.stringify(name)}`);
    names.add(name);
    const fitness = textFitness(value);
    if (fitness === 'broken') throw unwritable(entry, `its field ${JSON.stringify(name)} is not valid Unicode`);
    // Sealed values are bytes in base64, so they hold the control characters that XML forbids.
    const isSealed = isProtected || fitness === 'unholdable';
    const known = knownNames.get(name);
    if (known === undefined) {
      sink.markup('<String><Key>');
      holdable(sink, entry, 'the name of a field', name);
    }
    sink.markup((known ?? customName)[isSealed ? 'sealed' : 'open']);
    if (isSealed) sink.sealed(value);
    else sink.text(value);
    sink.markup('</Value></String>');
  }
}

function writeAttachments(
  sink: DocumentSink,
  entry: KdbxEntry,
  version: KdbxVersion,
  numberOf: AttachmentNumbers,
): void {
  const names = new Set<string>();
  for (const { name, bytes } of version.attachments) {
    if (names.has(name)) throw unwritable(entry, `it has two attachments ${JSON.stringify(name)}`);
    names.add(name);
    sink.markup('<Binary><Key>');
    holdable(sink, entry, 'the name of an attachment', name);
    sink.markup('</Key><Value Ref="');
    sink.text(String(numberOf(bytes)));
    sink.markup('"/></Binary>');
  }
}

function holdable(sink: DocumentSink, entry: KdbxEntry, what: string, text: string): void {
  if (textFitness(text) !== 'plain') throw unwritable(entry, `${what} has a character that XML cannot hold`);
  sink.text(text);
}
