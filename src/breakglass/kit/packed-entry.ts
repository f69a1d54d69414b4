// Writes the entry of a packed record straight from the bytes of its content: what `toKdbxEntry` and `writeEntry` make of it by way of
// objects, byte for byte, for records that KDBX shows as they are. `own-entry.ts` reads it.
import { markup } from '../../kdbx/own-xml.ts';
import type { TapePlayer } from '../../kdbx/tape.ts';
import { timeBytes } from '../../kdbx/times.ts';
import { entryUuid, markTime } from '../../sources/secrets/kdbx-entry.ts';
import { asciiJson, customDataName, type KdbxOrigin, type Marks } from '../../sources/secrets/kdbx-marks.ts';
import { placesInContent, type Span, type VersionPlaces } from '../../sources/secrets/packed-content.ts';

const [entryStart, entryEnd] = [markup('<Entry><UUID>'), markup('</Entry>')];
const [historyStart, historyEnd] = [markup('<History>'), markup('</History>')];
const [tagsStart, tagsEnd] = [markup('</UUID><Tags>'), markup('</Tags><Times><CreationTime>')];
const noTags = markup('</UUID><Times><CreationTime>');
const modifiedStart = markup('</CreationTime><LastModificationTime>');
const expiryStart = markup('</LastModificationTime><ExpiryTime>');
const expires = markup('</ExpiryTime><Expires>True</Expires></Times>');
const expiresNot = markup('</LastModificationTime><Expires>False</Expires></Times>');
// In the order of the content's texts, each after the end of the one before.
const [titleStart, userNameStart, passwordStart, urlStart, notesStart] = [
  markup('<String><Key>Title</Key><Value>'),
  markup('</Value></String><String><Key>UserName</Key><Value>'),
  markup('</Value></String><String><Key>Password</Key><Value Protected="True">'),
  markup('</Value></String><String><Key>URL</Key><Value>'),
  markup('</Value></String><String><Key>Notes</Key><Value>'),
];
const secondFactorStart = markup('</Value></String><String><Key>otp</Key><Value Protected="True">');
const fieldStart = markup('</Value></String><String><Key>');
const [sealedStart, openStart] = [markup('</Key><Value Protected="True">'), markup('</Key><Value>')];
const valuesEnd = markup('</Value></String>');
const marksStart = markup(`<CustomData><Item><Key>${customDataName}</Key><Value>`);
const marksEnd = markup('</Value></Item></CustomData>');

/** A packed record without files, whose groups are those that a KDBX file shows. */
export interface PackedContent {
  id: string;
  /** As `PackedRecord.contentBytes` gives it. */
  content: Uint8Array;
}

/** Writes the entry of a record; gives false, and wrote nothing, when something of it must be kept beside what people see. */
export function writePackedEntry(player: TapePlayer, { id, content }: PackedContent, origin: KdbxOrigin): boolean {
  const now = placesInContent(content);
  if (now === undefined) return false;
  const entry = {
    player,
    content,
    uuid: Buffer.from(entryUuid(origin.source ?? '', id), 'hex'),
    createdAt: now.createdAt,
  };
  const marks: Marks = { id, type: now.type, ...origin };
  markTime(marks, 'createdAt', now.createdAt);
  writeVersion(entry, now, marks);
  if (now.history.length > 0) {
    player.raw(historyStart);
    for (const past of now.history) {
      writeVersion(entry, past, {});
      player.raw(entryEnd);
    }
    player.raw(historyEnd);
  }
  player.raw(entryEnd);
  return true;
}

/** What all versions of an entry share. */
interface EntryWriting {
  player: TapePlayer;
  content: Uint8Array;
  uuid: Uint8Array;
  createdAt: Date;
}

function writeVersion({ player, content, uuid, createdAt }: EntryWriting, version: VersionPlaces, marks: Marks): void {
  const { tags, expiresAt, changedAt } = version;
  player.raw(entryStart);
  player.base64(uuid);
  if (tags.length === 0) player.raw(noTags);
  else {
    player.raw(tagsStart);
    player.text(tags.join(';'));
    player.raw(tagsEnd);
  }
  player.base64(timeBytes(createdAt));
  player.raw(modifiedStart);
  player.base64(timeBytes(changedAt));
  if (expiresAt === undefined) player.raw(expiresNot);
  else {
    player.raw(expiryStart);
    player.base64(timeBytes(expiresAt));
    player.raw(expires);
    markTime(marks, 'expiresAt', expiresAt);
  }
  writeValues(player, content, version);
  markTime(marks, 'changedAt', changedAt);
  if (Object.keys(marks).length === 0) return;
  player.raw(marksStart);
  player.text(asciiJson(marks));
  player.raw(marksEnd);
}

function writeValues(player: TapePlayer, content: Uint8Array, { texts, secondFactor, fields }: VersionPlaces): void {
  const [title, userName, password, url, notes] = texts as [Span, Span, Span, Span, Span];
  player.raw(titleStart);
  player.jsonText(content, title.start, title.end);
  player.raw(userNameStart);
  player.jsonText(content, userName.start, userName.end);
  player.raw(passwordStart);
  player.jsonSealed(content, password.start, password.end);
  player.raw(urlStart);
  player.jsonText(content, url.start, url.end);
  player.raw(notesStart);
  player.jsonText(content, notes.start, notes.end);
  if (secondFactor !== undefined) {
    player.raw(secondFactorStart);
    player.jsonSealed(content, secondFactor.start, secondFactor.end);
  }
  for (const { name, value, isProtected } of fields) {
    player.raw(fieldStart);
    player.jsonText(content, name.start, name.end);
    player.raw(isProtected ? sealedStart : openStart);
    if (isProtected) player.jsonSealed(content, value.start, value.end);
    else player.jsonText(content, value.start, value.end);
  }
  player.raw(valuesEnd);
}
