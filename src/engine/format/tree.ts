// A folder's list of entries, as a tree blob keeps it (restic internal/data/tree.go, node.go). Byte-identical with restic's,
// because the blob is named by its hash. What comes from a repository is judged here: a hostile name never gets past.
import type { Failure } from '../../base/failure.ts';
import type { BlobId } from '../ids.ts';
import { isNodeType, type NodeType } from './file-mode.ts';
import { isUtf8, jsonBytes, jsonString, quote, unquote } from './go-text.ts';
import { isId } from './layout.ts';
import { formatNodeTime, type NodeTime, parseNodeTime } from './node-time.ts';
import { damaged, hostileName, senseless } from './tree-failures.ts';

/** One extended attribute; POSIX ACLs and capabilities are such attributes too. */
export interface ExtendedAttribute {
  /** Raw bytes. In a stored tree, bytes that are not UTF-8 are lost: the format has no place for them. */
  name: Buffer;
  value: Buffer;
}

/** An entry of a folder. */
export interface TreeNode {
  /** Raw bytes: file names need not be UTF-8. */
  name: Buffer;
  type: NodeType;
  /** Go's file mode, not st_mode: see file-mode.ts. */
  mode: number;
  mtime: NodeTime;
  atime: NodeTime;
  ctime: NodeTime;
  uid: number;
  gid: number;
  /** Names looked up when the backup was made. */
  user?: string;
  group?: string;
  inode: bigint;
  /** st_dev. */
  deviceId: bigint;
  /** Bytes; files only. */
  size: bigint;
  /** Hard links; 0 where the type has none recorded. */
  links: bigint;
  /** Symlinks only. */
  linkTarget?: Buffer;
  extendedAttributes: ExtendedAttribute[];
  /** Attributes of other systems, JSON text by name, kept as they came. */
  genericAttributes?: Record<string, string>;
  /** st_rdev; devices only. */
  device: bigint;
  /** The blobs of a file in order; null for everything else. */
  content: BlobId[] | null;
  /** The tree of a folder. */
  subtree?: BlobId;
  /** What an old restic noted when it could not read everything. */
  error?: string;
}

/** A node that was encoded elsewhere: these bytes of `encoded`, the last of them a comma. */
export interface EncodedNode {
  encoded: Buffer;
  from: number;
  to: number;
}

/** A folder's tree as JSON text in restic's very bytes. The nodes must ascend by name, byte by byte, as `compareNames` has it. */
export function encodeTree(nodes: readonly (TreeNode | EncodedNode)[]): Buffer {
  const parts: Buffer[] = [];
  let text = '{"nodes":[';
  // Neighbours that lie behind one another are copied together.
  let run: EncodedNode | undefined;
  const end = (): void => {
    if (run !== undefined) parts.push(run.encoded.subarray(run.from, run.to));
    else if (text !== '') parts.push(Buffer.from(text, 'utf8'));
    run = undefined;
    text = '';
  };
  for (const node of nodes) {
    if (!('encoded' in node)) {
      if (run !== undefined) end();
      text += `${encodeNode(node)},`;
    } else if (run?.encoded === node.encoded && run.to === node.from) run.to = node.to;
    else {
      end();
      run = { ...node };
    }
  }
  end();
  if (nodes.length > 0) parts.push(dropLast(parts.pop()));
  parts.push(Buffer.from(']}\n'));
  return Buffer.concat(parts);
}

function dropLast(bytes: Buffer = Buffer.alloc(1)): Buffer {
  return bytes.subarray(0, -1);
}

/** The order of a tree: by raw bytes, as Go compares strings. */
export function compareNames(left: Named, right: Named): number {
  return Buffer.compare(left.name, right.name);
}

/** One node as restic's JSON: keys in Go's order, what is zero or empty left out where restic leaves it out. */
export function encodeNode(node: TreeNode): string {
  const text = (key: string, value: string | undefined): string => (value ? `,"${key}":${jsonString(value)}` : '');
  const whole = (key: string, value: bigint | number): string => (value ? `,"${key}":${value}` : '');
  // Most entries have the same time twice or three times.
  const mtime = formatNodeTime(node.mtime);
  const time = (other: NodeTime): string => (other === node.mtime ? mtime : formatNodeTime(other));
  return (
    `{"name":${jsonString(quote(node.name))},"type":"${node.type}"${whole('mode', node.mode)}` +
    `,"mtime":"${mtime}","atime":"${time(node.atime)}","ctime":"${time(node.ctime)}"` +
    `,"uid":${node.uid},"gid":${node.gid}${text('user', node.user)}${text('group', node.group)}` +
    `${whole('inode', node.inode)}${whole('device_id', node.deviceId)}${whole('size', node.size)}${whole('links', node.links)}` +
    `${encodeLinkTarget(node.linkTarget)}${encodeAttributes(node)}${whole('device', node.device)}` +
    `,"content":${node.content === null ? 'null' : encodeIds(node.content)}` +
    `${node.subtree === undefined ? '' : `,"subtree":"${node.subtree}"`}${text('error', node.error)}}`
  );
}

function encodeIds(ids: BlobId[]): string {
  return ids.length === 0 ? '[]' : `["${ids.join('","')}"]`;
}

function encodeLinkTarget(target: Buffer | undefined): string {
  if (target === undefined || target.length === 0) return '';
  const raw = isUtf8(target) ? '' : `,"linktarget_raw":"${target.toString('base64')}"`;
  return `,"linktarget":${jsonBytes(target)}${raw}`;
}

function encodeAttributes(node: TreeNode): string {
  let text = '';
  if (node.extendedAttributes.length > 0) {
    const pairs = node.extendedAttributes.map(
      ({ name, value }) => `{"name":${jsonBytes(name)},"value":"${value.toString('base64')}"}`,
    );
    text += `,"extended_attributes":[${pairs.join(',')}]`;
  }
  const generic = Object.entries(node.genericAttributes ?? {}).sort(([left], [right]) => (left < right ? -1 : 1));
  if (generic.length === 0) return text;
  return `${text},"generic_attributes":{${generic.map(([key, json]) => `${jsonString(key)}:${json}`).join(',')}}`;
}

// The longest text V8 can hold is just below 512 MiB.
const maxTreeBytes = 500 * 1024 * 1024;

/**
 * Reads a tree blob. Every number comes out exact; unknown keys are passed over; names are clean, unique and in order.
 * @throws Failure `tree.damaged` when it is not a tree, `tree.hostile-name` when a name could lead out of its folder.
 */
export function decodeTree(bytes: Uint8Array): TreeNode[] {
  return inOrder(parseEntries(bytes).map(decodeNode));
}

/** An entry of which only that is read which leads to others. */
export interface NamedEntry {
  name: Buffer;
  subtree?: BlobId;
  /** All of it. @throws Failure `tree.damaged` */
  node(): TreeNode;
}

/** As `decodeTree`, for those who look at names first: numbers, times and attributes are judged only where `node` asks for them. */
export function decodeNames(bytes: Uint8Array): NamedEntry[] {
  return inOrder(parseEntries(bytes).map(decodeNamedEntry));
}

function parseEntries(bytes: Uint8Array): unknown[] {
  if (bytes.length > maxTreeBytes) throw damaged(`it is ${bytes.length} bytes long`);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const entries = entriesIn(parseJson(text, JSON.parse));
  // Numbers this large are rare, and finding them in the text would take as long as reading it twice.
  return entries.some(isInexact) ? entriesIn(parseJson(text, parseExactly)) : entries;
}

function entriesIn(tree: unknown): unknown[] {
  if (!isRecord(tree)) throw damaged('it is not a JSON object');
  const list = tree['nodes'] ?? [];
  if (!Array.isArray(list)) throw damaged("its 'nodes' is not a list");
  return list;
}

interface Named {
  name: Buffer;
}

function inOrder<Entry extends Named>(entries: Entry[]): Entry[] {
  for (let index = 1; index < entries.length; index += 1) requireOrder(entries[index - 1], entries[index]);
  return entries;
}

/** Names of a folder ascend, and none comes twice. @throws Failure `tree.damaged`, `tree.hostile-name` */
export function requireOrder(before: Named | undefined, after: Named | undefined): void {
  if (before === undefined || after === undefined) return;
  const order = compareNames(before, after);
  if (order === 0) throw hostileName(after.name, 'occurs twice in one folder');
  if (order > 0) throw damaged(`'${quote(after.name)}' stands after '${quote(before.name)}'`);
}

// Numbers that a JavaScript number cannot hold stay as their digits.
interface RawNumber {
  rawJSON: string;
}
const { rawJSON } = JSON as unknown as { rawJSON(text: string): RawNumber };
// Every key whose number is read.
const numberKeys = ['mode', 'uid', 'gid', 'inode', 'device_id', 'size', 'links', 'device'];

function isInexact(entry: unknown): boolean {
  if (!isRecord(entry)) return false;
  for (const key of numberKeys) if (typeof entry[key] === 'number' && !Number.isSafeInteger(entry[key])) return true;
  return entry['generic_attributes'] !== undefined;
}

function parseExactly(text: string): unknown {
  const parse = JSON.parse as (
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ) => unknown;
  return parse(text, (_key, value, context) =>
    typeof value === 'number' && !Number.isSafeInteger(value) ? rawJSON(context.source ?? '0') : value,
  );
}

function parseJson(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw damaged('it is not JSON', error);
  }
}

type Json = Record<string, unknown>;
const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function decodeNamedEntry(json: unknown): NamedEntry {
  if (!isRecord(json)) throw damaged('an entry is not a JSON object');
  const entry = { name: decodeName(json['name']), node: () => decodeNode(json) };
  const subtree = json['subtree'] ?? undefined;
  if (subtree === undefined) return entry;
  if (!isBlobId(subtree)) throw senseless('subtree', entry.name);
  return { ...entry, subtree };
}

function decodeNode(json: unknown): TreeNode {
  if (!isRecord(json)) throw damaged('an entry is not a JSON object');
  const name = decodeName(json['name']);
  const wrong = (key: string): Failure => senseless(key, name);
  const text = (key: string): string | undefined => {
    const value = json[key];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw wrong(key);
    return value;
  };
  const whole = (key: string): bigint => decodeU64(json[key]) ?? fail(wrong(key));
  const small = (key: string): number => {
    const plain = json[key];
    if (typeof plain === 'number' && plain >= 0 && plain <= 0xffff_ffff && Number.isInteger(plain)) return plain;
    const value = whole(key);
    return value <= 0xffff_ffffn ? Number(value) : fail(wrong(key));
  };
  const time = (key: string): NodeTime => parseNodeTime(text(key) ?? zeroTime) ?? fail(wrong(key));
  const mtime = time('mtime');
  const sameTime = (key: string): NodeTime => (json[key] === json['mtime'] ? mtime : time(key));
  const id = (key: string, value: unknown): BlobId => (isBlobId(value) ? value : fail(wrong(key)));
  const type = json['type'];
  if (!isNodeType(type)) throw wrong('type');
  const content = json['content'] ?? null;
  if (content !== null && !Array.isArray(content)) throw wrong('content');
  const node: TreeNode = {
    name,
    type,
    mode: small('mode'),
    mtime,
    atime: sameTime('atime'),
    ctime: sameTime('ctime'),
    uid: small('uid'),
    gid: small('gid'),
    inode: whole('inode'),
    deviceId: whole('device_id'),
    size: whole('size'),
    links: whole('links'),
    extendedAttributes: decodeAttributes(json['extended_attributes']) ?? fail(wrong('extended_attributes')),
    device: whole('device'),
    content: content === null ? null : content.map((value) => id('content', value)),
  };
  const user = text('user');
  const group = text('group');
  const error = text('error');
  const raw = text('linktarget_raw');
  const target = raw === undefined ? text('linktarget') : Buffer.from(raw, 'base64');
  if (user !== undefined) node.user = user;
  if (group !== undefined) node.group = group;
  if (target !== undefined) node.linkTarget = Buffer.isBuffer(target) ? target : Buffer.from(target, 'utf8');
  if (json['generic_attributes']) node.genericAttributes = decodeGeneric(json['generic_attributes']);
  if (json['subtree'] !== undefined && json['subtree'] !== null) node.subtree = id('subtree', json['subtree']);
  if (error !== undefined) node.error = error;
  return node;
}

// Go's zero time, which stands where an old program wrote none.
const zeroTime = '0001-01-01T00:00:00Z';

function isBlobId(value: unknown): value is BlobId {
  return typeof value === 'string' && isId(value);
}

function decodeU64(value: unknown): bigint | undefined {
  if (value === undefined || value === null) return 0n;
  // Numbers that are not exact have come as their digits.
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return BigInt(value);
  const digits = typeof value === 'number' ? String(value) : isRecord(value) ? value['rawJSON'] : undefined;
  if (typeof digits !== 'string' || !/^\d{1,20}$/.test(digits)) return undefined;
  const whole = BigInt(digits);
  return whole <= 0xffff_ffff_ffff_ffffn ? whole : undefined;
}

function decodeName(value: unknown): Buffer {
  const name = typeof value === 'string' ? unquote(value) : undefined;
  if (name === undefined) throw damaged('an entry has no readable name');
  if (name.length === 0) throw hostileName(name, 'is empty');
  if (name.includes(0x2f) || name.includes(0)) throw hostileName(name, "contains '/' or a NUL byte");
  if (name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e))) {
    throw hostileName(name, 'means a folder, not an entry of it');
  }
  return name;
}

function decodeAttributes(value: unknown): ExtendedAttribute[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const attributes: ExtendedAttribute[] = [];
  for (const pair of value) {
    if (!isRecord(pair) || typeof pair['name'] !== 'string') return undefined;
    const content = pair['value'] ?? '';
    if (typeof content !== 'string') return undefined;
    attributes.push({ name: Buffer.from(pair['name'], 'utf8'), value: Buffer.from(content, 'base64') });
  }
  return attributes;
}

const htmlCharacters = /[<>&\u2028\u2029]/g;

function decodeGeneric(value: unknown): Record<string, string> {
  if (!isRecord(value)) throw damaged("a node's 'generic_attributes' is not a JSON object");
  const escaped = (json: string): string =>
    json.replace(htmlCharacters, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, escaped(JSON.stringify(content))]));
}

function fail(failure: Failure): never {
  throw failure;
}
