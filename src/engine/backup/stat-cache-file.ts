// What the system said of every entry when it was last backed up, folder by folder, in a file on this machine. It only saves
// time: an entry is believed unchanged when all of it is the same, and without the file everything is looked up as ever.
//
//   magic, then a record for each folder, then the places of the records, then the footer
//   record   tree id (32) · entries (u32) · bytes of names (u32) · subtrees (u32) · 0 (u32)
//            statWords u64 for each entry · names, each ended by NUL · subtree ids (32 each) in the order of the names
//   place    tree id (32) · offset (u48) · length (u32) · CRC-32 of the record (u32) · 0 (u16), 48 bytes in all
//   footer   JSON, then its CRC-32 and its length (u32 each)
import { randomUUID } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { BlobId } from '../ids.ts';

const magic = Buffer.from('orbit stat cache 3\n');
const recordHead = 48;
const placeBytes = 48;
const idBytes = 32;
const tailBytes = 8;
/** Words kept of each entry. */
export const statWords = 10;
/** Which is which; times in nanoseconds. */
export const statWord = {
  inode: 0,
  ctime: 1,
  mtime: 2,
  size: 3,
  mode: 4,
  links: 5,
  user: 6,
  group: 7,
  device: 8,
  specialDevice: 9,
} as const;
const flushBytes = 4 * 1024 * 1024;
const footerMax = 64 * 1024 * 1024;

/** What an earlier run knew of one folder. */
export interface KnownFolder {
  tree: BlobId;
  /** Each name ended by NUL, in the order of their bytes. */
  names: Buffer;
  /** `statWords` for each entry. */
  stats: BigUint64Array;
  /** Of the entries that are folders, in order. */
  subtrees: BlobId[];
}

/** The same as it lies in the file. */
export interface FiledFolder extends KnownFolder {
  record: Buffer;
  /** CRC-32 of the record. */
  checksum: number;
}

/** Under what conditions the file may be believed; everything in it must be as it was. */
export interface CacheConditions {
  /** What is left out and how entries are looked at. */
  options: string;
}

interface Footer extends CacheConditions {
  places: number;
  placesOffset: number;
  /** Repositories that have all of it, and the index files that the trees in it rely on there. */
  repositories: [id: string, indexIds: string[]][];
  users: [number, string | null][];
  groups: [number, string | null][];
}

/** The words of one entry, which tell whether anything about it has changed. */
export function writeStat(stat: BigIntStats, words: BigUint64Array, at: number): void {
  words[at + statWord.inode] = stat.ino;
  words[at + statWord.ctime] = stat.ctimeNs;
  words[at + statWord.mtime] = stat.mtimeNs;
  words[at + statWord.size] = stat.size;
  words[at + statWord.mode] = stat.mode;
  words[at + statWord.links] = stat.nlink;
  words[at + statWord.user] = stat.uid;
  words[at + statWord.group] = stat.gid;
  words[at + statWord.device] = stat.dev;
  words[at + statWord.specialDevice] = stat.rdev;
}

/** True when all of the entry is as those words say. */
export function isSameStat(words: BigUint64Array, at: number, stat: BigIntStats): boolean {
  writeStat(stat, scratch, 0);
  for (let word = 0; word < statWords; word += 1) if (words[at + word] !== scratch[word]) return false;
  return true;
}

const scratch = new BigUint64Array(statWords);

/** Where the lower half of each lies, among the halves of an entry. */
export const halfAt = {
  inode: 2 * statWord.inode,
  ctime: 2 * statWord.ctime,
  mtime: 2 * statWord.mtime,
  size: 2 * statWord.size,
  mode: 2 * statWord.mode,
  links: 2 * statWord.links,
  user: 2 * statWord.user,
  group: 2 * statWord.group,
  device: 2 * statWord.device,
  specialDevice: 2 * statWord.specialDevice,
} as const;

/** The words in halves of 32 bits, the lower first. */
export function halvesOf(words: BigUint64Array): Uint32Array {
  return new Uint32Array(words.buffer, words.byteOffset, words.length * 2);
}

/** Names as a record keeps them; one character a byte. */
export function namesText(names: readonly string[]): string {
  return names.length === 0 ? '' : `${names.join('\0')}\0`;
}

/** Writes a new file, which takes the old one's place when it is complete. */
export class StatCacheWriter {
  readonly #path: string;
  readonly #temporaryPath: string;
  readonly #descriptor: number;
  #pending: Buffer[] = [magic];
  #pendingBytes = magic.length;
  #offset = 0;
  readonly #places: Buffer[] = [];
  readonly #written = new Set<BlobId>();

  /** @throws the system error when the folder cannot be written */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#path = path;
    this.#temporaryPath = `${path}.${process.pid}-${randomUUID().slice(0, 8)}`;
    this.#descriptor = openSync(this.#temporaryPath, 'wx', 0o600);
  }

  /** Keeps a folder. Of two with the same tree, which are the same in everything, the first is kept. */
  add({ tree, names, stats, subtrees }: KnownFolder): void {
    if (this.#written.has(tree)) return;
    const head = Buffer.alloc(recordHead);
    head.write(tree, 'hex');
    head.writeUInt32LE(stats.length / statWords, 32);
    head.writeUInt32LE(names.length, 36);
    head.writeUInt32LE(subtrees.length, 40);
    const words = Buffer.from(stats.buffer, stats.byteOffset, stats.byteLength);
    const record = Buffer.concat([head, words, names, Buffer.from(subtrees.join(''), 'hex')]);
    this.keep({ tree, record, checksum: crc32(record) });
  }

  /** Keeps a folder as it lies in another such file. */
  keep({ tree, record, checksum }: Pick<FiledFolder, 'tree' | 'record' | 'checksum'>): void {
    if (this.#written.has(tree)) return;
    this.#written.add(tree);
    const place = Buffer.alloc(placeBytes);
    record.copy(place, 0, 0, idBytes);
    place.writeUIntLE(this.#offset + this.#pendingBytes, 32, 6);
    place.writeUInt32LE(record.length, 38);
    place.writeUInt32LE(checksum, 42);
    this.#places.push(place);
    this.#push(record);
  }

  /** Puts the file in its place. */
  finish(conditions: CacheConditions, rest: Pick<Footer, 'repositories' | 'users' | 'groups'>): void {
    const placesOffset = this.#offset + this.#pendingBytes;
    const footer: Footer = { ...conditions, ...rest, places: this.#places.length, placesOffset };
    const json = Buffer.from(JSON.stringify(footer));
    const tail = Buffer.alloc(tailBytes);
    tail.writeUInt32LE(crc32(json));
    tail.writeUInt32LE(json.length, 4);
    this.#push(...this.#places, json, tail);
    this.#flush();
    closeSync(this.#descriptor);
    renameSync(this.#temporaryPath, this.#path);
  }

  /** Leaves the old file as it is. */
  discard(): void {
    closeSync(this.#descriptor);
    rmSync(this.#temporaryPath, { force: true });
  }

  #push(...buffers: Buffer[]): void {
    for (const buffer of buffers) this.#pendingBytes += buffer.length;
    this.#pending.push(...buffers);
    if (this.#pendingBytes >= flushBytes) this.#flush();
  }

  #flush(): void {
    const all = Buffer.concat(this.#pending);
    for (let done = 0; done < all.length; ) done += writeSync(this.#descriptor, all, done);
    this.#offset += all.length;
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}

/** Reads folders of an earlier run, one at a time: only where they lie is held in memory. */
export class StatCacheReader {
  readonly #descriptor: number;
  readonly #footer: Footer;
  // Open addressing: six bytes of each tree id, and where its record lies. Ids are hashes, so any six bytes scatter well.
  readonly #slots: Float64Array;
  readonly #offsets: Float64Array;
  readonly #lengths: Uint32Array;
  readonly #checksums: Uint32Array;

  private constructor(descriptor: number, footer: Footer) {
    this.#descriptor = descriptor;
    this.#footer = footer;
    const slots = 2 ** Math.ceil(Math.log2(Math.max(footer.places, 1) * 2));
    this.#slots = new Float64Array(slots).fill(-1);
    this.#offsets = new Float64Array(slots);
    this.#lengths = new Uint32Array(slots);
    this.#checksums = new Uint32Array(slots);
    this.#readPlaces();
  }

  /** The file, or undefined when there is none, when it is no whole file of this kind, or when it was made under other conditions. */
  static open(path: string, conditions: CacheConditions): StatCacheReader | undefined {
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch {
      return undefined;
    }
    try {
      const footer = readFooter(descriptor);
      if (footer?.options === conditions.options) return new StatCacheReader(descriptor, footer);
    } catch {
      // Cut short or overwritten: it is as if there were none.
    }
    closeSync(descriptor);
    return undefined;
  }

  /** Repositories that have all trees named here, with the index files without which they may be gone. */
  get repositories(): Footer['repositories'] {
    return this.#footer.repositories;
  }

  get users(): Footer['users'] {
    return this.#footer.users;
  }

  get groups(): Footer['groups'] {
    return this.#footer.groups;
  }

  find(tree: BlobId): FiledFolder | undefined {
    const key = Number.parseInt(tree.slice(0, 12), 16);
    const mask = this.#slots.length - 1;
    for (let slot = key % this.#slots.length; this.#slots[slot] !== -1; slot = (slot + 1) & mask) {
      if (this.#slots[slot] !== key) continue;
      const folder = this.#read(slot);
      if (folder?.tree === tree) return folder;
    }
    return undefined;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #read(slot: number): FiledFolder | undefined {
    const record = readAt(this.#descriptor, this.#offsets[slot] ?? 0, this.#lengths[slot] ?? 0);
    const checksum = crc32(record);
    if (checksum !== this.#checksums[slot]) return undefined;
    const words = record.readUInt32LE(32) * statWords;
    const namesAt = recordHead + words * 8;
    const subtreesAt = namesAt + record.readUInt32LE(36);
    const subtrees = record.readUInt32LE(40);
    if (subtreesAt + subtrees * idBytes !== record.length) return undefined;
    const hex = record.toString('hex', subtreesAt);
    return {
      tree: record.toString('hex', 0, idBytes) as BlobId,
      names: record.subarray(namesAt, subtreesAt),
      stats: new BigUint64Array(record.buffer, record.byteOffset + recordHead, words),
      subtrees: Array.from({ length: subtrees }, (_, at) => hex.slice(at * 64, at * 64 + 64) as BlobId),
      record,
      checksum,
    };
  }

  #readPlaces(): void {
    const { places, placesOffset } = this.#footer;
    const bytes = readAt(this.#descriptor, placesOffset, places * placeBytes);
    const mask = this.#slots.length - 1;
    for (let at = 0; at < bytes.length; at += placeBytes) {
      const key = bytes.readUIntBE(at, 6);
      let slot = key % this.#slots.length;
      while (this.#slots[slot] !== -1) slot = (slot + 1) & mask;
      this.#slots[slot] = key;
      this.#offsets[slot] = bytes.readUIntLE(at + 32, 6);
      this.#lengths[slot] = bytes.readUInt32LE(at + 38);
      this.#checksums[slot] = bytes.readUInt32LE(at + 42);
    }
  }
}

function readFooter(descriptor: number): Footer | undefined {
  const { size } = fstatSync(descriptor);
  if (!readAt(descriptor, 0, magic.length).equals(magic)) return undefined;
  const tail = readAt(descriptor, size - tailBytes, tailBytes);
  const length = tail.readUInt32LE(4);
  if (length > footerMax) return undefined;
  const footerOffset = size - tailBytes - length;
  const json = readAt(descriptor, footerOffset, length);
  if (crc32(json) !== tail.readUInt32LE(0)) return undefined;
  const footer = JSON.parse(json.toString()) as Footer;
  const isWhole = footer.placesOffset + footer.places * placeBytes === footerOffset;
  return isWhole ? footer : undefined;
}

// Memory of its own: words in it have to lie at multiples of eight.
function readAt(descriptor: number, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const read = readSync(descriptor, bytes, done, length - done, offset + done);
    if (read === 0) throw new Error('the stat cache is cut short');
    done += read;
  }
  return bytes;
}
