// The same with node:fs alone, for machines where the C library cannot be reached. It says what it loses.
import { futimesSync, lutimesSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { PosixFiles } from './posix-files.ts';
import { remember } from './remember.ts';
import { systemError } from './system-error.ts';

/** Keeps content, permissions, owners and links. `limits` says what it does not keep. */
export function portableFiles(): PosixFiles {
  const cannot = (call: string, path: Buffer): never => {
    throw systemError(constants.errno.ENOTSUP, call, path);
  };
  return {
    limits: [
      'extended attributes and ACLs',
      'FIFOs, devices and sockets',
      'times finer than a microsecond',
      'account names that are not in /etc/passwd and /etc/group',
    ],
    listAttributes: () => [],
    listAttributesOf: () => [],
    setAttribute: (path) => cannot('lsetxattr', path),
    removeAttribute: (path) => cannot('lremovexattr', path),
    setTimes: (path, atimeNs, mtimeNs) => lutimesSync(path, seconds(atimeNs), seconds(mtimeNs)),
    setTimesOf: (fd, _path, atimeNs, mtimeNs) => futimesSync(fd, seconds(atimeNs), seconds(mtimeNs)),
    // Holes are read as the zeros that they are.
    nextHole: () => undefined,
    makeSpecial: (path) => cannot('mknod', path),
    userName: namesOf('/etc/passwd'),
    groupName: namesOf('/etc/group'),
  };
}

function seconds(ns: bigint): number {
  return Number(ns / 1000n) / 1e6;
}

// passwd(5), group(5): the name is the first field, the id the third.
function namesOf(file: string): (id: number) => string | undefined {
  let names: Map<number, string> | undefined;
  return remember((id) => {
    names ??= readNames(file);
    return names.get(id);
  });
}

function readNames(file: string): Map<number, string> {
  const names = new Map<number, string>();
  try {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const [name, , id] = line.split(':');
      if (name && id && /^\d+$/.test(id) && !names.has(Number(id))) names.set(Number(id), name);
    }
  } catch {
    // A machine without such a file has no names to offer.
  }
  return names;
}
