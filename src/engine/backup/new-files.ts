// Files that the parent snapshot does not have: workers look at them, read them and write their nodes, many at a time. What a
// worker found comes back packed flat; whatever was not plain sailing, the walk looks at itself.
import type { Operation } from '../../base/operation.ts';
import type { EncodedNode, TreeNode } from '../format/tree.ts';

/** How new files are looked at. */
export interface NewFilesLook {
  /** Files on another file system than this are left to the walk; absent where that does not matter. */
  device?: bigint;
  withAtime: boolean;
  /** Whether the words for the stat cache are wanted. */
  wantsStats: boolean;
}

/** What the walk asks for. `onSaved` is called as parts are done, in whatever order; a part that failed is not told of. */
export interface NewFilesOptions extends Operation, NewFilesLook {
  onSaved(part: NewFiles): void;
}

/** What became of a file. */
export const newFileStates = {
  saved: 0,
  /** What was read is stored, but it changed meanwhile. */
  changed: 1,
  /** Not seen to: the walk has to look for itself. */
  other: 2,
} as const;

/** What became of some of the names, one after another from the name at `first` on. */
export interface NewFiles {
  first: number;
  states: Uint8Array;
  /** Where each node ends in `nodes`; the first of them begins at `start`. Each has a comma behind it. */
  ends: Uint32Array;
  start: number;
  nodes: Buffer;
  /** `statWords` for each file; empty when they were not wanted. */
  stats: BigUint64Array;
  counts: NewFileCounts;
  /** Digests of blobs that were there already, 32 bytes each. */
  knownDigests: Uint8Array;
}

/** Counts of all of them together; sizes in bytes. */
export interface NewFileCounts {
  files: number;
  size: number;
  newBlobs: number;
  newBytes: number;
  storedBytes: number;
}

/** New files of one folder. Stands among the folder's entries once for each of them, and gives their nodes in that order. */
export class NewFilesRun {
  /** Raw bytes, one character each. */
  readonly names: string[] = [];
  /** Their places in the look at the folder. */
  readonly places: number[] = [];
  /** Settles when all are seen to. Never rejects. */
  done: Promise<void> = Promise.resolve();
  readonly #parts: NewFiles[] = [];
  readonly #others = new Map<number, Promise<TreeNode | undefined>>();
  #isDone = false;
  #part = 0;
  #next = 0;

  /** The next name, in the order of the folder. */
  add(name: string, place: number): void {
    this.names.push(name);
    this.places.push(place);
  }

  /** What came back for some of them. */
  found(part: NewFiles): void {
    this.#parts.push(part);
  }

  /** What the walk made of a file that it had to look at itself. */
  setOther(index: number, node: Promise<TreeNode | undefined>): void {
    this.#others.set(index, node);
  }

  /** When they are seen to, the node of the next file. Undefined when there is none after all. */
  async next(): Promise<TreeNode | EncodedNode | undefined> {
    if (!this.#isDone) {
      await this.done;
      this.#isDone = true;
      this.#parts.sort((left, right) => left.first - right.first);
    }
    return this.#take();
  }

  #take(): EncodedNode | undefined | Promise<TreeNode | undefined> {
    const index = this.#next;
    this.#next += 1;
    let part = this.#parts[this.#part];
    if (part !== undefined && index >= part.first + part.states.length) {
      this.#part += 1;
      part = this.#parts[this.#part];
    }
    // Nothing is known of it when the run has failed.
    if (part === undefined) return undefined;
    const at = index - part.first;
    if (part.states[at] === newFileStates.other) return this.#others.get(index);
    return { encoded: part.nodes, from: at === 0 ? part.start : (part.ends[at - 1] ?? 0), to: part.ends[at] ?? 0 };
  }
}
