// The content of files that are read: each once, however many names it has, and again when it changed meanwhile.
import { type BigIntStats, lstatSync } from 'node:fs';
import { quote } from '../format/go-text.ts';
import type { TreeNode } from '../format/tree.ts';
import type { BackupCounts } from './backup-counts.ts';
import type { BackupEvent } from './events.ts';
import type { FileSaver, SavedFile } from './file-saver.ts';
import type { EntryLook } from './stat-cache.ts';

/** How contents are read. */
export interface FileContentsOptions {
  report(event: BackupEvent): void;
  signal?: AbortSignal | undefined;
  /** The node of an entry that is looked at again. */
  node(name: Buffer, path: Buffer, stat: BigIntStats): TreeNode;
}

const readsMax = 3;
const rereadBytesMax = 256n * 1024n ** 2n;

/** Serves one walk. */
export class FileContents {
  readonly #saver: FileSaver;
  readonly #counts: BackupCounts;
  readonly #options: FileContentsOptions;
  readonly #linked = new Map<string, { left: bigint; saved: Promise<SavedFile> }>();

  constructor(saver: FileSaver, counts: BackupCounts, options: FileContentsOptions) {
    this.#saver = saver;
    this.#counts = counts;
    this.#options = options;
  }

  /** Saves the file and gives the node its content. @throws the system error, Failure `backup.not-a-file`, what the saver throws */
  async fill(node: TreeNode, path: Buffer, stat: BigIntStats, look: EntryLook | undefined): Promise<void> {
    for (let reads = 1, seen = stat; ; reads += 1) {
      const saved = await (seen.nlink === 1n ? this.#save(path, seen) : this.#saveLinked(path, seen));
      node.content = saved.content;
      node.size = BigInt(saved.size);
      const after = lstatSync(path, { bigint: true, throwIfNoEntry: false });
      if (after !== undefined && after.mtimeNs === seen.mtimeNs && after.size === seen.size) return;
      look?.spoil();
      // What keeps changing is stored with the time before the last read: the next run reads it again.
      if (after?.isFile() !== true || after.nlink > 1n || after.size > rereadBytesMax || reads === readsMax) {
        this.#options.report({ type: 'file-changed-while-read', path: quote(path) });
        return;
      }
      seen = after;
      Object.assign(node, this.#options.node(node.name, path, seen));
    }
  }

  #save(path: Buffer, stat: BigIntStats): Promise<SavedFile> {
    const { signal, report } = this.#options;
    const how = { ...(signal === undefined ? {} : { signal }), expectedBytes: Number(stat.size) };
    return this.#saver.saveFile(path, how).then((saved) => {
      this.#counts.content(saved);
      report({ type: 'progress', bytes: saved.size });
      return saved;
    });
  }

  #saveLinked(path: Buffer, stat: BigIntStats): Promise<SavedFile> {
    const key = `${stat.dev} ${stat.ino}`;
    const linked = this.#linked.get(key) ?? { left: stat.nlink, saved: this.#save(path, stat) };
    linked.left -= 1n;
    if (linked.left > 0n) this.#linked.set(key, linked);
    else this.#linked.delete(key);
    return linked.saved;
  }
}
