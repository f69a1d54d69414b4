// Names of one file: the first of them gets its content, the others are linked to it when that is written.
import type { TreeNode } from '../format/tree.ts';

/** A name that is still to be linked. */
export interface HardLink {
  path: Buffer;
  /** The name that has the content. */
  first: Buffer;
}

/** What is known of files with several names in one restore. */
export class HardLinks {
  readonly #firstNames = new Map<string, Buffer>();
  readonly #waiting: HardLink[] = [];
  readonly #lost = new Set<string>();

  /** Those to be made once all files are written. */
  get waiting(): readonly HardLink[] {
    return this.#waiting;
  }

  /** True when the entry is one more name of a file that was met before: then it waits, and needs no content of its own. */
  isOneMore(node: TreeNode, path: Buffer): boolean {
    if (node.links <= 1n || node.inode === 0n) return false;
    const key = `${node.deviceId} ${node.inode}`;
    const first = this.#firstNames.get(key);
    if (first === undefined) this.#firstNames.set(key, path);
    else this.#waiting.push({ path, first });
    return first !== undefined;
  }

  /** What stands at this path, if anything does, is not what the snapshot has there. */
  lose(path: Buffer): void {
    this.#lost.add(path.toString('latin1'));
  }

  /** True when the name that other names are to be linked to was lost. */
  isLost(first: Buffer): boolean {
    return this.#lost.has(first.toString('latin1'));
  }
}
