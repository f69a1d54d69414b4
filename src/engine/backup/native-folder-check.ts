// Is a folder what the stat cache says it was? By system calls of its own: names are counted as the system lists them, and each
// known one is looked up in the open folder, without a path, a text or an object for it. As many entries as known ones that are all
// there can be no others.
import { closeSync, constants, openSync } from 'node:fs';
import type { NativeFunction } from '../../base/c-library.ts';
import { nodeMemory } from '../../base/node-binary.ts';
import type { FolderCheck, FolderCheckOptions } from './folder-check.ts';
import { hasNames } from './folder-names.ts';
import { halfAt as knownAt, halvesOf, type KnownFolder, statWords } from './stat-cache-file.ts';

// linux/stat.h, struct statx: the same on all processors. Places in words of four bytes.
const statBytes = 256;
const statx = {
  links: 4,
  user: 5,
  group: 6,
  mode: 7,
  inode: 8,
  size: 10,
  ctime: 24,
  mtime: 28,
  specialDevice: 32,
  device: 34,
} as const;
// STATX_BASIC_STATS; AT_SYMLINK_NOFOLLOW and AT_NO_AUTOMOUNT, which make it a lstat.
const basicStats = 0x7ff;
const asLstat = 0x100 | 0x800;

// linux_dirent64: a record's length at 16, a name that ends with NUL from 19 on.
const lengthAt = 16;
const nameAt = 19;
const listingBytes = 64 * 1024;
const dot = 0x2e;

const entriesPerTurn = 4096;

/** The check, or undefined where the system's calls cannot be reached. */
export async function nativeFolderCheck(): Promise<FolderCheck | undefined> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return undefined;
  const memory = await nodeMemory();
  if (memory === undefined) return undefined;
  try {
    const list = memory.bind('int64 getdents64(int folder, void *records, size_t size)');
    const look = memory.bind('int statx(int folder, void *name, int flags, uint32 mask, void *stat)');
    const check = new NativeFolderCheck(list, look, memory.addressOf);
    return (path, known, options) => check.isSame(path, known, options);
  } catch {
    return undefined;
  }
}

class NativeFolderCheck {
  readonly #list: NativeFunction;
  readonly #look: NativeFunction;
  readonly #addressOf: (bytes: Uint8Array) => bigint;
  // Node frees these no earlier than it forgets this object: addresses stay good.
  readonly #listing = Buffer.allocUnsafeSlow(listingBytes);
  readonly #stat = new Uint32Array(statBytes / 4);
  readonly #statAddress: number;

  constructor(list: NativeFunction, look: NativeFunction, addressOf: (bytes: Uint8Array) => bigint) {
    this.#list = list;
    this.#look = look;
    this.#addressOf = addressOf;
    this.#statAddress = Number(addressOf(new Uint8Array(this.#stat.buffer)));
  }

  async isSame(path: Buffer, known: KnownFolder, options: FolderCheckOptions): Promise<boolean> {
    let folder: number;
    try {
      folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    } catch {
      return false;
    }
    try {
      const { counts } = options;
      // Which names count is not for the system to say: then they are compared one by one.
      const isComplete = counts === undefined ? this.#hasCount(folder, known) : hasNames(path, known, counts);
      return isComplete && (await this.#areSame(folder, known, options));
    } finally {
      closeSync(folder);
    }
  }

  #hasCount(folder: number, { stats }: KnownFolder): boolean {
    const expected = stats.length / statWords;
    const listing = this.#listing;
    let count = 0;
    while (count <= expected) {
      const bytes = Number(this.#list(folder, listing, listing.length));
      if (bytes < 0) return false;
      if (bytes === 0) break;
      for (let at = 0; at < bytes; at += listing.readUInt16LE(at + lengthAt))
        if (!isDots(listing, at + nameAt)) count += 1;
    }
    return count === expected;
  }

  async #areSame(folder: number, known: KnownFolder, { devices, pause }: FolderCheckOptions): Promise<boolean> {
    const { names, stats } = known;
    const words = halvesOf(stats);
    const namesAddress = Number(this.#addressOf(names));
    let at = 0;
    for (let word = 0, entry = 1; word < words.length; word += statWords * 2, entry += 1) {
      const rest = entry % entriesPerTurn === 0 ? pause() : undefined;
      if (rest !== undefined) await rest;
      if (at >= names.length || this.#look(folder, namesAddress + at, asLstat, basicStats, this.#statAddress) !== 0)
        return false;
      if (!isSame(this.#stat, words, word, devices)) return false;
      at = endOfName(names, at) + 1;
    }
    return at === names.length;
  }
}

function isDots(listing: Buffer, at: number): boolean {
  if (listing[at] !== dot) return false;
  return listing[at + 1] === 0 || (listing[at + 1] === dot && listing[at + 2] === 0);
}

// Names are short: a loop is quicker than a call.
function endOfName(bytes: Buffer, at: number): number {
  let end = at;
  while (end < bytes.length && bytes[end] !== 0) end += 1;
  return end;
}

// The words as `writeStat` makes them, each in two halves, the lower first.
function isSame(
  stat: Uint32Array,
  words: Uint32Array,
  at: number,
  devices: ReadonlyMap<bigint, bigint> | undefined,
): boolean {
  return (
    isLong(words, at + knownAt.inode, stat, statx.inode) &&
    isSameTime(stat, statx.ctime, words, at + knownAt.ctime) &&
    isSameTime(stat, statx.mtime, words, at + knownAt.mtime) &&
    isLong(words, at + knownAt.size, stat, statx.size) &&
    isShort(words, at + knownAt.mode, (stat[statx.mode] ?? 0) & 0xffff) &&
    isShort(words, at + knownAt.links, stat[statx.links]) &&
    isShort(words, at + knownAt.user, stat[statx.user]) &&
    isShort(words, at + knownAt.group, stat[statx.group]) &&
    isSameDevice(stat, statx.device, words, at + knownAt.device, devices) &&
    isSameDevice(stat, statx.specialDevice, words, at + knownAt.specialDevice, undefined)
  );
}

function isShort(words: Uint32Array, at: number, value: number | undefined): boolean {
  return words[at] === value && words[at + 1] === 0;
}

function isLong(words: Uint32Array, at: number, stat: Uint32Array, from: number): boolean {
  return words[at] === stat[from] && words[at + 1] === stat[from + 1];
}

const billion = 1_000_000_000;
const half = 2 ** 32;

// Nanoseconds as 64 bits, from seconds and nanoseconds, in numbers: each step stays below 2^53.
function isSameTime(stat: Uint32Array, from: number, words: Uint32Array, at: number): boolean {
  const seconds = stat[from] ?? 0;
  const nanoseconds = stat[from + 2] ?? 0;
  if (stat[from + 1] !== 0) return isSameDistantTime(stat, from, words, at);
  const upper = Math.floor(seconds / 65_536) * billion;
  const lower = (upper % 65_536) * 65_536 + (seconds % 65_536) * billion + nanoseconds;
  return words[at] === lower % half && words[at + 1] === Math.floor(upper / 65_536) + Math.floor(lower / half);
}

// Before 1970 and after 2106.
function isSameDistantTime(stat: Uint32Array, from: number, words: Uint32Array, at: number): boolean {
  const seconds = (BigInt((stat[from + 1] ?? 0) | 0) << 32n) | BigInt(stat[from] ?? 0);
  const time = BigInt.asUintN(64, seconds * BigInt(billion) + BigInt(stat[from + 2] ?? 0));
  return BigInt(words[at] ?? 0) === (time & 0xffff_ffffn) && BigInt(words[at + 1] ?? 0) === time >> 32n;
}

// sys/sysmacros.h, makedev.
function isSameDevice(
  stat: Uint32Array,
  from: number,
  words: Uint32Array,
  at: number,
  devices: ReadonlyMap<bigint, bigint> | undefined,
): boolean {
  const major = stat[from] ?? 0;
  const minor = stat[from + 1] ?? 0;
  const lower = (((major & 0xfff) << 8) | (minor & 0xff) | ((minor & 0xf_ff00) << 12)) >>> 0;
  const upper = ((major & 0xffff_f000) | (minor >>> 20)) >>> 0;
  if (devices === undefined) return words[at] === lower && words[at + 1] === upper;
  const seen = (BigInt(upper) << 32n) | BigInt(lower);
  return (devices.get(seen) ?? seen) === ((BigInt(words[at + 1] ?? 0) << 32n) | BigInt(words[at] ?? 0));
}
