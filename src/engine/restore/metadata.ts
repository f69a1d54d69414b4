// Gives a restored entry everything but its content, in the order in which nothing undoes what came before:
// owner (clears setuid), attributes (chown clears capabilities), times, permissions.
import { chmodSync, fchmodSync, fchownSync, fstatSync, lchownSync, lstatSync, type Stats } from 'node:fs';
import type { PosixFiles } from '../files/posix-files.ts';
import { permissionBits } from '../format/file-mode.ts';
import type { ExtendedAttribute, TreeNode } from '../format/tree.ts';
import type { Aspect } from './events.ts';

/** What a restored entry gets. Times in nanoseconds since 1970, the mode is Go's. */
export interface Metadata {
  isLink: boolean;
  mode: number;
  uid: number;
  gid: number;
  atimeNs: bigint;
  mtimeNs: bigint;
  extendedAttributes: readonly ExtendedAttribute[];
}

/** What a snapshot's entry says of it. */
export function metadataOf({ type, mode, uid, gid, atime, mtime, extendedAttributes }: TreeNode): Metadata {
  return { isLink: type === 'symlink', mode, uid, gid, atimeNs: atime.ns, mtimeNs: mtime.ns, extendedAttributes };
}

/** Sets what can be set and tells the rest. It never throws: an entry without its owner is better than none. */
export function setMetadata(
  path: Buffer,
  metadata: Metadata,
  files: PosixFiles,
  onNotSet: (aspect: Aspect, error: unknown) => void,
): void {
  const reach: Reach = {
    stat: () => lstatSync(path),
    chown: (uid, gid) => lchownSync(path, uid, gid),
    chmod: (mode) => chmodSync(path, mode),
    attributes: () => files.listAttributes(path),
    setTimes: (atimeNs, mtimeNs) => files.setTimes(path, atimeNs, mtimeNs),
  };
  setReached(reach, path, metadata, files, onNotSet);
}

/** The same for a file that is open, for which no path has to be walked again and again. */
export function setMetadataOf(
  fd: number,
  path: Buffer,
  metadata: Metadata,
  files: PosixFiles,
  onNotSet: (aspect: Aspect, error: unknown) => void,
): void {
  const reach: Reach = {
    stat: () => fstatSync(fd),
    chown: (uid, gid) => fchownSync(fd, uid, gid),
    chmod: (mode) => fchmodSync(fd, mode),
    attributes: () => files.listAttributesOf(fd, path),
    setTimes: (atimeNs, mtimeNs) => files.setTimesOf(fd, path, atimeNs, mtimeNs),
  };
  setReached(reach, path, metadata, files, onNotSet);
}

/** An entry, by its path or by a descriptor. */
interface Reach {
  stat(): Stats;
  chown(uid: number, gid: number): void;
  chmod(mode: number): void;
  attributes(): ExtendedAttribute[];
  setTimes(atimeNs: bigint, mtimeNs: bigint): void;
}

function setReached(
  reach: Reach,
  path: Buffer,
  metadata: Metadata,
  files: PosixFiles,
  onNotSet: (aspect: Aspect, error: unknown) => void,
): void {
  const attempt = (aspect: Aspect, action: () => void): boolean => {
    try {
      action();
      return true;
    } catch (error) {
      onNotSet(aspect, error);
      return false;
    }
  };
  const isOwned = attempt('owner', () => setOwner(reach, metadata));
  attempt('attributes', () => setAttributes(reach, path, metadata, files));
  attempt('times', () => reach.setTimes(metadata.atimeNs, metadata.mtimeNs));
  if (!metadata.isLink) attempt('mode', () => setMode(reach, permissionBits(metadata.mode), isOwned));
}

function setOwner(reach: Reach, { uid, gid }: Metadata): void {
  const stat = reach.stat();
  if (stat.uid !== uid || stat.gid !== gid) reach.chown(uid, gid);
}

// A program that runs as its owner must not run as somebody else than it was meant to.
function setMode(reach: Reach, mode: number, isOwned: boolean): void {
  const lent = mode & 0o6000;
  reach.chmod(isOwned ? mode : mode & ~lent);
  if (lent !== 0 && !isOwned) throw new Error('setuid and setgid are left off, because the owner could not be set');
}

// The kernel gives this one to every file where SELinux is on; without a wanted value its own choice is right.
const keptAttribute = Buffer.from('security.selinux');

function setAttributes(reach: Reach, path: Buffer, { extendedAttributes }: Metadata, files: PosixFiles): void {
  if (files.limits.length > 0) {
    if (extendedAttributes.length > 0) throw new Error('this machine offers no way to set extended attributes');
    return;
  }
  let problem: unknown;
  const attempt = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      problem ??= error;
    }
  };
  const there = reach.attributes();
  for (const { name } of there) {
    const isWanted = extendedAttributes.some((wanted) => wanted.name.equals(name));
    if (!isWanted && !name.equals(keptAttribute)) attempt(() => files.removeAttribute(path, name));
  }
  for (const wanted of extendedAttributes) {
    const isSet = there.some(({ name, value }) => name.equals(wanted.name) && value.equals(wanted.value));
    if (!isSet) attempt(() => files.setAttribute(path, wanted));
  }
  if (problem !== undefined) throw problem as Error;
}
