// A still: a file system as it was at one moment, kept by the file system itself while the original goes on changing.
import { Failure, isFailure } from '../../../base/failure.ts';
import { note, type NoteCode, type PlainNote, type Reason, reasonOf, tellNote } from '../../../base/note.ts';
import { runProgram } from '../../../base/program.ts';
import type { Mount } from '../profiles/host/file-systems.ts';

/** What is needed to show a still and to remove it; it is written down before the still is taken. */
export interface Still {
  kind: string;
  /** Names it for its kind: a path, a volume, a data set. */
  of: string;
  name: string;
  /** The type of file system, for kinds that mount a device. */
  type: string;
}

/** One kind of still. */
export interface StillKind {
  kind: string;
  /** What a still of this mount would be; undefined when it is not of this kind. @throws Failure `stills.not-taken` saying why it cannot */
  plan(mount: Mount, stamp: string): Promise<Still | undefined>;
  /** @throws Failure `stills.not-taken`; `program.timed-out` after that time, and nobody knows whether there is one */
  take(still: Still, timeoutMs: number): Promise<void>;
  /** Mounts it at a folder, read-only. @throws Failure `stills.not-taken` */
  show(still: Still, folder: string): Promise<void>;
  /** Undefined when it is whole; else why what was read of it cannot be believed. */
  spoiled(still: Still): Promise<string | undefined>;
  /** Removes it; nothing happens when there is none. @throws Failure `stills.not-removed` */
  remove(still: Still): Promise<void>;
}

const commandMsMax = 120_000;

/** How stills of Orbit are named, so that a person who meets one knows where it is from. */
export const stillPrefix = 'orbit-still-';

/** Runs a program of a file system and gives what it printed. @throws Failure `stills.not-taken` */
export async function must(command: string, args: string[], timeoutMs = commandMsMax): Promise<string> {
  const result = await runProgram(command, args, { timeoutMs, cwd: '/' });
  if (result.exitCode === 0) return result.stdout.toString('utf8');
  throw notTaken(`${command} ${args[0] ?? ''}: ${result.stderr.trim() || `ended with ${result.exitCode}`}`);
}

/** The file system cannot be held still: what a program of its said, or why Orbit did not try. */
export function notTaken(why: string | PlainNote): Failure {
  const isSaid = typeof why === 'string';
  return new Failure('stills.not-taken', {
    message: isSaid ? why : tellNote(why, 'en'),
    hint: 'It is read as it is. To stop trying: orbit job set system --file-system-snapshots off.',
    ...(isSaid ? {} : { facts: { ...why.facts, why: why.code } }),
  });
}

/** Why it could not be held still, for a note that says already what comes of it. */
export function whyOf(error: unknown): Reason {
  if (!isFailure(error, 'stills.not-taken')) return reasonOf(error);
  const { why, ...facts } = error.facts;
  return why === undefined ? error.message : note(why as NoteCode, facts as PlainNote['facts']);
}

/** What was read of a still that broke cannot be believed. */
export function spoiled(stills: readonly string[]): Failure {
  return new Failure('stills.spoiled', {
    message: `what was read of a snapshot of a file system cannot be believed: ${stills.join('; ')}`,
    hint: 'Run the backup again, at a quieter time or with more room in the volume group; or read without: --file-system-snapshots off.',
  });
}

/** It stays where it is, and the next run tries again. */
export function notRemoved(still: Still, why: string): Failure {
  return new Failure('stills.not-removed', {
    message: `${still.of} ${still.name}: ${why}`,
    hint: 'The next run tries again. By hand: btrfs subvolume delete, lvremove, or zfs destroy.',
  });
}
