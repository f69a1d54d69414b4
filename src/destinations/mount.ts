// Is the folder still on the mount it was on? Read from the kernel's own list, never from the mount itself: that might hang.
import { readFile } from 'node:fs/promises';
import { Failure } from '../base/failure.ts';

/** A mount, as pinned when the destination was added. */
export interface MountPin {
  /** Where it is mounted. */
  point: string;
  /** File system type: `nfs4`, `cifs`, `ext4` … */
  type: string;
  /** `server:/export`, `//server/share`, `/dev/sdb1` … */
  source: string;
}

/**
 * The mounts of a mountinfo text, in the kernel's order: later ones lie over earlier ones.
 * Format: proc_pid_mountinfo(5); blanks and backslashes in names are written as octal.
 */
export function parseMountInfo(text: string): MountPin[] {
  const plain = (field = ''): string =>
    field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const point = before.split(' ')[4];
    const [type, source] = after.split(' ');
    return point === undefined || type === undefined ? [] : [{ point: plain(point), type, source: plain(source) }];
  });
}

/** The mount that a path lies on: the one with the longest point above it, the last of several at one point. */
export function mountOf(mounts: MountPin[], path: string): MountPin | undefined {
  let found: MountPin | undefined;
  for (const mount of mounts) {
    const isAbove = mount.point === '/' || path === mount.point || path.startsWith(`${mount.point}/`);
    if (isAbove && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

/** The mount that a path lies on now. @throws Failure `destinations.not-mounted` when it is only the root file system. */
export async function pinMount(path: string): Promise<MountPin> {
  const found = mountOf(await currentMounts(), path);
  if (found === undefined || found.point === '/') throw notMounted(path, undefined, found);
  return found;
}

/** @throws Failure `destinations.not-mounted` unless the path lies on the very mount that was pinned. */
export async function checkMount(path: string, pin: MountPin): Promise<void> {
  const found = mountOf(await currentMounts(), path);
  if (found?.point !== pin.point || found.type !== pin.type || found.source !== pin.source) {
    throw notMounted(path, pin, found);
  }
}

async function currentMounts(): Promise<MountPin[]> {
  return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
}

function notMounted(path: string, pin: MountPin | undefined, found: MountPin | undefined): Failure {
  const wanted = pin === undefined ? 'a mount' : `${pin.source} (${pin.type}) at ${pin.point}`;
  return new Failure('destinations.not-mounted', {
    message: `${path} does not lie on ${wanted}, but on ${found?.source ?? 'nothing'} (${found?.type ?? 'none'}) at ${found?.point ?? '/'}`,
    hint: 'Mount it again. Nothing was written: a backup beneath an empty mount point would fill this machine’s own disk.',
    facts: { path, ...(pin === undefined ? {} : { source: pin.source, type: pin.type }) },
  });
}
