// Reads an entry of a kit from the bytes of the document straight into the packed content of its record: what `fromKdbxEntry` and
// `contentText` give by way of objects, for entries as Orbit writes nearly all of them. The others are `notOwn`.
import { markup, notOwn, type OwnXml } from '../../kdbx/own-xml.ts';
import { splitTags } from '../../kdbx/document-parser.ts';
import { decodeTimeBytes } from '../../kdbx/times.ts';
import { exactTime, insideOrigin, recordType } from '../../sources/secrets/kdbx-entry.ts';
import { customDataName, exactName, type Marks, marksIn } from '../../sources/secrets/kdbx-marks.ts';
import { sameTexts } from '../../sources/secrets/same-texts.ts';

const [entryStart, entryEnd] = [markup('<Entry><UUID>'), markup('</Entry>')];
const [historyStart, historyEnd] = [markup('<History>'), markup('</History>')];
const uuidEnd = markup('</UUID>');
const [tagsStart, tagsEnd] = [markup('<Tags>'), markup('</Tags>')];
const times = markup('<Times>');
const timesEnd = [markup('<Expires>False</Expires></Times>'), markup('<Expires>True</Expires></Times>')] as const;
const [createdStart, createdEnd] = [markup('<CreationTime>'), markup('</CreationTime>')];
const [modifiedStart, modifiedEnd] = [markup('<LastModificationTime>'), markup('</LastModificationTime>')];
const [expiryStart, expiryEnd] = [markup('<ExpiryTime>'), markup('</ExpiryTime>')];
const [stringStart, stringEnd, keyEnd] = [markup('<String><Key>'), markup('</String>'), markup('</Key>')];
const knownNames = ['Title', 'UserName', 'Password', 'URL', 'Notes'];
const known = knownNames.map((name) => markup(`<String><Key>${name}</Key>`));
const secondFactor = markup('<String><Key>otp</Key>');
// Fields that a reader does not take for one more of people's own.
const reserved = [...knownNames, 'otp', exactName].map((name) => markup(`${name}</Key>`));
const [markStart, markEnd] = [
  markup(`<CustomData><Item><Key>${customDataName}</Key><Value>`),
  markup('</Value></Item></CustomData>'),
];
const noMarks: Marks = {};

/** A record as it was read. */
export interface OwnEntry {
  id: string;
  /** Id of the source it comes from. */
  source: string;
  groups: readonly string[];
  /** As `PackedRecord.contentBytes` gives it; good until the next one is read. */
  content: Uint8Array;
}

/** What stands beside the values of a version. Times are milliseconds since 1970. */
interface Labels {
  tags: string[];
  createdAt: Date | undefined;
  expiresAt: Date | undefined;
  secondFactor: Uint8Array | undefined;
  marks: Marks;
}

/** The groups of an entry, as people see them. */
export class OwnPath {
  readonly shown: readonly string[];
  #known: { under: string | undefined; groups: readonly string[]; json: Uint8Array } | undefined;

  constructor(shown: readonly string[]) {
    this.shown = shown;
  }

  /** The groups within a source, and their JSON. */
  within(under: string | undefined): { groups: readonly string[]; json: Uint8Array } {
    if (this.#known?.under === under && this.#known !== undefined) return this.#known;
    const groups = insideOrigin(this.shown, under);
    this.#known = { under, groups, json: new TextEncoder().encode(JSON.stringify(groups)) };
    return this.#known;
  }
}

/** Reads the entry that comes next. Throws `notOwn`, and the key stream then stands anywhere. */
export function readOwnEntry(xml: OwnXml, path: OwnPath): OwnEntry {
  xml.addAscii('[');
  const labels = readVersion(xml);
  const { id, source = '', under, type } = labels.marks;
  if (id === undefined) throw notOwn;
  const { groups, json } = path.within(under);
  xml.addAscii(`,${JSON.stringify(recordType(type))},`);
  xml.add(json);
  xml.addAscii(',');
  addTexts(xml, labels.tags);
  xml.addAscii(',');
  addSecondFactor(xml, labels);
  xml.addAscii(`,${exactTime(labels.createdAt, labels.marks.createdAt).getTime()},`);
  xml.addAscii(`${labels.expiresAt?.getTime() ?? null},[`);
  if (xml.takes(historyStart)) readPast(xml, labels);
  xml.expect(entryEnd);
  xml.addAscii(']]');
  return { id, source, groups, content: xml.json };
}

function readPast(xml: OwnXml, now: Labels): void {
  for (let isFirst = true; !xml.takes(historyEnd); isFirst = false) {
    if (!isFirst) xml.addAscii(',');
    const past = readVersion(xml, (labels) => {
      const isAsNow = labels.expiresAt?.getTime() === now.expiresAt?.getTime() && sameTexts(labels.tags, now.tags);
      if (isAsNow && labels.secondFactor === undefined) return;
      xml.addAscii(',');
      addSecondFactor(xml, labels);
      xml.addAscii(',[]');
      if (isAsNow) return;
      xml.addAscii(',');
      addTexts(xml, labels.tags);
      xml.addAscii(`,${labels.expiresAt?.getTime() ?? null}`);
    });
    if (past.marks.id !== undefined) throw notOwn;
    xml.expect(entryEnd);
  }
}

// Up to its past, or its end; `addMore` adds to its tuple.
function readVersion(xml: OwnXml, addMore: (labels: Labels) => void = () => {}): Labels {
  xml.expect(entryStart);
  if (xml.base64().length !== 16) throw notOwn;
  xml.expect(uuidEnd);
  const tags = readTags(xml);
  xml.expect(times);
  const createdAt = readTime(xml, createdStart, createdEnd);
  const modifiedAt = readTime(xml, modifiedStart, modifiedEnd);
  const expiry = readTime(xml, expiryStart, expiryEnd);
  const expires = xml.takes(timesEnd[1]);
  if (!expires) xml.expect(timesEnd[0]);
  xml.addAscii('[');
  for (const name of known) {
    xml.expect(name);
    xml.value();
    xml.expect(stringEnd);
    xml.addAscii(',');
  }
  const factor = readSecondFactor(xml);
  readFields(xml);
  const marks = readMarks(xml);
  xml.addAscii(`,${exactTime(modifiedAt, marks.changedAt).getTime()}`);
  const expiresAt = expires && expiry !== undefined ? exactTime(expiry, marks.expiresAt) : undefined;
  const labels = { tags, createdAt, expiresAt, secondFactor: factor, marks };
  addMore(labels);
  xml.addAscii(']');
  return labels;
}

function readTags(xml: OwnXml): string[] {
  if (!xml.takes(tagsStart)) return [];
  const tags = splitTags(xml.string());
  xml.expect(tagsEnd);
  return tags;
}

function readTime(xml: OwnXml, start: Uint8Array, end: Uint8Array): Date | undefined {
  if (!xml.takes(start)) return undefined;
  const time = decodeTimeBytes(xml.base64());
  xml.expect(end);
  if (time === undefined) throw notOwn;
  return time;
}

function readSecondFactor(xml: OwnXml): Uint8Array | undefined {
  if (!xml.takes(secondFactor)) return undefined;
  const { length } = xml;
  xml.value();
  xml.expect(stringEnd);
  return xml.cut(length);
}

function addSecondFactor(xml: OwnXml, { secondFactor: factor }: Labels): void {
  if (factor === undefined) return xml.addAscii('null');
  xml.add(factor);
  factor.fill(0);
}

function readFields(xml: OwnXml): void {
  xml.addAscii('[');
  for (let isFirst = true; xml.takes(stringStart); isFirst = false) {
    if (reserved.some((name) => xml.takes(name))) throw notOwn;
    xml.addAscii(isFirst ? '[' : ',[');
    xml.text();
    xml.expect(keyEnd);
    xml.addAscii(',');
    const isProtected = xml.value();
    xml.expect(stringEnd);
    xml.addAscii(isProtected ? ',true]' : ',false]');
  }
  xml.addAscii(']');
}

function readMarks(xml: OwnXml): Marks {
  if (!xml.takes(markStart)) return noMarks;
  const marks = marksIn(xml.string());
  xml.expect(markEnd);
  return marks;
}

function addTexts(xml: OwnXml, texts: readonly string[]): void {
  if (texts.length === 0) xml.addAscii('[]');
  else xml.add(new TextEncoder().encode(JSON.stringify(texts)));
}
