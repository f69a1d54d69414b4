// Compares two trees in everything that can be seen of them: names, types, content, modes, owners, times, links, attributes.
import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { openPosixFiles } from '../../src/engine/files/open-posix-files.ts';

/** What not to compare. */
export interface CompareOptions {
  ignore?: readonly ('mtime' | 'folder-mtime' | 'owner' | 'attributes' | 'content' | 'mode')[];
}

/**
 * The differences in words, empty when the trees are equal. Hard links are compared by which names belong together.
 * Years before 0 and after 9999 are expected where RFC 3339 ends.
 */
export async function compareTrees(left: string, right: string, options: CompareOptions = {}): Promise<string[]> {
  const files = await openPosixFiles();
  const ignored = new Set(options.ignore ?? []);
  const differences: string[] = [];
  const names = new Map<string, string>();
  const walk = (a: Buffer, b: Buffer, shown: string): void => {
    const before = lstatSync(a, { bigint: true });
    const after = lstatSync(b, { bigint: true, throwIfNoEntry: false });
    if (after === undefined) {
      differences.push(`${shown}: missing`);
      return;
    }
    const differ = (what: string, one: unknown, other: unknown): void => {
      if (one !== other) differences.push(`${shown}: ${what} ${String(one)} became ${String(other)}`);
    };
    differ('type', before.mode & 0o170000n, after.mode & 0o170000n);
    if (!ignored.has('mode')) differ('mode', (before.mode & 0o7777n).toString(8), (after.mode & 0o7777n).toString(8));
    if (!ignored.has('owner')) differ('owner', `${before.uid}:${before.gid}`, `${after.uid}:${after.gid}`);
    if (!ignored.has('mtime') && !(before.isDirectory() && ignored.has('folder-mtime'))) {
      differ('mtime', before.mtimeNs, after.mtimeNs);
    }
    if (!before.isDirectory()) differ('links', before.nlink, after.nlink);
    if (before.nlink > 1n && !before.isDirectory()) {
      const id = `a${before.ino}`;
      const other = `b${after.ino}`;
      differ('hard link', names.get(id) ?? other, other);
      names.set(id, other);
    }
    if (!ignored.has('attributes')) {
      const show = (path: Buffer): string =>
        files
          .listAttributes(path)
          .map(({ name, value }) => `${name.toString('latin1')}=${value.toString('hex')}`)
          .sort()
          .join(' ');
      differ('attributes', show(a), show(b));
    }
    if (before.isSymbolicLink()) {
      differ('target', readlinkSync(a, { encoding: 'latin1' }), readlinkSync(b, { encoding: 'latin1' }));
    }
    if (before.isFile()) {
      differ('size', before.size, after.size);
      if (before.size === after.size && !ignored.has('content')) differ('content', digest(a, before), digest(b, after));
    }
    if (before.isBlockDevice() || before.isCharacterDevice()) differ('device', before.rdev, after.rdev);
    if (before.isDirectory() && after.isDirectory()) walkFolder(a, b, shown);
  };
  const walkFolder = (a: Buffer, b: Buffer, shown: string): void => {
    const list = (path: Buffer): string[] => readdirSync(path, { encoding: 'latin1' });
    const there = new Set(list(b));
    for (const name of list(a)) {
      there.delete(name);
      const child = (folder: Buffer): Buffer => Buffer.concat([folder, Buffer.from(`/${name}`, 'latin1')]);
      walk(child(a), child(b), `${shown}/${JSON.stringify(name).slice(1, -1)}`);
    }
    for (const name of there) differences.push(`${shown}/${JSON.stringify(name).slice(1, -1)}: was not there before`);
  };
  walk(Buffer.from(left), Buffer.from(right), '');
  return differences;
}

const chunk = Buffer.allocUnsafe(1024 * 1024);

function digest(path: Buffer, stat: BigIntStats): string {
  if (stat.size === 0n) return 'empty';
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  try {
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) hash.update(chunk.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}
