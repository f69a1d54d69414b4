// Files that are written beside the one they replace, and what a restore that was killed left of them.
import { readdirSync, rmSync } from 'node:fs';
import { isRunning } from '../../base/program.ts';

const form = /^\.orbit-restore-(\d+)-\d+$/;

/** How names of files begin that this process writes; short, because names have a limit. */
export const temporaryPrefix = `.orbit-restore-${process.pid}-`;

/** Removes from a folder what restores of processes that are no more left half written. */
export function removeLeft(folder: Buffer): void {
  for (const entry of readdirSync(folder, { encoding: 'buffer', withFileTypes: true })) {
    const [, pid] = form.exec(entry.name.toString('latin1')) ?? [];
    if (pid === undefined || !entry.isFile() || isRunning(Number(pid))) continue;
    rmSync(Buffer.concat([folder, Buffer.from('/'), entry.name]), { force: true });
  }
}
