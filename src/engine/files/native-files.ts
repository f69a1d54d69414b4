// The system calls that node:fs lacks, by way of the C library that the node process has loaded anyway.
import { constants } from 'node:os';
import { type CLibrary, loadCLibrary } from '../../base/c-library.ts';
import type { ExtendedAttribute } from '../format/tree.ts';
import type { PosixFiles } from './posix-files.ts';
import { remember } from './remember.ts';
import { systemError } from './system-error.ts';

const { ENOENT, ENODATA, ENOTSUP, ENXIO, ERANGE } = constants.errno;

/** Everything kept, or undefined where the C library cannot be reached (then `portableFiles`). */
export async function nativeFiles(): Promise<PosixFiles | undefined> {
  // The structures below are Linux's on 64 bits.
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return undefined;
  try {
    return overLibrary(await loadCLibrary());
  } catch {
    return undefined;
  }
}

// Linux limits.h, XATTR_LIST_MAX and XATTR_SIZE_MAX.
const maxAttributeBytes = 65_536;
// The kernel makes as much memory as it is told to fill, for every file anew; hardly any has names of more than this.
const usualNamesBytes = 512;
// fcntl.h: paths are relative to the working folder; the last part of a path is not followed.
const atWorkingFolder = -100;
const noFollow = 0x100;
// unistd.h.
const [seekEnd, seekData, seekHole] = [2, 3, 4];

function overLibrary({ bind, errno, stringAt }: CLibrary): PosixFiles {
  const list = bind('int64 llistxattr(const void *path, void *list, size_t size)');
  const get = bind('int64 lgetxattr(const void *path, const void *name, void *value, size_t size)');
  const listOpen = bind('int64 flistxattr(int fd, void *list, size_t size)');
  const getOpen = bind('int64 fgetxattr(int fd, const void *name, void *value, size_t size)');
  const set = bind('int lsetxattr(const void *path, const void *name, const void *value, size_t size, int flags)');
  const remove = bind('int lremovexattr(const void *path, const void *name)');
  const setTimes = bind('int utimensat(int folder, const void *path, const void *times, int flags)');
  const setTimesOf = bind('int futimens(int fd, const void *times)');
  const seek = bind('int64 lseek(int fd, int64 offset, int whence)');
  const makeNode = bindMakeNode(bind);
  const names = Buffer.allocUnsafeSlow(maxAttributeBytes);
  const value = Buffer.allocUnsafeSlow(maxAttributeBytes);
  const times = new BigInt64Array(4);
  const check = (result: unknown, call: string, path: Buffer): void => {
    if (result !== 0) throw systemError(errno(), call, path);
  };
  const attributes = (
    path: Buffer,
    listNames: (bytes: number) => unknown,
    read: (name: Buffer) => unknown,
  ): ExtendedAttribute[] => {
    let length = Number(listNames(usualNamesBytes));
    if (length < 0 && errno() === ERANGE) length = Number(listNames(names.length));
    if (length === 0) return [];
    if (length < 0) {
      const reason = errno();
      if (reason === ENOTSUP) return [];
      throw systemError(reason, 'listxattr', path);
    }
    const found: ExtendedAttribute[] = [];
    for (const name of splitNames(names.subarray(0, length))) {
      const size = Number(read(cString(name)));
      const reason = size < 0 ? errno() : 0;
      // Gone since it was listed.
      if (reason === ENODATA) continue;
      if (reason !== 0) throw systemError(reason, 'getxattr', path);
      found.push({ name, value: Buffer.from(value.subarray(0, size)) });
    }
    return found;
  };
  return {
    limits: [],
    listAttributes(path) {
      const cPath = cString(path);
      return attributes(
        path,
        (bytes) => list(cPath, names, bytes),
        (name) => get(cPath, name, value, value.length),
      );
    },
    listAttributesOf(fd, path) {
      return attributes(
        path,
        (bytes) => listOpen(fd, names, bytes),
        (name) => getOpen(fd, name, value, value.length),
      );
    },
    setAttribute(path, attribute) {
      const { name, value: bytes } = attribute;
      check(set(cString(path), cString(name), bytes, bytes.length, 0), 'lsetxattr', path);
    },
    removeAttribute(path, name) {
      check(remove(cString(path), cString(name)), 'lremovexattr', path);
    },
    setTimes(path, atimeNs, mtimeNs) {
      check(setTimes(atWorkingFolder, cString(path), fillTimes(times, atimeNs, mtimeNs), noFollow), 'utimensat', path);
    },
    setTimesOf(fd, path, atimeNs, mtimeNs) {
      check(setTimesOf(fd, fillTimes(times, atimeNs, mtimeNs)), 'futimens', path);
    },
    nextHole(fd, offset) {
      const start = Number(seek(fd, offset, seekHole));
      if (start < 0) return undefined;
      const data = Number(seek(fd, start, seekData));
      // No data behind it: it goes on to the end, and the end itself counts as a hole of no length.
      const end = data < 0 && errno() === ENXIO ? Number(seek(fd, 0, seekEnd)) : data;
      return end > start ? { start, end } : undefined;
    },
    makeSpecial(path, statMode, device) {
      check(makeNode(cString(path), statMode, device), 'mknod', path);
    },
    ...accountNames(bind, stringAt),
  };
}

// glibc before 2.33 (still in use where Node 24 runs) exports the call under its inner name only.
function bindMakeNode(bind: CLibrary['bind']): (path: Buffer, mode: number, device: bigint) => unknown {
  try {
    return bind('int mknod(const void *path, uint32 mode, uint64 device)');
  } catch {
    const inner = bind('int __xmknod(int version, const void *path, uint32 mode, const void *device)');
    return (path, mode, device) => inner(0, path, mode, BigUint64Array.of(device));
  }
}

function accountNames(
  bind: CLibrary['bind'],
  stringAt: CLibrary['stringAt'],
): Pick<PosixFiles, 'userName' | 'groupName'> {
  const lookUp = (declaration: string): ((id: number) => string | undefined) => {
    const call = bind(declaration);
    // struct passwd and struct group both start with the pointer to the name and are shorter than this.
    const record = Buffer.alloc(64);
    const found = Buffer.alloc(8);
    return remember((id) => {
      for (let size = 4096; size <= 4 * 1024 * 1024; size *= 8) {
        const text = Buffer.alloc(size);
        const reason = call(id, record, text, size, found);
        if (reason === ERANGE) continue;
        return reason === 0 && found.readBigUInt64LE(0) !== 0n ? stringAt(record) : undefined;
      }
      return undefined;
    });
  };
  return {
    userName: lookUp('int getpwuid_r(uint32 uid, void *record, void *text, size_t size, void *found)'),
    groupName: lookUp('int getgrgid_r(uint32 gid, void *record, void *text, size_t size, void *found)'),
  };
}

function cString(bytes: Buffer): Buffer {
  if (bytes.includes(0)) throw systemError(ENOENT, 'open', bytes);
  const text = Buffer.allocUnsafe(bytes.length + 1);
  bytes.copy(text);
  text[bytes.length] = 0;
  return text;
}

function splitNames(list: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let from = 0; from < list.length; ) {
    const end = list.indexOf(0, from);
    names.push(Buffer.from(list.subarray(from, end)));
    from = end + 1;
  }
  return names;
}

// Two of struct timespec: whole seconds rounded down, and nanoseconds that are never negative.
function fillTimes(times: BigInt64Array, atimeNs: bigint, mtimeNs: bigint): BigInt64Array {
  for (const [at, ns] of [atimeNs, mtimeNs].entries()) {
    const nanoseconds = ((ns % second) + second) % second;
    times[at * 2] = (ns - nanoseconds) / second;
    times[at * 2 + 1] = nanoseconds;
  }
  return times;
}

const second = 1_000_000_000n;
