// Why a file that the parent snapshot has is read again. Says what `isContentUnchanged` decided by; pure.
import type { BigIntStats } from 'node:fs';
import type { TreeNode } from '../format/tree.ts';
import type { ChangeOptions } from './same-node.ts';

/**
 * A reason to read a file again:
 * - `forced`: all files were to be read; `not-a-file-before`: something else was there;
 * - `size`, `modification-time`, `change-time`, `inode`: that is another one than in the parent;
 * - `content-lost`: nothing changed, but the repository has lost a part of it.
 */
export type ReadReason =
  | 'forced'
  | 'not-a-file-before'
  | 'size'
  | 'modification-time'
  | 'change-time'
  | 'inode'
  | 'content-lost';

/** Every reason that counts under these options, the plainest first. */
export function whyRead(before: TreeNode, stat: BigIntStats, options: ChangeOptions): ReadReason[] {
  if (options.force === true) return ['forced'];
  if (before.type !== 'file' || before.content === null) return ['not-a-file-before'];
  const reasons: ReadReason[] = [];
  if (before.size !== stat.size) reasons.push('size');
  if (before.mtime.ns !== stat.mtimeNs) reasons.push('modification-time');
  const looksAtCtime = options.ignoreCtime !== true && options.ignoreInode !== true;
  if (looksAtCtime && before.ctime.ns !== stat.ctimeNs) reasons.push('change-time');
  if (options.ignoreInode !== true && before.inode !== stat.ino) reasons.push('inode');
  return reasons.length === 0 ? ['content-lost'] : reasons;
}
