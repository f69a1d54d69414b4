// A disk of a few bytes, for what happens when it is full, read-only or gone. Only root may mount one.
import { mkdtemp, rmdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runProgram } from '../../src/base/program.ts';

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
  const mount = async (): Promise<void> => {
    await runProgram('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'orbit-test', path]);
  };
  await mount();
  const unmount = async (): Promise<void> => {
    await runProgram('umount', ['-l', path]);
  };
  context.after(async () => {
    await unmount();
    await rmdir(path);
  });
  return {
    path,
    unmount,
    mountAgain: mount,
    async remountReadOnly() {
      await runProgram('mount', ['-o', 'remount,ro', path]);
    },
    async remountWritable() {
      await runProgram('mount', ['-o', 'remount,rw', path]);
    },
  };
}
