// Writes entries as a zip stream (PKWARE APPNOTE 6.3): deflate, sizes after the content, zip64 throughout, UTF-8 names, Unix
// modes. Nothing is kept but the directory at the end.
import { crc32, createDeflateRaw } from 'node:zlib';
import { Readable } from 'node:stream';
import type { ArchiveEntry } from './archive-entry.ts';
import { permissionBits } from '../format/file-mode.ts';

/** What a zip needs of an entry: an `ArchiveEntry` has it, and whoever makes one by hand needs no more. */
export interface ZipEntry extends Pick<ArchiveEntry, 'name' | 'content'> {
  node: Pick<ArchiveEntry['node'], 'type' | 'mode' | 'mtime' | 'linkTarget'>;
}

interface Kept {
  name: Buffer;
  time: number;
  date: number;
  method: number;
  crc: number;
  size: bigint;
  packed: bigint;
  offset: bigint;
  attributes: number;
}

const versionNeeded = 45;
const madeByUnix = (3 << 8) | versionNeeded;
// Sizes follow the content (bit 3); names are UTF-8 (bit 11).
const flags = 0x0808;
const all32 = 0xffff_ffff;
const all16 = 0xffff;

/** The bytes of a zip file that holds the entries; each piece belongs to the receiver. */
export async function* zipStream(entries: AsyncIterable<ZipEntry> | Iterable<ZipEntry>): AsyncGenerator<Buffer> {
  const directory: Kept[] = [];
  let at = 0n;
  for await (const entry of entries) {
    const kept = describe(entry, at);
    const head = localHeader(kept);
    yield head;
    const sums = { crc: 0, size: 0n, packed: 0n };
    for await (const piece of packedContent(entry, sums)) yield piece;
    Object.assign(kept, sums);
    const tail = dataDescriptor(kept);
    yield tail;
    at += BigInt(head.length) + kept.packed + BigInt(tail.length);
    directory.push(kept);
  }
  const start = at;
  for (const kept of directory) {
    const line = directoryLine(kept);
    at += BigInt(line.length);
    yield line;
  }
  yield endOfDirectory(directory.length, start, at - start);
}

// A link's target is its content, as Info-ZIP has it.
async function* packedContent(
  entry: ZipEntry,
  sums: { crc: number; size: bigint; packed: bigint },
): AsyncGenerator<Buffer> {
  const { node } = entry;
  if (node.type === 'dir') return;
  const plain = node.type === 'symlink' ? [node.linkTarget ?? Buffer.alloc(0)] : entry.content();
  const counted = Readable.from(
    (async function* () {
      for await (const piece of plain) {
        sums.crc = crc32(piece, sums.crc);
        sums.size += BigInt(piece.length);
        yield piece;
      }
    })(),
  );
  const deflate = createDeflateRaw({ level: 6 });
  counted.on('error', (error) => deflate.destroy(error));
  for await (const piece of counted.pipe(deflate) as AsyncIterable<Buffer>) {
    sums.packed += BigInt(piece.length);
    yield piece;
  }
}

function describe({ name, node }: ZipEntry, offset: bigint): Kept {
  const when = new Date(Number(node.mtime.ns / 1_000_000n));
  const year = Math.min(2107, Math.max(1980, when.getFullYear()));
  const typeBits = node.type === 'dir' ? 0o040000 : node.type === 'symlink' ? 0o120000 : 0o100000;
  const mode = typeBits | permissionBits(node.mode);
  return {
    name: node.type === 'dir' ? Buffer.concat([name, Buffer.from('/')]) : name,
    time: (when.getHours() << 11) | (when.getMinutes() << 5) | (when.getSeconds() >> 1),
    date: ((year - 1980) << 9) | ((when.getMonth() + 1) << 5) | when.getDate(),
    method: node.type === 'dir' ? 0 : 8,
    crc: 0,
    size: 0n,
    packed: 0n,
    offset,
    attributes: mode * 0x1_0000 + (node.type === 'dir' ? 0x10 : 0),
  };
}

function localHeader({ name, time, date, method }: Kept): Buffer {
  // The zip64 field says that the sizes after the content have eight bytes each.
  const extra = Buffer.alloc(20);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(16, 2);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(versionNeeded, 4);
  head.writeUInt16LE(flags, 6);
  head.writeUInt16LE(method, 8);
  head.writeUInt16LE(time, 10);
  head.writeUInt16LE(date, 12);
  head.writeUInt32LE(all32, 18);
  head.writeUInt32LE(all32, 22);
  head.writeUInt16LE(name.length, 26);
  head.writeUInt16LE(extra.length, 28);
  return Buffer.concat([head, name, extra]);
}

function dataDescriptor({ crc, packed, size }: Kept): Buffer {
  const tail = Buffer.alloc(24);
  tail.writeUInt32LE(0x08074b50, 0);
  tail.writeUInt32LE(crc, 4);
  tail.writeBigUInt64LE(packed, 8);
  tail.writeBigUInt64LE(size, 16);
  return tail;
}

function directoryLine(kept: Kept): Buffer {
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(kept.size, 4);
  extra.writeBigUInt64LE(kept.packed, 12);
  extra.writeBigUInt64LE(kept.offset, 20);
  const line = Buffer.alloc(46);
  line.writeUInt32LE(0x02014b50, 0);
  line.writeUInt16LE(madeByUnix, 4);
  line.writeUInt16LE(versionNeeded, 6);
  line.writeUInt16LE(flags, 8);
  line.writeUInt16LE(kept.method, 10);
  line.writeUInt16LE(kept.time, 12);
  line.writeUInt16LE(kept.date, 14);
  line.writeUInt32LE(kept.crc, 16);
  line.writeUInt32LE(all32, 20);
  line.writeUInt32LE(all32, 24);
  line.writeUInt16LE(kept.name.length, 28);
  line.writeUInt16LE(extra.length, 30);
  line.writeUInt32LE(kept.attributes, 38);
  line.writeUInt32LE(all32, 42);
  return Buffer.concat([line, kept.name, extra]);
}

function endOfDirectory(count: number, start: bigint, size: bigint): Buffer {
  const end = Buffer.alloc(56 + 20 + 22);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(madeByUnix, 12);
  end.writeUInt16LE(versionNeeded, 14);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(size, 40);
  end.writeBigUInt64LE(start, 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(start + size, 64);
  end.writeUInt32LE(1, 72);
  end.writeUInt32LE(0x06054b50, 76);
  end.writeUInt16LE(Math.min(count, all16), 84);
  end.writeUInt16LE(Math.min(count, all16), 86);
  end.writeUInt32LE(all32, 88);
  end.writeUInt32LE(all32, 92);
  return end;
}
