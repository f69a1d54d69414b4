// What is mounted where, read from the kernel's own list, never from the mount itself: that might hang.
import { readFile } from 'node:fs/promises';

/** A mount, as the kernel lists it. */
export interface MountEntry {
  /** Where it is mounted. */
  point: string;
  /** File system type: `nfs4`, `cifs`, `ext4` … */
  type: string;
  /** `server:/export`, `//server/share`, `/dev/sdb1` … */
  source: string;
  /** Options of the file system, as the kernel tells them. A CIFS password is never among them. */
  options: string;
}

/**
 * The mounts of a mountinfo text, in the kernel's order: later ones lie over earlier ones.
 * Format: proc_pid_mountinfo(5); blanks and backslashes in names are written as octal, bytes of UTF-8 as they are.
 */
export function parseMountInfo(text: string): MountEntry[] {
  const plain = (field = ''): string =>
    field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const point = before.split(' ')[4];
    const [type, source, options = ''] = after.split(' ');
    if (point === undefined || type === undefined) return [];
    return [{ point: plain(point), type, source: plain(source), options: plain(options) }];
  });
}

/** The mount that a path lies on: the one with the longest point above it, the last of several at one point. */
export function mountOf(mounts: MountEntry[], path: string): MountEntry | undefined {
  let found: MountEntry | undefined;
  for (const mount of mounts) {
    const isAbove = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
    if (isAbove && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

/** The last mount at exactly that point. */
export function mountAt(mounts: MountEntry[], point: string): MountEntry | undefined {
  return mounts.findLast((mount) => mount.point === point);
}

/** What is mounted now. Never hangs. */
export async function currentMounts(): Promise<MountEntry[]> {
  return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
}
