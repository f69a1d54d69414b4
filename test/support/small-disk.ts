// A disk of a few bytes, for what happens when it is full, read-only or gone. Only root may mount one.
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runProgram } from '../../src/base/program.ts';
import { needs } from './tools.ts';

/** For a test's options: skips it where nobody may mount. */
export const onlyRoot = { skip: process.getuid?.() === 0 ? false : 'only root may mount' } as const;

/** A mounted tmpfs. */
export interface SmallDisk {
  path: string;
  /** Detaches it at once, busy or not, and leaves its empty folder. */
  unmount(): Promise<void>;
  /** Mounts another, empty one at the same folder. */
  mountAgain(): Promise<void>;
  remountReadOnly(): Promise<void>;
  remountWritable(): Promise<void>;
}

/** Fills a disk with a file `filler` until that many bytes are left. */
export async function fillDisk(path: string, leftBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  await writeFile(join(path, 'filler'), Buffer.alloc(Math.max(0, bavail * bsize - leftBytes)));
}

/** Mounts a tmpfs of `size` (`4m`) and takes it away when the test ends. */
export async function smallDisk(context: TestContext, size: string): Promise<SmallDisk> {
  const path = await mkdtemp(join(tmpdir(), 'orbit-disk-'));
  const done = async (program: string, ...args: string[]): Promise<void> => {
    const { exitCode, stderr } = await runProgram(program, args);
    if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  };
  const mount = () => done('mount', '-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'orbit-test', path);
  await mount();
  const unmount = () => done('umount', '-l', path);
  context.after(async () => {
    // It may be unmounted already.
    await runProgram('umount', ['-l', path]);
    await rmdir(path);
  });
  return {
    path,
    unmount,
    mountAgain: mount,
    remountReadOnly: () => done('mount', '-o', 'remount,ro', path),
    remountWritable: () => done('mount', '-o', 'remount,rw', path),
  };
}

/** Runs what ends the disk: a test, or a lab. */
type Ending = { after(end: () => Promise<void>): void };

/** A disk with a quota that binds even root. */
export interface QuotaDisk {
  path: string;
  /** Bytes it may hold, or no limit. */
  limit(bytes: number | 'none'): Promise<void>;
}

/** For a test's options: skips it where no Btrfs can be had. */
export const btrfsSkip: string | false =
  needs('mkfs.btrfs', 'btrfs').skip ||
  onlyRoot.skip ||
  (existsSync('/dev/loop-control') ? false : 'needs loop devices');

/** Mounts a small Btrfs of its own and takes it away when the test ends. Gives its mount point. */
export async function btrfsDisk(context: Ending): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'orbit-btrfs-'));
  await chmod(folder, 0o755); // A server's user goes through it.
  const [image, top] = [join(folder, 'image'), join(folder, 'top')];
  context.after(async () => {
    await runProgram('umount', ['-l', top]);
    await rm(folder, { recursive: true, force: true });
  });
  await ok('truncate', ['-s', '256M', image]);
  await ok('mkfs.btrfs', ['-q', '--mixed', image]);
  await ok('mkdir', [top]);
  await ok('mount', ['-o', 'loop', image, top]);
  return top;
}

/** Mounts a small Btrfs with a quota, without a limit yet. It is that of the top: ganesha exports no other subvolume. */
export async function quotaDisk(context: Ending): Promise<QuotaDisk> {
  const path = await btrfsDisk(context);
  await ok('btrfs', ['quota', 'enable', path]);
  return { path, limit: (bytes) => ok('btrfs', ['qgroup', 'limit', String(bytes), path]) };
}

async function ok(program: string, args: string[]): Promise<void> {
  const { exitCode, stderr } = await runProgram(program, args);
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}
