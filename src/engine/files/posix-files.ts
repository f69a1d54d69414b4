// What a faithful copy of a Unix file needs and node:fs does not offer. Paths are raw bytes: names need not be UTF-8.
import type { ExtendedAttribute } from '../format/tree.ts';

/**
 * The missing part of node:fs. Nothing here follows a link at the end of a path.
 * Everything throws system errors with a `code`, as node:fs does; `ENOTSUP` where this implementation cannot do it.
 */
export interface PosixFiles {
  /** What is lost with this implementation, each in a few words; empty when nothing is. */
  readonly limits: readonly string[];
  /** In the order of the system; empty where the file system has none. */
  listAttributes(path: Buffer): ExtendedAttribute[];
  /** The same of an open file, for which no path has to be walked again. `path` is told in errors. */
  listAttributesOf(fd: number, path: Buffer): ExtendedAttribute[];
  setAttribute(path: Buffer, attribute: ExtendedAttribute): void;
  removeAttribute(path: Buffer, name: Buffer): void;
  /** Nanoseconds since 1970. */
  setTimes(path: Buffer, atimeNs: bigint, mtimeNs: bigint): void;
  /** The same of an open file. `path` is told in errors. */
  setTimesOf(fd: number, path: Buffer, atimeNs: bigint, mtimeNs: bigint): void;
  /**
   * The first hole of an open file that goes on at `offset` or begins behind it; undefined where there is none, or nobody can tell. In bytes.
   * The end of the file ends it. Moves the file's own position.
   */
  nextHole(fd: number, offset: number): { start: number; end: number } | undefined;
  /** Makes a FIFO, device or socket. `statMode` has the type and permissions, `device` is st_rdev. */
  makeSpecial(path: Buffer, statMode: number, device: bigint): void;
  /** The account's name, or undefined when it has none. Kept after the first question. */
  userName(uid: number): string | undefined;
  groupName(gid: number): string | undefined;
}
