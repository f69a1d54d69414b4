// Whether an open file has holes, and whether its file system is believed when it tells where they are.
import { fstatSync, statfsSync } from 'node:fs';

// What statfs(2) says of ext2 to ext4, XFS, btrfs and tmpfs. Others are read: a file system that calls bytes a hole that were written a
// moment ago (OpenZFS did until 2.2.2), or a server that answers for it, would put zeros into a backup.
const trusted = new Set([0xef53, 0x58465342, 0x9123683e, 0x01021994]);
const blockBytes = 512;

/** True when it has holes that need not be read. */
export function hasHoles(fd: number): boolean {
  const { blocks, size } = fstatSync(fd);
  if (blocks * blockBytes >= size) return false;
  try {
    return trusted.has(statfsSync(`/proc/self/fd/${fd}`).type);
  } catch {
    // Without /proc nothing can be said of it.
    return false;
  }
}
