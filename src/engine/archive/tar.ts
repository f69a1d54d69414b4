// Writes entries as a tar stream: ustar headers (POSIX.1-1988), with pax records (POSIX.1-2001) for whatever does not fit
// into them: long names, large sizes, times before 1970.
import { permissionBits } from '../format/file-mode.ts';
import type { ArchiveEntry } from './archive-entry.ts';

const blockBytes = 512;
const sizeMax = 0o77777777777;

/** The bytes of a tar file that holds the entries; each piece belongs to the receiver. */
export async function* tarStream(entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<Buffer> {
  for await (const entry of entries) {
    yield* headers(entry);
    let written = 0;
    for await (const piece of entry.content()) {
      written += piece.length;
      yield piece;
    }
    yield Buffer.alloc(paddingOf(written));
  }
  // Two empty blocks end the archive.
  yield Buffer.alloc(2 * blockBytes);
}

function* headers(entry: ArchiveEntry): Generator<Buffer> {
  const { node, size } = entry;
  const name = node.type === 'dir' ? Buffer.concat([entry.name, Buffer.from('/')]) : entry.name;
  const link = node.type === 'symlink' ? (node.linkTarget ?? Buffer.alloc(0)) : Buffer.alloc(0);
  const seconds = Number(node.mtime.ns / 1_000_000_000n);
  const records = [
    ...(name.length > 100 ? [record('path', name)] : []),
    ...(link.length > 100 ? [record('linkpath', link)] : []),
    ...(size > sizeMax ? [record('size', Buffer.from(String(size)))] : []),
    ...(seconds < 0 || seconds > sizeMax ? [record('mtime', Buffer.from(String(seconds)))] : []),
  ];
  if (records.length > 0) {
    const body = Buffer.concat(records);
    yield header({ name: Buffer.from('pax'), link: Buffer.alloc(0), type: 'x', mode: 0o644, size: body.length, entry });
    yield body;
    yield Buffer.alloc(paddingOf(body.length));
  }
  const type = node.type === 'dir' ? '5' : node.type === 'symlink' ? '2' : '0';
  yield header({ name, link, type, mode: permissionBits(node.mode), size: Math.min(size, sizeMax), entry });
}

interface HeaderFields {
  name: Buffer;
  link: Buffer;
  type: string;
  mode: number;
  size: number;
  entry: ArchiveEntry;
}

function header({ name, link, type, mode, size, entry: { node } }: HeaderFields): Buffer {
  const block = Buffer.alloc(blockBytes);
  const seconds = Number(node.mtime.ns / 1_000_000_000n);
  name.copy(block, 0, 0, 100);
  octal(block, 100, 8, mode);
  octal(block, 108, 8, Math.min(node.uid, 0o7777777));
  octal(block, 116, 8, Math.min(node.gid, 0o7777777));
  octal(block, 124, 12, size);
  octal(block, 136, 12, Math.min(sizeMax, Math.max(0, seconds)));
  block.write(type, 156);
  link.copy(block, 157, 0, 100);
  block.write('ustar\0' + '00', 257, 'latin1');
  Buffer.from(node.user ?? '').copy(block, 265, 0, 31);
  Buffer.from(node.group ?? '').copy(block, 297, 0, 31);
  // The sum is made with blanks in its own place.
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function octal(block: Buffer, at: number, width: number, value: number): void {
  block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
}

// `LENGTH KEY=VALUE\n`, where the length counts its own digits too.
function record(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}
