// Tells finished recordings from those still being written. A recording taken too early would look whole and be cut off.
import { readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import { reallyAt } from '../sources/trees/links.ts';

/** What is needed to judge a file: its identity and its last change in milliseconds since 1970. */
export interface RecordingFile {
  deviceId: bigint;
  inode: bigint;
  mtimeMs: number;
}

/** Files that some process has open for writing, by device and inode. */
export type OpenFiles = ReadonlySet<string>;

/**
 * Finds the files below `folders` that any process has open for writing (proc(5): /proc/PID/fd and fdinfo).
 * Processes of other users are seen by root only; without that right the quiet time alone decides.
 */
export function filesOpenForWriting(folders: string[]): OpenFiles {
  const open = new Set<string>();
  // The kernel tells where a file really lies.
  const prefixes = folders.map(reallyAt).map((folder) => (folder.endsWith(sep) ? folder : folder + sep));
  for (const pid of listed('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of listed(`/proc/${pid}/fd`)) {
      try {
        const target = readlinkSync(`/proc/${pid}/fd/${descriptor}`);
        if (!prefixes.some((prefix) => target.startsWith(prefix))) continue;
        if (!isWritable(readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8'))) continue;
        const { dev, ino } = statSync(`/proc/${pid}/fd/${descriptor}`, { bigint: true });
        open.add(identity(dev, ino));
      } catch {
        // The process or the descriptor is gone: then it does not write any more.
      }
    }
  }
  return open;
}

/** True when nobody has the file open for writing and it did not change within the last `quietSeconds`. */
export function isFinished(file: RecordingFile, open: OpenFiles, now: Date, quietSeconds: number): boolean {
  if (open.has(identity(file.deviceId, file.inode))) return false;
  return now.getTime() - file.mtimeMs >= quietSeconds * 1000;
}

function identity(deviceId: bigint, inode: bigint): string {
  return `${deviceId}:${inode}`;
}

// The line `flags:` is octal; its two lowest bits are the access mode, 0 for reading only (open(2)).
function isWritable(fdinfo: string): boolean {
  const flags = /^flags:\s*([0-7]+)/m.exec(fdinfo)?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
