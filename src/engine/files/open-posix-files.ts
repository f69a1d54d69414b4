// Chooses between the two implementations of PosixFiles.
import { nativeFiles } from './native-files.ts';
import { portableFiles } from './portable-files.ts';
import type { PosixFiles } from './posix-files.ts';

let opened: Promise<PosixFiles> | undefined;

/** The best implementation for this machine; its `limits` tell what is lost. */
export function openPosixFiles(): Promise<PosixFiles> {
  opened ??= nativeFiles().then((native) => native ?? portableFiles());
  return opened;
}
