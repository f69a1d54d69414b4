// New files of a walk that workers see to by themselves: handed out in runs, and taken in as they come back.
import { quote } from '../format/go-text.ts';
import type { TreeNode } from '../format/tree.ts';
import type { BackupCounts } from './backup-counts.ts';
import type { BackupEvent } from './events.ts';
import type { Exclusions } from './exclusions.ts';
import type { FileSaver } from './file-saver.ts';
import type { Devices } from './known-folders.ts';
import { newFileStates, type NewFiles, type NewFilesRun } from './new-files.ts';
import { Slots } from '../threads/slots.ts';
import type { FolderLook, StatCache } from './stat-cache.ts';
import { statWords } from './stat-cache-file.ts';

/** Where new files of a folder lie. `parts` are there with patterns only, and do not change any more. */
export interface NewFilesPlace {
  folder: string;
  devices: Devices;
  look: FolderLook;
  parts: readonly string[];
}

/** How the walk goes about it. */
export interface NewFilesWalkOptions {
  exclusions: Exclusions;
  withAtime?: boolean;
  statCache?: StatCache | undefined;
  report(event: BackupEvent): void;
  signal?: AbortSignal | undefined;
}

/** What the walk does. */
export interface NewFilesHooks {
  /** Looks at an entry that no worker could see to. Never rejects unheard. */
  visitLate(run: NewFilesRun, index: number, path: Buffer, place: NewFilesPlace): Promise<TreeNode | undefined>;
  /** Ends the run. */
  breakWith(error: unknown): void;
}

const maxInFlight = 4096;

/** Serves one walk. */
export class NewFilesWalk {
  readonly #saver: FileSaver;
  readonly #options: NewFilesWalkOptions;
  readonly #counts: BackupCounts;
  readonly #hooks: NewFilesHooks;
  readonly #slots = new Slots(maxInFlight);

  constructor(saver: FileSaver, options: NewFilesWalkOptions, counts: BackupCounts, hooks: NewFilesHooks) {
    this.#saver = saver;
    this.#options = options;
    this.#counts = counts;
    this.#hooks = hooks;
  }

  /** True where nothing but the name decides whether a file stays. */
  takes({ source, folder }: Devices): boolean {
    const { exclusions } = this.#options;
    const isElsewhere = exclusions.oneFileSystem && folder !== source;
    return this.#saver.saveNewFiles !== undefined && !exclusions.asksOfFiles && !isElsewhere;
  }

  /** Hands a run out as soon as there is room; `run.done` tells when it is over. */
  async start(run: NewFilesRun, place: NewFilesPlace): Promise<void> {
    if (this.#slots.isFull) await this.#slots.room();
    run.done = this.#save(run, place);
  }

  async #save(run: NewFilesRun, place: NewFilesPlace): Promise<void> {
    const { exclusions, withAtime = false, statCache, signal } = this.#options;
    this.#slots.take(run.names.length);
    try {
      await this.#saver.saveNewFiles?.(Buffer.from(place.folder, 'latin1'), run.names, {
        ...(signal === undefined ? {} : { signal }),
        ...(exclusions.oneFileSystem ? { device: place.devices.folder } : {}),
        withAtime,
        wantsStats: statCache !== undefined,
        onSaved: (part) => this.#found(part, run, place),
      });
    } catch (error) {
      this.#hooks.breakWith(error);
    } finally {
      this.#slots.giveBack(run.names.length);
    }
  }

  #found(part: NewFiles, run: NewFilesRun, place: NewFilesPlace): void {
    const { report } = this.#options;
    const { first, states, stats, counts } = part;
    const path = (index: number): Buffer => Buffer.from(`${place.folder}${run.names[index] ?? ''}`, 'latin1');
    run.found(part);
    let last = first;
    for (const [at, state] of states.entries()) {
      const index = first + at;
      if (state === newFileStates.other) {
        run.setOther(index, this.#hooks.visitLate(run, index, path(index), place));
        continue;
      }
      last = index;
      if (state === newFileStates.changed) {
        place.look.spoil();
        report({ type: 'file-changed-while-read', path: quote(path(index)) });
      }
      if (stats.length > 0) place.look.fill(run.places[index] ?? 0, stats, at * statWords);
    }
    if (counts.files === 0) return;
    this.#counts.newFiles(counts);
    report({ type: 'progress', bytes: counts.size });
    report({ type: 'files-new', files: counts.files, bytes: counts.size, path: quote(path(last)) });
  }
}
