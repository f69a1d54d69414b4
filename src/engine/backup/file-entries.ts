// Regular files of a walk: which are as the parent has them, which are read; and the output of programs, which has no parent's stat.
import type { BigIntStats } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { quote } from '../format/go-text.ts';
import { localTime } from '../format/node-time.ts';
import type { TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import { Slots } from '../threads/slots.ts';
import type { BackupCounts } from './backup-counts.ts';
import { commandOutput } from './command-stream.ts';
import { bareNode } from './entry-node.ts';
import type { BackupEvent } from './events.ts';
import { FileContents } from './file-contents.ts';
import type { FileSaver } from './file-saver.ts';
import { type ChangeOptions, isContentUnchanged, isKnownImmutable, isMoved, isSameNode } from './same-node.ts';
import type { VirtualFile } from './source-plan.ts';
import type { EntryLook } from './stat-cache.ts';
import { isUnreadable } from './unreadable.ts';
import { whyRead } from './why-read.ts';

/** How files are compared, and who is told. */
export interface FileEntriesOptions extends ChangeOptions {
  /** The time of virtual files, nanoseconds since 1970. */
  nowNs: bigint;
  report(event: BackupEvent): void;
  signal?: AbortSignal | undefined;
}

/** What a walk does for its files. */
export interface FileWalk {
  /** True when the repository has this blob. */
  hasContent(id: BlobId): boolean;
  node(name: Buffer, path: Buffer, stat: BigIntStats): TreeNode;
  /** The parent's node at a raw path. */
  nodeBefore(path: Buffer): Promise<TreeNode | undefined>;
  /** Leaves a file out that cannot be read. */
  skip(path: Buffer, error: unknown): void;
  /** Ends the walk. */
  breakWith(error: unknown): void;
}

/** A node that is there now, or will be when its bytes are stored. Wrapped, because awaiting it must not wait for the bytes. */
export interface VisitedFile {
  entry: TreeNode | Promise<TreeNode | undefined>;
}

const maxFilesInFlight = 1024;
// Dumps are work for the database too, and each stream has a chunker of its own.
const maxStreamsInFlight = 2;

/** Serves one walk. */
export class FileEntries {
  readonly #saver: FileSaver;
  readonly #counts: BackupCounts;
  readonly #options: FileEntriesOptions;
  readonly #walk: FileWalk;
  readonly #contents: FileContents;
  readonly #fileSlots = new Slots(maxFilesInFlight);
  readonly #streamSlots = new Slots(maxStreamsInFlight);

  constructor(saver: FileSaver, counts: BackupCounts, options: FileEntriesOptions, walk: FileWalk) {
    this.#saver = saver;
    this.#counts = counts;
    this.#options = options;
    this.#walk = walk;
    this.#contents = new FileContents(saver, counts, { ...options, node: (...entry) => walk.node(...entry) });
  }

  /** Takes the content from the parent's node when the file is unchanged, else reads it; waits while too many are being read. */
  visit(
    node: TreeNode,
    path: Buffer,
    stat: BigIntStats,
    before: TreeNode | undefined,
    look: EntryLook | undefined,
  ): VisitedFile | Promise<VisitedFile> {
    const options = this.#options;
    const isSame =
      before !== undefined &&
      (isContentUnchanged(before, stat, options) || isKnownImmutable(before, stat, path, options));
    if (isSame) {
      if (before.content?.every((id) => this.#walk.hasContent(id)) === true) {
        node.content = before.content;
        return { entry: this.#done(node, path, before) };
      }
      options.report({ type: 'file-healed', path: quote(path) });
    }
    if (options.explains === true && before !== undefined)
      options.report({ type: 'file-read-again', path: quote(path), why: whyRead(before, stat, options) });
    const read = (): VisitedFile => ({ entry: this.#read(node, path, stat, before, look) });
    return this.#fileSlots.isFull ? this.#fileSlots.room().then(read) : read();
  }

  /** Stores what a program prints, or a stream gives, as a file. @throws Failure `backup.command-failed`, what the saver throws */
  async saveVirtual(name: Buffer, file: VirtualFile, before: TreeNode | undefined): Promise<TreeNode> {
    const { signal, nowNs, report } = this.#options;
    await this.#streamSlots.room();
    const saved = await this.#streamSlots.run(() => {
      const stream = 'open' in file ? file.open(signal) : commandOutput(file, signal);
      return this.#saver.saveStream(stream, signal === undefined ? {} : { signal });
    });
    this.#counts.content(saved);
    report({ type: 'progress', bytes: saved.size });
    // What comes out the same as before is the same file: its time is when it last changed.
    const isSame = before?.type === 'file' && isDeepStrictEqual(before.content, saved.content);
    const node: TreeNode = {
      ...bareNode(name, isSame ? before.mtime : localTime(nowNs)),
      type: 'file',
      mode: 0o600,
      size: BigInt(saved.size),
      content: saved.content,
    };
    return this.#done(node, Buffer.from(file.path), before);
  }

  // Never rejects, so that nobody need listen before its folder is finished: what ends the run is told to the walk.
  async #read(
    node: TreeNode,
    path: Buffer,
    stat: BigIntStats,
    before: TreeNode | undefined,
    look: EntryLook | undefined,
  ): Promise<TreeNode | undefined> {
    this.#fileSlots.take();
    try {
      const moved = await this.#movedContent(stat);
      if (moved === undefined) await this.#contents.fill(node, path, stat, look);
      else node.content = moved;
      return this.#done(node, path, before);
    } catch (error) {
      if (isUnreadable(error)) this.#walk.skip(path, error);
      else this.#walk.breakWith(error);
      return undefined;
    } finally {
      this.#fileSlots.giveBack();
    }
  }

  async #movedContent(stat: BigIntStats): Promise<TreeNode['content'] | undefined> {
    for (const path of this.#options.whereItWas?.(stat) ?? []) {
      const before = await this.#walk.nodeBefore(path);
      if (!before?.content || !isMoved(before, stat)) continue;
      if (before.content.every((id) => this.#walk.hasContent(id))) return before.content;
    }
    return undefined;
  }

  #done(node: TreeNode, path: Buffer, before: TreeNode | undefined): TreeNode {
    const isSame = before !== undefined && isSameNode(before, node);
    const change = before?.type === 'file' ? (isSame ? 'unmodified' : 'changed') : 'new';
    this.#counts.file(change, Number(node.size));
    this.#options.report({ type: 'file-done', path: quote(path), size: Number(node.size), change });
    return isSame ? before : node;
  }
}
