// Makes a tree of everything a Unix file system allows, for tests and for trying by hand: node scripts/hostile-tree.ts FOLDER
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  closeSync,
  ftruncateSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { pathToFileURL } from 'node:url';
import { openPosixFiles } from '../src/engine/files/open-posix-files.ts';
import type { PosixFiles } from '../src/engine/files/posix-files.ts';

/** How the tree is made. */
export interface HostileTreeOptions {
  /** Size of the sparse file, 1 GiB unless told. */
  holeBytes?: number;
  /** Leaves out what restic 0.14 cannot restore: link targets that are not UTF-8, times after the year 2262. */
  forOldRestic?: boolean;
}

const raw = (text: string): Buffer => Buffer.from(text, 'latin1');
const isRoot = process.getuid?.() === 0;

/** Names that break programs: quoting, sorting, encodings, terminals, lengths. Raw bytes. */
export const hostileNames: Buffer[] = [
  raw('plain'),
  raw(' leading and trailing '),
  raw('-rf'),
  raw('--help'),
  raw('*?[a]'),
  raw('new\nline'),
  raw('tab\tand\rreturn'),
  raw('bell\x07back\x08feed\x0cvertical\x0b'),
  raw('escape\x1b[31mred'),
  raw('\x01\x02\x1f\x7f'),
  raw('quote"double'),
  raw("quote'single"),
  raw('back\\slash\\x41'),
  raw('dollar$HOME`id`'),
  raw('<html>&amp;'),
  raw('latin1 caf\xe9'),
  raw('bytes \xff\xfe\x80\xc0\xaf'),
  raw('surrogate \xed\xa0\x80'),
  raw('too big \xf4\x90\x80\x80'),
  raw('cut short \xe2\x82'),
  Buffer.from('emoji 😀👩‍👩‍👧'),
  Buffer.from('composed é'),
  Buffer.from('decomposed e\u0301'),
  Buffer.from('soft\u00adhyphen'),
  Buffer.from('no\u00a0break'),
  Buffer.from('line\u2028paragraph\u2029'),
  Buffer.from('private \ue000'),
  Buffer.from('right-to-left \u202etxt.exe'),
  Buffer.from('order \uffee'),
  Buffer.from('order \u{1f600}'),
  Buffer.from('tag \u{e0001}'),
  Buffer.from('ação, coração'),
  Buffer.from('replacement \ufffd'),
  raw('...'),
  raw('..a'),
  raw('x'.repeat(255)),
  Buffer.from('é'.repeat(127)),
];

/** Fills an existing, empty folder. What needs root or attributes is left out where it cannot be made. */
export async function makeHostileTree(folder: string, options: HostileTreeOptions = {}): Promise<void> {
  const files = await openPosixFiles();
  const at = (...names: (string | Buffer)[]): Buffer =>
    Buffer.concat([Buffer.from(folder), ...names.flatMap((name) => [raw('/'), Buffer.from(name as string)])]);
  makeNames(at);
  makeLinks(at, options.forOldRestic ?? false);
  makeSpecials(at, files);
  makeModes(at);
  makeAttributes(at, files);
  makeSparse(at, options.holeBytes ?? 1024 ** 3);
  makeTimes(at, files, options.forOldRestic ?? false);
  mkdirSync(at('empty folder'));
  mkdirSync(at('deep', 'er', 'and', 'deeper'), { recursive: true });
  writeFileSync(at('deep', 'er', 'and', 'deeper', 'file'), 'at the bottom\n');
}

type At = (...names: (string | Buffer)[]) => Buffer;

function makeNames(at: At): void {
  mkdirSync(at('names'));
  mkdirSync(at('folders'));
  for (const [index, name] of hostileNames.entries()) {
    writeFileSync(at('names', name), index % 5 === 0 ? '' : `content ${index}\n`);
    mkdirSync(at('folders', name));
    writeFileSync(at('folders', name, name), 'inside');
  }
}

function makeLinks(at: At, forOldRestic: boolean): void {
  mkdirSync(at('links'));
  const targets = [
    '../names/plain',
    '/nowhere at all',
    '.',
    '..',
    '/',
    'loop',

    raw('<&> "q"\n'),
    'x'.repeat(1000),
  ];
  for (const [index, target] of targets.entries()) symlinkSync(target, at('links', `to ${index}`));
  if (!forOldRestic) symlinkSync(raw('non-utf8 \xff'), at('links', 'raw'));
  symlinkSync('loop', at('links', 'loop'));
  writeFileSync(at('links', 'first'), 'one file, three names\n');
  linkSync(at('links', 'first'), at('links', 'second'));
  linkSync(at('links', 'first'), at('names', raw('third \xff')));
}

function makeSpecials(at: At, files: PosixFiles): void {
  mkdirSync(at('specials'));
  if (files.limits.length > 0) return;
  files.makeSpecial(at('specials', 'fifo'), 0o010644, 0n);
  if (!isRoot) return;
  files.makeSpecial(at('specials', 'null'), 0o020666, 0x103n);
  files.makeSpecial(at('specials', 'disk'), 0o060660, 0x7_fee01n);
  files.makeSpecial(at('specials', 'large numbers'), 0o020600, 0xffff_fffen);
}

function makeModes(at: At): void {
  mkdirSync(at('modes'));
  for (const mode of [0o000, 0o400, 0o644, 0o777, 0o1777, 0o2755, 0o4755, 0o6711]) {
    writeFileSync(at('modes', `file ${mode.toString(8)}`), 'x');
    mkdirSync(at('modes', `folder ${mode.toString(8)}`));
    if (isRoot && mode % 2 === 1) chownSync(at('modes', `file ${mode.toString(8)}`), 12345, 4_000_000_000);
    chmodSync(at('modes', `file ${mode.toString(8)}`), mode);
    chmodSync(at('modes', `folder ${mode.toString(8)}`), isRoot ? mode : mode | 0o700);
  }
  if (!isRoot) return;
  symlinkSync('owned by another', at('modes', 'link'));
  lchownSync(at('modes', 'link'), 1, 2);
}

function makeAttributes(at: At, files: PosixFiles): void {
  mkdirSync(at('attributes'));
  writeFileSync(at('attributes', 'file'), 'x');
  const set = (path: Buffer, name: Buffer, value: Buffer): void => {
    try {
      files.setAttribute(path, { name, value });
    } catch {
      // Not every file system has them.
    }
  };
  for (const path of [at('attributes', 'file'), at('attributes')]) {
    set(path, raw('user.plain'), raw('value'));
    set(path, raw('user.binary'), Buffer.from([0, 1, 2, 255, 254]));
    set(path, raw('user.empty'), Buffer.alloc(0));
    set(path, Buffer.from('user.<é&😀>'), Buffer.from('ü'));
    set(path, raw('user.large'), Buffer.alloc(2000, 7));
    if (isRoot) set(path, raw('trusted.only root'), raw('sees this'));
  }
  writeFileSync(at('attributes', 'with acl'), 'x');
  spawnSync('setfacl', ['-m', 'u:1:rw,g:2:r', at('attributes', 'with acl').toString()]);
  mkdirSync(at('attributes', 'folder with default acl'));
  spawnSync('setfacl', ['-d', '-m', 'u:1:rwx', at('attributes', 'folder with default acl').toString()]);
  // CAP_NET_BIND_SERVICE, effective (linux/capability.h, VFS_CAP_REVISION_2).
  const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
  writeFileSync(at('attributes', 'capable'), 'x', { mode: 0o755 });
  if (isRoot) set(at('attributes', 'capable'), raw('security.capability'), capability);
}

function makeSparse(at: At, holeBytes: number): void {
  const file = openSync(at('sparse'), 'w');
  writeSync(file, 'start', 0);
  writeSync(file, 'middle', Math.floor(holeBytes / 2));
  ftruncateSync(file, holeBytes);
  closeSync(file);
  const hole = openSync(at('only a hole'), 'w');
  ftruncateSync(hole, Math.min(holeBytes, 64 * 1024 * 1024));
  closeSync(hole);
}

// The last is beyond what RFC 3339 has; most file systems store less and say so by clamping.
const seconds = [
  0n,
  -1n,
  -2_208_988_800n,
  2_147_483_648n,
  4_294_967_296n,
  13_569_465_600n,
  -62_200_000_000n,
  999_999_999_999n,
];
const endOf64BitNanoseconds = 9_223_372_036n;

function makeTimes(at: At, files: PosixFiles, forOldRestic: boolean): void {
  mkdirSync(at('times'));
  for (const second of seconds) {
    if (forOldRestic && second > endOf64BitNanoseconds) continue;
    for (const nanoseconds of [0n, 1n, 123_456_789n, 500_000_000n, 999_999_999n]) {
      const path = at('times', `${second} ${nanoseconds}`);
      writeFileSync(path, '');
      files.setTimes(path, second * 1_000_000_000n, second * 1_000_000_000n + nanoseconds);
    }
  }
  files.setTimes(at('links', 'to 0'), 0n, 1_111_111_111_222_333_444n);
  files.setTimes(at('times'), 0n, 1_000_000_000_000_000_001n);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('give the folder to make');
  mkdirSync(folder, { recursive: true });
  await makeHostileTree(folder);
  console.log(`made ${folder}`);
}
