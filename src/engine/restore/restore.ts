// Restores a snapshot, or a part of it, into a folder, and never writes outside it whatever the snapshot says.
import { type BigIntStats, lstatSync, mkdirSync, rmdirSync, rmSync, symlinkSync, linkSync, unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure, systemErrorCode } from '../../base/failure.ts';
import type { PosixFiles } from '../files/posix-files.ts';
import { openPosixFiles } from '../files/open-posix-files.ts';
import { quote } from '../format/go-text.ts';
import type { Snapshot } from '../format/snapshot-types.ts';
import type { TreeNode } from '../format/tree.ts';
import { decodeTreeInParts } from '../format/tree-parts.ts';
import type { BlobId } from '../ids.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import { treesTogether } from '../repository/trees-together.ts';
import { type ContentHandler, type RestoredFile, writeFiles } from './content.ts';
import type { Aspect, RestoreEvent, RestoreOptions, RestoreReader, RestoreResult } from './events.ts';
import { inTheWay, notRestored, targetFailure } from './failures.ts';
import { type HardLink, HardLinks } from './hard-links.ts';
import { metadataOf, setMetadata } from './metadata.ts';
import { othersIn } from './others-in.ts';
import { accountNumbers, type AccountNumbers, ownedByName } from './owner-by-name.ts';
import { PackWriters } from './pack-writers.ts';
import { Slots } from '../threads/slots.ts';
import { canChangeInPlace } from './standing-blobs.ts';
import { Selection } from './selection.ts';
import { partsOf, type TargetFolder, TargetFolders, withThoseBelow } from './target-folders.ts';
import { temporaryPrefix } from './temporary-names.ts';

/**
 * Restores `snapshot` (or the given tree of it) below `target`, which is made when it is missing.
 * Entries that cannot be restored are reported and make the outcome partial.
 * @throws Failure `restore.disk-full`, `restore.read-only`, `restore.target-unusable`, `patterns.malformed`, `tree.damaged`
 *   and what the repository throws for the trees
 */
export async function restore(
  reader: RestoreReader,
  snapshot: Pick<Snapshot, 'tree' | 'summary'>,
  target: string,
  options: RestoreOptions = {},
): Promise<RestoreResult> {
  const files = await openPosixFiles();
  const run = new Restore(reader, Buffer.from(resolve(target)), files, options);
  const { summary } = snapshot;
  const isWhole = summary !== undefined && options.include === undefined && options.exclude === undefined;
  if (isWhole) {
    const { total_files_processed: count, total_bytes_processed: bytes } = summary;
    options.report?.({ type: 'scanned', files: count, bytes, isComplete: true });
  }
  if (files.limits.length > 0) options.report?.({ type: 'limited', limits: files.limits });
  try {
    return await run.run(snapshot.tree);
  } finally {
    await run.close();
  }
}

// Files and blobs of a batch, three of which are in memory. Larger ones outlive the collector's nursery, and cost more than requests saved.
const maxWaiting = 3000;
// One batch of small files is one job for one thread.
const batchesAtOnce = 2;
// So many folders' trees are read together.
const foldersTogether = 256;
const slash = Buffer.from('/');

class Restore {
  readonly #reader: RestoreReader;
  readonly #target: Buffer;
  readonly #files: PosixFiles;
  readonly #options: RestoreOptions;
  readonly #numbers: AccountNumbers | undefined;
  readonly #selection: Selection;
  readonly #report: (event: RestoreEvent) => void;
  readonly #result: RestoreResult = {
    outcome: 'succeeded',
    files: 0,
    bytes: 0,
    written: 0,
    folders: 0,
    others: 0,
    unchanged: 0,
    skipped: 0,
    deleted: 0,
    notSet: { owner: 0, attributes: 0, times: 0, mode: 0 },
  };
  readonly #writers: PackWriters;
  readonly #slots: Slots;
  #waiting: RestoredFile[] = [];
  /** The batches that are being written while the walk goes on, the oldest first. */
  readonly #writing: Promise<void>[] = [];
  #blobsWaiting = 0;
  #temporaryNames = 0;
  readonly #folders: TargetFolders;
  readonly #hardLinks = new HardLinks();

  constructor(reader: RestoreReader, target: Buffer, files: PosixFiles, options: RestoreOptions) {
    this.#reader = reader;
    this.#target = target;
    this.#files = files;
    this.#options = options;
    this.#numbers = options.ownershipByName === true ? accountNumbers() : undefined;
    this.#selection = new Selection(options);
    this.#report = options.report ?? (() => {});
    this.#writers = new PackWriters(reader.repository, files, options.threads);
    this.#slots = new Slots(options.parallelPacks ?? 4);
    this.#folders = new TargetFolders(reader, {
      ...pickSignal(options),
      selection: this.#selection,
      dryRun: options.dryRun === true,
      keepsOthers: options.overwrite === 'never',
      clearsLeft: options.clearsLeft === true,
      nodeOf: (entry) => this.#owned(entry.node()),
      skip: (path, error) => this.#skip(path, error),
    });
  }

  async run(tree: BlobId): Promise<RestoreResult> {
    if (!this.#options.dryRun) this.#makeTarget();
    const path = this.#target;
    const root: TargetFolder = {
      path,
      node: undefined,
      tree,
      parent: undefined,
      folders: [],
      isMade: true,
      isNew: false,
    };
    await this.#folders.find(root);
    await this.#restoreFiles(root);
    await this.#writeWaiting();
    await Promise.all(this.#writing);
    for (const link of this.#hardLinks.waiting) this.#attempt(link.path, () => this.#link(link));
    const { made } = this.#folders;
    this.#result.folders = made.length;
    // Children first: whatever happens in a folder changes its times.
    for (const { path: folder, node } of made.toReversed()) if (node !== undefined) this.#setMetadata(folder, node);
    const { skipped, notSet } = this.#result;
    const isWhole = skipped === 0 && Object.values(notSet).every((count) => count === 0);
    return { ...this.#result, outcome: isWhole ? 'succeeded' : 'partial' };
  }

  /** Waits for what is under way, and ends the threads. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#writing);
    await this.#writers.close();
  }

  async #restoreFiles(root: TargetFolder): Promise<void> {
    let waiting: TargetFolder[] = [];
    for (const folder of withThoseBelow(root)) {
      waiting.push(folder);
      if (waiting.length < foldersTogether) continue;
      await this.#fillFolders(waiting);
      waiting = [];
    }
    await this.#fillFolders(waiting);
  }

  async #fillFolders(folders: TargetFolder[]): Promise<void> {
    for await (const read of treesTogether(this.#reader, folders, ({ tree }) => tree, pickSignal(this.#options))) {
      this.#options.signal?.throwIfAborted();
      const folder = read.wanted;
      try {
        if ('failure' in read) throw read.failure;
        await this.#fillFolder(folder, read.text);
      } catch (error) {
        if (folder.parent === undefined) throw error;
        this.#skip(folder.path, error);
      }
    }
  }

  async #fillFolder(folder: TargetFolder, tree: Iterable<Buffer>): Promise<void> {
    const names = this.#options.delete === true ? new Set<string>() : undefined;
    const parts = partsOf(folder);
    for (const node of decodeTreeInParts(tree)) {
      names?.add(node.name.toString('latin1'));
      // Folders are there already.
      if (node.type === 'dir' && node.subtree !== undefined) continue;
      if (!this.#selection.ask([...parts, node.name.toString('utf8')]).isSelected) continue;
      const path = Buffer.concat([folder.path, slash, node.name]);
      this.#attempt(path, () => this.#restoreEntry(this.#owned(node), path, folder));
      if (this.#blobsWaiting >= maxWaiting) await this.#writeWaiting();
    }
    if (names !== undefined) this.#deleteOthers(names, folder);
  }

  // To whom it belongs here.
  #owned(node: TreeNode): TreeNode {
    return this.#numbers === undefined ? node : ownedByName(node, this.#numbers);
  }

  #restoreEntry(node: TreeNode, path: Buffer, folder: TargetFolder): void {
    if (node.type === 'socket') return;
    if (node.type === 'irregular') throw new Error('it is of a type that cannot be made');
    if (node.type === 'dir') throw new Error('its list of entries is missing');
    this.#folders.make(folder);
    const existing = folder.isNew ? undefined : lstatSync(path, { bigint: true, throwIfNoEntry: false });
    const { overwrite } = this.#options;
    // It may hold anything: no other name is linked to it.
    if (existing !== undefined && overwrite === 'never') return this.#leave(path);
    if (this.#hardLinks.isOneMore(node, path)) return;
    if (existing !== undefined) {
      const isSame = existing.isFile() && existing.size === node.size && existing.mtimeNs === node.mtime.ns;
      if (overwrite === 'if-changed' && node.type === 'file' && isSame) {
        this.#leave(path);
        this.#setMetadata(path, node);
        return;
      }
      if (existing.isDirectory()) this.#removeFolderInTheWay(path);
    }
    if (node.type === 'file') this.#await(node, path, existing?.isDirectory() === true ? undefined : existing);
    else this.#makeOther(node, path, existing !== undefined && !existing.isDirectory());
  }

  #leave(path: Buffer): void {
    this.#result.unchanged += 1;
    this.#report({ type: 'file-unchanged', path: quote(path) });
  }

  #await(node: TreeNode, path: Buffer, existing: BigIntStats | undefined): void {
    if (this.#options.dryRun) {
      this.#done(path, Number(node.size));
      return;
    }
    const isInPlace =
      this.#options.inPlace === true && existing !== undefined && canChangeInPlace(path, existing, node.uid);
    const isBeside = existing !== undefined && !isInPlace;
    this.#waiting.push({ path, node, isInPlace, temporaryPath: isBeside ? this.#temporaryPath(path) : undefined });
    this.#blobsWaiting += 1 + (node.content?.length ?? 0);
  }

  // Beside the file it replaces, so that it can be renamed.
  #temporaryPath(path: Buffer): Buffer {
    this.#temporaryNames += 1;
    const folder = path.subarray(0, path.lastIndexOf(0x2f) + 1);
    return Buffer.concat([folder, Buffer.from(`${temporaryPrefix}${this.#temporaryNames}`)]);
  }

  #makeOther(node: TreeNode, path: Buffer, isThere: boolean): void {
    this.#result.others += 1;
    if (this.#options.dryRun) return;
    if (isThere) unlinkSync(path);
    if (node.type === 'symlink') symlinkSync(node.linkTarget ?? Buffer.alloc(0), path);
    else this.#files.makeSpecial(path, specialModes[node.type as keyof typeof specialModes] + 0o600, node.device);
    this.#setMetadata(path, node);
  }

  // Batches are written while the walk collects the next.
  async #writeWaiting(): Promise<void> {
    const files = this.#waiting;
    this.#waiting = [];
    this.#blobsWaiting = 0;
    if (this.#writing.length === batchesAtOnce) await this.#writing[0];
    if (files.length === 0) return;
    const { signal, sparse, verify } = this.#options;
    const handler: ContentHandler = {
      ...(signal === undefined ? {} : { signal }),
      isSparse: sparse ?? true,
      verifies: verify ?? false,
      slots: this.#slots,
      wrote: (bytes) => {
        this.#result.written += bytes;
        this.#report({ type: 'progress', bytes });
      },
      stood: (bytes) => this.#report({ type: 'progress', bytes }),
      notSet: (file, aspect, error) => this.#notSet(file.path, aspect, error),
      done: (file, size) => this.#done(file.path, size),
      failed: (file, error) => this.#skip(file.path, error),
    };
    const writing = writeFiles(this.#reader, this.#writers, files, handler);
    // Whoever waits for it hears of it; until then nobody does.
    writing.catch(() => {});
    if (this.#writing.push(writing) > batchesAtOnce) void this.#writing.shift();
  }

  #done(path: Buffer, size: number): void {
    this.#result.files += 1;
    this.#result.bytes += size;
    this.#report({ type: 'file-done', path: quote(path), size });
  }

  #link({ path, first }: HardLink): void {
    if (this.#hardLinks.isLost(first))
      throw new Error(`its content is that of ${quote(first)}, which was not restored`);
    if (!this.#options.dryRun) {
      rmSync(path, { force: true });
      linkSync(first, path);
    }
    this.#done(path, 0);
  }

  #makeTarget(): void {
    try {
      mkdirSync(this.#target, { recursive: true });
    } catch (error) {
      throw new Failure('restore.target-unusable', {
        message: `the folder ${quote(this.#target)} cannot be made`,
        hint: 'Choose a folder that this account may write to.',
        cause: error,
      });
    }
  }

  #removeFolderInTheWay(path: Buffer): void {
    if (this.#options.dryRun) return;
    try {
      if (this.#options.delete === true) rmSync(path, { recursive: true });
      else rmdirSync(path);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOTEMPTY') throw inTheWay(quote(path), 'a folder that is not empty');
      throw error;
    }
  }

  #deleteOthers(wanted: ReadonlySet<string>, folder: TargetFolder): void {
    for (const path of othersIn(folder, wanted, this.#selection))
      this.#attempt(path, () => {
        if (!this.#options.dryRun) rmSync(path, { recursive: true, force: true });
        this.#result.deleted += 1;
        this.#report({ type: 'deleted', path: quote(path) });
      });
  }

  #setMetadata(path: Buffer, node: TreeNode): void {
    if (this.#options.dryRun) return;
    setMetadata(path, metadataOf(node), this.#files, (aspect, error) => this.#notSet(path, aspect, error));
  }

  #notSet(path: Buffer, aspect: Aspect, error: unknown): void {
    this.#stopWhenHopeless(error);
    this.#result.notSet[aspect] += 1;
    const reason = error instanceof Error ? error.message : String(error);
    this.#report({ type: 'not-set', path: quote(path), aspect, reason });
  }

  #attempt(path: Buffer, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#skip(path, error);
    }
  }

  #skip(path: Buffer, error: unknown): void {
    this.#options.signal?.throwIfAborted();
    this.#stopWhenHopeless(error);
    this.#result.skipped += 1;
    this.#hardLinks.lose(path);
    this.#report({ type: 'file-skipped', path: quote(path), failure: notRestored(quote(path), error) });
  }

  #stopWhenHopeless(error: unknown): void {
    // A place that cannot be reached, or a full disk, is no matter of one entry.
    if (error instanceof Failure && /^(backend|restore\.(disk-full|read-only))/.test(error.code)) throw error;
    const failure = targetFailure(quote(this.#target), error);
    if (failure !== undefined) throw failure;
  }
}

const specialModes = { dev: 0o060000, chardev: 0o020000, fifo: 0o010000 } as const;
