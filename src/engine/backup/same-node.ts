// Has an entry changed since the parent snapshot?
import type { BigIntStats } from 'node:fs';
import type { PosixFiles } from '../files/posix-files.ts';
import { goMode } from '../format/file-mode.ts';
import type { ExtendedAttribute, TreeNode } from '../format/tree.ts';

/** What a change of is not taken as a change of the file. */
export interface ChangeOptions {
  /** Reads every file again. */
  force?: boolean;
  ignoreCtime?: boolean;
  /** Ignores the inode and, as restic does, the change time with it. */
  ignoreInode?: boolean;
  /** True for paths whose files never change once they are there: the same size is enough, whatever their times and inodes say. */
  isImmutable?: (path: Buffer) => boolean;
  /**
   * Raw paths at which the parent may have a file that lies elsewhere now. Its content is taken from there, without reading it, when
   * inode, size and time are the same: for files that never change once they are there.
   */
  whereItWas?: (stat: BigIntStats) => readonly Buffer[];
  /** Tells of each file that the parent has why it is read again. */
  explains?: boolean;
}

/** True when the file's content may be taken from the parent without reading (restic internal/archiver, fileChanged). */
export function isContentUnchanged(before: TreeNode, stat: BigIntStats, options: ChangeOptions): boolean {
  if (options.force === true || before.type !== 'file' || before.content === null) return false;
  const isSameInode = options.ignoreInode === true || before.inode === stat.ino;
  const isSameCtime = options.ignoreCtime === true || options.ignoreInode === true || before.ctime.ns === stat.ctimeNs;
  return before.size === stat.size && before.mtime.ns === stat.mtimeNs && isSameCtime && isSameInode;
}

/** True when the file lies where nothing changes once it is there, and has the size that the parent knows. */
export function isKnownImmutable(before: TreeNode, stat: BigIntStats, path: Buffer, options: ChangeOptions): boolean {
  if (options.force === true || before.type !== 'file' || before.content === null) return false;
  return before.size === stat.size && options.isImmutable?.(path) === true;
}

/** True when the file, which had another name, is the one that the parent knows: a rename changes no more than the change time. */
export function isMoved(before: TreeNode, stat: BigIntStats): boolean {
  return isContentUnchanged(before, stat, { ignoreCtime: true });
}

/** Who an entry belongs to, by name. */
export type AccountNames = Pick<PosixFiles, 'userName' | 'groupName'>;

/**
 * True when the whole node may be taken from the parent: whatever changes an entry, its extended attributes included, sets
 * its change time (POSIX.1-2024, XBD 4.12), so that nothing else need be asked of the system. Content is not looked at.
 */
export function isUntouched(before: TreeNode, stat: BigIntStats, names: AccountNames, withAtime: boolean): boolean {
  return (
    before.ctime.ns === stat.ctimeNs &&
    before.mtime.ns === stat.mtimeNs &&
    before.inode === stat.ino &&
    before.size === stat.size &&
    before.deviceId === stat.dev &&
    before.links === stat.nlink &&
    before.atime.ns === (withAtime ? stat.atimeNs : stat.mtimeNs) &&
    before.mode === goMode(Number(stat.mode)) &&
    before.uid === Number(stat.uid) &&
    before.gid === Number(stat.gid) &&
    before.user === names.userName(before.uid) &&
    before.group === names.groupName(before.gid) &&
    before.error === undefined &&
    before.genericAttributes === undefined
  );
}

/** True when two nodes say the same. Times are compared as moments: a changed time zone is no change. */
export function isSameNode(left: TreeNode, right: TreeNode): boolean {
  return (
    left.type === right.type &&
    left.mode === right.mode &&
    left.mtime.ns === right.mtime.ns &&
    left.ctime.ns === right.ctime.ns &&
    left.atime.ns === right.atime.ns &&
    left.size === right.size &&
    left.inode === right.inode &&
    left.deviceId === right.deviceId &&
    left.uid === right.uid &&
    left.gid === right.gid &&
    left.user === right.user &&
    left.group === right.group &&
    left.links === right.links &&
    left.device === right.device &&
    left.subtree === right.subtree &&
    left.error === right.error &&
    left.name.equals(right.name) &&
    isSameText(left.linkTarget, right.linkTarget) &&
    isSameContent(left.content, right.content) &&
    areSameAttributes(left.extendedAttributes, right.extendedAttributes) &&
    left.genericAttributes === right.genericAttributes
  );
}

function isSameText(left: Buffer | undefined, right: Buffer | undefined): boolean {
  return left === right || (left !== undefined && right !== undefined && left.equals(right));
}

function isSameContent(left: readonly string[] | null, right: readonly string[] | null): boolean {
  if (left === right) return true;
  if (left === null || right === null || left.length !== right.length) return false;
  return left.every((id, index) => id === right[index]);
}

function areSameAttributes(left: readonly ExtendedAttribute[], right: readonly ExtendedAttribute[]): boolean {
  if (left.length !== right.length) return false;
  return left.every(({ name, value }, index) => {
    const other = right[index];
    return other !== undefined && name.equals(other.name) && value.equals(other.value);
  });
}
