// Large bodies go between Orbit and a mount worker through files in memory that both have open: a pipe takes them in hundreds of
// small pieces, each waking the other side. Where there is no such room everything goes through the pipe.
import { type FileHandle, open, statfs } from 'node:fs/promises';
import { turns } from '../turns.ts';
import { unnamedFile } from '../unnamed-file.ts';

/** Bodies of this size and more go through a slot. */
export const slotFromBytes = 256 * 1024;

/** How many bodies may be on their way in each direction. */
export const slotCount = 4;

const sharedMemory = '/dev/shm';
// Containers often have 64 MiB: too little for a few packs.
const leastFreeBytes = 256 * 1024 * 1024;
const pieceBytes = 4 * 1024 * 1024;

/** Files in memory for one worker, twice `slotCount`: towards it, then from it. None where there is no room. */
export async function openSlots(): Promise<FileHandle[]> {
  const files: FileHandle[] = [];
  try {
    const { bavail, bsize } = await statfs(sharedMemory);
    if (bavail * bsize < leastFreeBytes) return [];
    while (files.length < 2 * slotCount) files.push(await unnamedFile(sharedMemory));
    return files;
  } catch {
    for (const file of files) await file.close();
    return [];
  }
}

/** In the worker: the slots it inherited after the three descriptors that every program has, in the same order. */
export async function inheritedSlots(): Promise<FileHandle[]> {
  const descriptors = Array.from({ length: 2 * slotCount }, (_, slot) => 3 + slot);
  return await Promise.all(descriptors.map((descriptor) => open(`/proc/self/fd/${descriptor}`, 'r+')));
}

/** Those slots of one direction that are free. */
export function slotLine(files: readonly FileHandle[]) {
  const line = turns(files.length);
  const free = files.map((_file, slot) => slot);
  return {
    /** Puts the bytes into a free slot; undefined when there is no room for them. `giveBack` when they were taken out. */
    async put(bytes: Uint8Array, signal?: AbortSignal): Promise<{ slot: number; giveBack: () => void } | undefined> {
      if (files.length === 0 || bytes.length < slotFromBytes) return undefined;
      const turn = await line.take(signal);
      const slot = free.pop() as number;
      const giveBack = (): void => {
        free.push(slot);
        turn();
      };
      try {
        await writeSlot(files[slot] as FileHandle, bytes);
        return { slot, giveBack };
      } catch {
        await files[slot]?.truncate(0).catch(() => {});
        giveBack();
        return undefined;
      }
    },
  };
}

async function writeSlot(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, Math.min(pieceBytes, bytes.length - at), at)).bytesWritten;
  }
}

/** Takes the bytes out of a slot; its memory is free again. */
export async function takeFromSlot(file: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(pieceBytes, size - at), at);
    if (bytesRead === 0) throw new Error('a slot is shorter than was said');
    at += bytesRead;
  }
  await file.truncate(0);
  return bytes;
}
