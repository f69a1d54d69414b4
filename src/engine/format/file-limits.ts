// How large each file of a repository can be at most: whatever a place claims, no more of it is taken into memory.
import type { NamedFileKind } from './layout.ts';

const mib = 1024 * 1024;

/** Bytes as they are stored. Generous: a file beyond them was made by no backup program. */
export const fileBytesMax: Readonly<Record<NamedFileKind | 'config', number>> = {
  // About 150, 450 and 250 bytes; names of users and hosts have no agreed length.
  config: mib,
  keys: mib,
  locks: mib,
  // Mostly below 1 KB. One that was told of a million paths has each of them in it.
  snapshots: 64 * mib,
  // Restic and rustic end one at 50 000 blobs, which are about 5 MB, a pack of any size more; older programs wrote all into one.
  index: 256 * mib,
};

/** The same of a pack, and of its side file. Restic makes them of up to 128 MiB when it is asked for that. */
export const packBytesMax = 1024 * mib;
