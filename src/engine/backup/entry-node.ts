// From what the system says about an entry to the node that a tree keeps (restic internal/fs/node.go).
import type { BigIntStats } from 'node:fs';
import { readlinkSync } from 'node:fs';
import type { PosixFiles } from '../files/posix-files.ts';
import { goMode, nodeTypeOf } from '../format/file-mode.ts';
import { localTime } from '../format/node-time.ts';
import type { ExtendedAttribute, TreeNode } from '../format/tree.ts';

/** How entries are looked at. */
export interface EntryOptions {
  files: PosixFiles;
  /** Keeps access times; otherwise the modification time stands in, so that reading a file does not change its tree. */
  withAtime?: boolean;
  /** The entry itself, where it is open: then nothing is looked up by its path. */
  fd?: number;
  /** Told when attributes cannot be read; the node is made without them. */
  onAttributesUnreadable?(path: Buffer, error: unknown): void;
}

/**
 * The node of an entry, without content and subtree. `size` is what the system says and is corrected after reading.
 * @throws the system error when a link cannot be read
 */
export function entryNode(name: Buffer, path: Buffer, stat: BigIntStats, options: EntryOptions): TreeNode {
  const { files } = options;
  const statMode = Number(stat.mode);
  const type = nodeTypeOf(statMode);
  const uid = Number(stat.uid);
  const gid = Number(stat.gid);
  const mtime = localTime(stat.mtimeNs);
  const isDevice = type === 'dev' || type === 'chardev';
  const node: TreeNode = {
    name,
    type,
    mode: goMode(statMode),
    mtime,
    atime: options.withAtime ? localTime(stat.atimeNs) : mtime,
    ctime: stat.ctimeNs === stat.mtimeNs ? mtime : localTime(stat.ctimeNs),
    uid,
    gid,
    inode: stat.ino,
    deviceId: stat.dev,
    size: type === 'file' ? stat.size : 0n,
    links: type === 'file' || type === 'symlink' || isDevice ? stat.nlink : 0n,
    extendedAttributes: attributesOf(path, options),
    device: isDevice ? stat.rdev : 0n,
    content: null,
  };
  const user = files.userName(uid);
  const group = files.groupName(gid);
  if (user !== undefined) node.user = user;
  if (group !== undefined) node.group = group;
  if (type === 'symlink') node.linkTarget = readlinkSync(path, { encoding: 'buffer' });
  return node;
}

function attributesOf(path: Buffer, options: EntryOptions): ExtendedAttribute[] {
  try {
    const { files, fd } = options;
    return fd === undefined ? files.listAttributes(path) : files.listAttributesOf(fd, path);
  } catch (error) {
    options.onAttributesUnreadable?.(path, error);
    return [];
  }
}

/** A node of something that is no entry of this machine: ours, and without a past. */
export function bareNode(name: Buffer, time: TreeNode['mtime']): Omit<TreeNode, 'type' | 'mode'> {
  return {
    name,
    mtime: time,
    atime: time,
    ctime: time,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    inode: 0n,
    deviceId: 0n,
    size: 0n,
    links: 0n,
    extendedAttributes: [],
    device: 0n,
    content: null,
  };
}
