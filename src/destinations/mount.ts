// Is the folder still on the mount it was on? Read from the kernel's own list, never from the mount itself: that might hang.
import { type MountEntry, currentMounts, mountOf } from '../backends/mounted/mount-table.ts';
import { Failure } from '../base/failure.ts';

/** A mount, as pinned when the destination was added. */
export type MountPin = Pick<MountEntry, 'point' | 'type' | 'source'>;

/** The mount that a path lies on now. @throws Failure `destinations.not-mounted` when it is only the root file system. */
export async function pinMount(path: string): Promise<MountPin> {
  const found = mountOf(await currentMounts(), path);
  if (found === undefined || found.point === '/') throw notMounted(path, undefined, found);
  const { point, type, source } = found;
  return { point, type, source };
}

/** @throws Failure `destinations.not-mounted` unless the path lies on the very mount that was pinned. */
export async function checkMount(path: string, pin: MountPin): Promise<void> {
  const found = mountOf(await currentMounts(), path);
  if (found?.point !== pin.point || found.type !== pin.type || found.source !== pin.source) {
    throw notMounted(path, pin, found);
  }
}

function notMounted(path: string, pin: MountPin | undefined, found: MountPin | undefined): Failure {
  const wanted = pin === undefined ? 'a mount' : `${pin.source} (${pin.type}) at ${pin.point}`;
  return new Failure('destinations.not-mounted', {
    message: `${path} does not lie on ${wanted}, but on ${found?.source ?? 'nothing'} (${found?.type ?? 'none'}) at ${found?.point ?? '/'}`,
    hint: 'Mount it again. Nothing was written: a backup beneath an empty mount point would fill this machine’s own disk.',
    facts: { path, ...(pin === undefined ? {} : { source: pin.source, type: pin.type }) },
  });
}
