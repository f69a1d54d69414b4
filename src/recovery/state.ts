// How far a recovery has come: a small file in the target, so that an interrupted one goes on where it stopped.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { Failure, systemErrorCode } from '../base/failure.ts';
import type { TargetRoot } from './root.ts';

/** Where the safety copy lies: a restic repository and its password, both readable by root only. */
export interface SafetyCopy {
  repository: string;
  passwordFile: string;
  snapshot: string;
  files: number;
}

const safety = z
  .strictObject({ repository: z.string(), passwordFile: z.string(), snapshot: z.string(), files: z.number() })
  .optional();

const packages = z
  .strictObject({ installed: z.number(), absent: z.array(z.string()) })
  .default({ installed: 0, absent: [] });

const database = z.strictObject({
  server: z.string(),
  name: z.string(),
  tables: z.number(),
  expected: z.number(),
  /** Where the database as it was before has gone. */
  before: z.string().optional(),
  /** What was there when a replacement that was cut off was begun anew. */
  since: z.string().optional(),
});

const schema = z.strictObject({
  format: z.literal('orbit-recovery-state'),
  version: z.literal(1),
  snapshot: z.string(),
  /** What was asked for, in one line: another question does not go on with this answer. */
  wanted: z.string(),
  startedAt: z.string(),
  done: z.array(z.string()),
  /** Folders of data that this recovery began to make, and may make anew. */
  made: z.array(z.string()),
  /** Points of the target where something was, or was about to be, mounted. */
  mounted: z.array(z.string()).default([]),
  /** Packages that are being installed: some may be there, and not be known for what they are on the old machine. */
  installing: z.array(z.string()).default([]),
  /** Units of this machine that were stopped and must be started again. */
  stopped: z.array(z.string()).default([]),
  safetyFolder: z.string().optional(),
  /** What is told at the end, of stages that were done before an interruption. */
  told: z
    .strictObject({
      packages,
      safety,
      setAside: z.array(z.string()),
      databases: z.array(database),
      copies: z.number(),
    })
    .default({ packages: { installed: 0, absent: [] }, setAside: [], databases: [], copies: 0 }),
});
type State = z.infer<typeof schema>;

const fileName = '.orbit-recover.json';

/** The state of one recovery. Every change is on disk before the next step begins. */
export class RecoveryState {
  readonly #root: TargetRoot;
  readonly #state: State;
  readonly isResumed: boolean;

  private constructor(root: TargetRoot, state: State, isResumed: boolean) {
    this.#root = root;
    this.#state = state;
    this.isResumed = isResumed;
  }

  /**
   * Goes on with what the target says, or begins.
   * @throws Failure `recovery.another-under-way` when the target holds half of another recovery
   */
  static open(root: TargetRoot, wanted: { snapshot: string; wanted: string }, now: Date): RecoveryState {
    const found = read(root);
    if (found === undefined) {
      const fresh = {
        format: 'orbit-recovery-state',
        version: 1,
        ...wanted,
        startedAt: now.toISOString(),
        done: [],
        made: [],
      };
      return new RecoveryState(root, schema.parse(fresh), false);
    }
    if (found.snapshot === wanted.snapshot && found.wanted === wanted.wanted)
      return new RecoveryState(root, found, true);
    throw new Failure('recovery.another-under-way', {
      message: `${root.at(fileName)} says that another recovery into this root was not finished: snapshot ${found.snapshot.slice(0, 8)}, ${found.wanted}`,
      hint: 'Run that one again: it goes on where it stopped. Or remove the file to begin anew.',
    });
  }

  get startedAt(): Date {
    return new Date(this.#state.startedAt);
  }

  isDone(stage: string): boolean {
    return this.#state.done.includes(stage);
  }

  /** True when this recovery made that folder, so that it may be made anew. */
  hasMade(folder: string): boolean {
    return this.#state.made.includes(folder);
  }

  make(folder: string): void {
    if (!this.hasMade(folder)) this.#state.made.push(folder);
    this.#save();
  }

  /** Where what is overwritten goes: the folder an earlier try began with, else this one. */
  safetyFolder(fresh: string): string {
    this.#state.safetyFolder ??= fresh;
    return this.#state.safetyFolder;
  }

  get madeFolders(): readonly string[] {
    return this.#state.made;
  }

  /** Noted before it is mounted, so that whoever goes on knows. */
  mount(point: string): void {
    this.#state.mounted.push(point);
    this.#save();
  }

  get mountPoints(): readonly string[] {
    return this.#state.mounted;
  }

  forgetMounts(): void {
    this.#state.mounted = [];
    this.#save();
  }

  /** Noted before they are installed. */
  install(packageNames: readonly string[]): void {
    this.#state.installing = [...packageNames];
    this.#save();
  }

  get installing(): readonly string[] {
    return this.#state.installing;
  }

  /** Noted before they are stopped. */
  stop(units: readonly string[]): void {
    this.#state.stopped = [...new Set([...this.#state.stopped, ...units])];
    this.#save();
  }

  get stopped(): readonly string[] {
    return this.#state.stopped;
  }

  /** Noted before a folder is renamed so; what an earlier try noted and did not do is forgotten. */
  setAside(path: string): void {
    this.#state.told.setAside = [...this.#state.told.setAside.filter((earlier) => existsSync(earlier)), path];
    this.#save();
  }

  /** What the end tells; what is put here is kept with the next stage that is finished. */
  get told(): State['told'] {
    return this.#state.told;
  }

  finish(stage: string): void {
    this.#state.done.push(stage);
    this.#save();
  }

  /** Everything is done: nothing is left of it in the target. */
  remove(): void {
    rmSync(this.#root.at(fileName), { force: true });
  }

  #save(): void {
    const path = this.#root.at(fileName);
    writeFileSync(`${path}.new`, `${JSON.stringify(this.#state)}\n`, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
  }
}

function read(root: TargetRoot): State | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(root.at(fileName), 'utf8')));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw new Failure('recovery.another-under-way', {
      message: `${root.at(fileName)} cannot be understood`,
      hint: 'It is the state of a recovery that was not finished. Remove it to begin anew.',
      cause: error,
    });
  }
}
