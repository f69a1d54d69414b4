// Walks the source and saves its trees from the leaves up. A folder is finished as soon as its files are: never the whole tree in memory.
import type { BigIntStats } from 'node:fs';
import { lstatSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isFailure, systemErrorCode } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { SnapshotFolders } from '../browse/snapshot-folders.ts';
import type { PosixFiles } from '../files/posix-files.ts';
import { nodeTypeOf } from '../format/file-mode.ts';
import { quote } from '../format/go-text.ts';
import { localTime } from '../format/node-time.ts';
import { decodeTree, type TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import { BackupCounts } from './backup-counts.ts';
import { Breakage } from '../../base/breakage.ts';
import { bareNode, entryNode, type EntryOptions } from './entry-node.ts';
import type { BackupEvent } from './events.ts';
import type { Exclusions } from './exclusions.ts';
import { FileEntries } from './file-entries.ts';
import type { FileSaver } from './file-saver.ts';
import { type FolderListing, listFolder, listNames } from './folder-listing.ts';
import { type Devices, KnownFolders, type VisitedFolder, type Walk } from './known-folders.ts';
import { type Entry, FolderTrees } from './folder-trees.ts';
import type { TreeSink } from './growing-tree.ts';
import { NewFilesRun } from './new-files.ts';
import { type NewFilesPlace, NewFilesWalk } from './new-files-walk.ts';
import { notAFile } from './open-source.ts';
import { ParentCursor, type ParentFolder, type ParentReader, ParentTrees } from './parent-trees.ts';
import { type ChangeOptions, isSameNode, isUntouched } from './same-node.ts';
import { Slots } from '../threads/slots.ts';
import { type EntryLook, FolderLook, type StatCache } from './stat-cache.ts';
import { unreadable } from './unreadable.ts';
import { hasVirtual, join, type SourceFolder, type SourceItem } from './source-plan.ts';

/** Where blobs go, and where the parent's trees come from. */
export type TreeTarget = ParentReader & TreeSink;

/** How the walk goes about it. */
export interface TreeSaverOptions extends ChangeOptions {
  files: PosixFiles;
  exclusions: Exclusions;
  withAtime?: boolean;
  /** The time of virtual files, nanoseconds since 1970. */
  nowNs: bigint;
  report(event: BackupEvent): void;
  signal?: AbortSignal | undefined;
  statCache?: StatCache | undefined;
  /** Numbers of file systems as they are met, and what they count as. */
  devices?: ReadonlyMap<bigint, bigint> | undefined;
}

/** The folder that an entry lies in: the file systems of the given path and of the folder, and what was seen there so far. */
interface Surrounding extends Devices {
  look: EntryLook;
  /** The entry was a file when the folder was listed, and is looked at late: other folders have passed since. */
  isLate?: true;
}

/** What a look at an entry gave. Wrapped, because awaiting a promise of a promise would wait for the bytes. */
interface VisitedEntry {
  entry: Entry;
}

const maxFoldersInFlight = 1024;
const newFilesPerRun = 128;
const turnMs = 20;
// The clock is looked at once for so many entries.
const entriesPerLook = 16;
// A folder with more entries is written while it is still being walked; so many of its entries wait at most twice.
const largeFolderEntries = 8192;
const leftOut: VisitedEntry = { entry: undefined };

/** Saves one source. Use once. */
export class TreeSaver {
  readonly counts = new BackupCounts();
  readonly #target: TreeTarget;
  readonly #options: TreeSaverOptions;
  readonly #parents: ParentTrees;
  readonly #known: KnownFolders | undefined;
  readonly #newFiles: NewFilesWalk;
  readonly #trees: FolderTrees;
  readonly #breakage = new Breakage();
  readonly #folderSlots = new Slots(maxFoldersInFlight);
  readonly #files: FileEntries;
  readonly #entryOptions: EntryOptions;
  readonly #operation: Operation;
  /** The parent by paths, once it is known. */
  #before: SnapshotFolders | undefined;
  #turnStarted = 0;
  #entries = 0;

  constructor(target: TreeTarget, saver: FileSaver, options: TreeSaverOptions) {
    this.#target = target;
    this.#options = options;
    this.#entryOptions = {
      files: options.files,
      ...(options.withAtime === undefined ? {} : { withAtime: options.withAtime }),
      onAttributesUnreadable: (where, error) => this.#skip(where, error, 'the extended attributes of '),
    };
    this.#operation = options.signal === undefined ? {} : { signal: options.signal };
    this.#parents = new ParentTrees(target, this.#operation);
    const { statCache } = options;
    const breakage = this.#breakage;
    this.#trees = new FolderTrees({ target, counts: this.counts, statCache, breakage, operation: this.#operation });
    this.#files = new FileEntries(saver, this.counts, options, {
      hasContent: (id) => target.hasBlob('data', id),
      node: (...entry) => this.#node(...entry),
      nodeBefore: (path) => this.#nodeBefore(path),
      skip: (path, error) => this.#skip(path, error),
      breakWith: (error) => breakage.breakWith(error),
    });
    this.#known = statCache === undefined ? undefined : new KnownFolders(statCache, this.#asWalk());
    this.#newFiles = new NewFilesWalk(saver, options, this.counts, {
      visitLate: (...late) => breakage.watch(this.#visitLate(...late)),
      breakWith: (error) => breakage.breakWith(error),
    });
  }

  #asWalk(): Walk {
    const { exclusions, devices, report } = this.#options;
    return {
      exclusions,
      devices,
      report,
      counts: this.counts,
      hasTree: (tree) => this.#target.hasBlob('tree', tree),
      loadNodes: async (tree) => decodeTree(await this.#target.loadBlob('tree', tree, this.#operation)),
      saveTree: (nodes) => this.#trees.save(nodes),
      pause: () => this.#pause(),
      walk: (...folder) => this.#walk(...folder),
      finish: (task) => this.#folderSlots.run(() => this.#breakage.byFailureOf(task)),
    };
  }

  /** Saves the source and gives its root tree. @throws what the repository threw, Failure `backup.command-failed` */
  async save(root: SourceFolder, parent: BlobId | undefined): Promise<BlobId> {
    this.#before = parent === undefined ? undefined : new SnapshotFolders(this.#target, parent);
    try {
      const visited = await this.#visitSourceFolder(root, ['/'], await this.#parents.load(parent));
      return await visited.id;
    } finally {
      this.#trees.discard();
    }
  }

  // As with the parent's folders: what cannot be read there is read from the source.
  async #nodeBefore(path: Buffer): Promise<TreeNode | undefined> {
    try {
      return (await this.#before?.entry(path.toString('latin1')))?.node;
    } catch (error) {
      if (isFailure(error)) return undefined;
      throw error;
    }
  }

  async #visitSourceFolder(
    folder: SourceFolder,
    parts: string[],
    parent: ParentFolder | undefined,
  ): Promise<VisitedFolder> {
    const items = [...folder.children].map(([key, item]) => ({ name: Buffer.from(key, 'latin1'), item }));
    items.sort((a, b) => Buffer.compare(a.name, b.name));
    const cursor = new ParentCursor(parent, false);
    const befores = new Map(items.map(({ name, item }) => [item, cursor.find(name)]));
    const entries = new Map<SourceItem, Entry>();
    // What is made for the backup shows a moment that is held for it: it is read before the folders are walked.
    for (const { name, item } of items.toSorted((a, b) => Number(hasVirtual(b.item)) - Number(hasVirtual(a.item)))) {
      const before = befores.get(item);
      parts.push(name.toString('utf8'));
      entries.set(item, (await this.#visitItem(name, item, parts, before)).entry);
      parts.pop();
    }
    return {
      id: this.#trees.finish(
        items.map(({ item }) => entries.get(item)),
        cursor,
      ),
    };
  }

  async #visitItem(
    name: Buffer,
    item: SourceItem,
    parts: string[],
    before: TreeNode | undefined,
  ): Promise<VisitedEntry> {
    if (item.kind === 'virtual')
      return { entry: this.#breakage.watch(this.#files.saveVirtual(name, item.file, before)) };
    if (item.kind === 'path') return this.#visit(name, item.path, parts, before, undefined);
    const node = this.#syntheticNode(name, item, before);
    const visited = await this.#visitSourceFolder(item, parts, await this.#parents.load(before?.subtree));
    return { entry: this.#folderEntry(node, visited, before) };
  }

  // A folder that only virtual files need may not exist on this machine.
  #syntheticNode(name: Buffer, folder: SourceFolder, before: TreeNode | undefined): TreeNode {
    const stat = lstatSync(folder.path, { bigint: true, throwIfNoEntry: false });
    if (stat?.isDirectory() === true) return this.#node(name, folder.path, stat);
    const time = before?.type === 'dir' ? before.mtime : localTime(this.#options.nowNs);
    return { ...bareNode(name, time), type: 'dir', mode: 0x8000_0000 + 0o755 };
  }

  /** Looks at one entry. `device` is that of the folder it lies in, or undefined for a path that was given. */
  #visit(
    name: Buffer,
    path: Buffer,
    parts: string[],
    before: TreeNode | undefined,
    device: Surrounding | undefined,
  ): VisitedEntry | Promise<VisitedEntry> {
    const { exclusions } = this.#options;
    if (exclusions.hasPatterns && exclusions.excludesPath(parts)) return leftOut;
    let stat: BigIntStats;
    let node: TreeNode;
    try {
      stat = lstatSync(path, { bigint: true });
      stat.dev = this.#options.devices?.get(stat.dev) ?? stat.dev;
      if (exclusions.excludesFile(stat)) return leftOut;
      const isElsewhere = exclusions.oneFileSystem && device !== undefined && stat.dev !== device.source;
      if (isElsewhere && (!stat.isDirectory() || device.folder !== device.source)) return leftOut;
      device?.look.add(name, stat);
      if (before !== undefined && this.#isUntouchedFile(before, stat))
        return this.#files.visit({ ...before }, path, stat, before, device?.look);
      const type = nodeTypeOf(Number(stat.mode));
      if (type === 'dir' && device?.isLate === true) throw notAFile(path);
      // A socket lives only as long as the program that made it.
      if (type === 'socket') return leftOut;
      if (type === 'irregular') throw new Error('it is of a type that cannot be kept');
      node = this.#node(name, path, stat);
    } catch (error) {
      this.#skip(path, error);
      return leftOut;
    }
    if (node.type === 'dir') return this.#visitFolder(node, path, stat, parts, before, device?.source ?? stat.dev);
    if (node.type !== 'file') return { entry: before !== undefined && isSameNode(before, node) ? before : node };
    return this.#files.visit(node, path, stat, before, device?.look);
  }

  #isUntouchedFile(before: TreeNode, stat: BigIntStats): boolean {
    if (before.type !== 'file' || this.#options.force === true) return false;
    return isUntouched(before, stat, this.#options.files, this.#options.withAtime === true);
  }

  async #visitFolder(
    node: TreeNode,
    path: Buffer,
    stat: BigIntStats,
    parts: string[],
    before: TreeNode | undefined,
    source: bigint,
  ): Promise<VisitedEntry> {
    const parentTree = before?.type === 'dir' ? before.subtree : undefined;
    const visited = await this.#walk(path, { source, folder: stat.dev }, parts, parentTree);
    return visited === undefined ? leftOut : { entry: this.#folderEntry(node, visited, before) };
  }

  // Undefined when the folder cannot be read.
  async #walk(
    path: Buffer,
    devices: Devices,
    parts: string[],
    parentTree: BlobId | undefined,
  ): Promise<VisitedFolder | undefined> {
    const known = parentTree === undefined ? undefined : this.#known?.find(parentTree);
    const folder = join(path, Buffer.alloc(0)).toString('latin1');
    if (this.#known !== undefined && known !== undefined && (await this.#known.isUnchanged(known, folder, parts)))
      return this.#known.visit(known, folder, devices.source, parts);
    const listing = this.#list(path, this.#workersTake(devices));
    if (listing === undefined) return undefined;
    const { names } = listing;
    const { exclusions } = this.#options;
    const parent = await this.#parents.load(parentTree);
    const isLarge = names.length > largeFolderEntries;
    const cursor = new ParentCursor(parent, isLarge);
    if (parent !== undefined) this.#parents.announce(parent);
    const look = new FolderLook();
    const device = { ...devices, look };
    const place = { folder, devices, look, parts: exclusions.hasPatterns ? [...parts] : [] };
    const growing = isLarge ? this.#trees.grow(cursor) : undefined;
    let written: Promise<void> = Promise.resolve();
    let entries: Entry[] = [];
    let run = new NewFilesRun();
    for (const text of names) {
      const pause = this.#pause();
      if (pause !== undefined) await pause;
      if (growing !== undefined && entries.length >= largeFolderEntries) {
        if (run.names.length > 0) await this.#newFiles.start(run, place);
        run = new NewFilesRun();
        const finished = entries;
        entries = [];
        await written;
        written = this.#trees.add(growing, finished);
        written.catch(() => {});
      }
      if (listing.isFile(text) && this.#isNew(text, parts, cursor)) {
        run.add(text, look.expect(text));
        entries.push(run);
        if (run.names.length < newFilesPerRun) continue;
        await this.#newFiles.start(run, place);
        run = new NewFilesRun();
        continue;
      }
      const name = Buffer.from(text, 'latin1');
      if (exclusions.hasPatterns) parts.push(name.toString('utf8'));
      const visited = this.#visit(name, Buffer.from(folder + text, 'latin1'), parts, cursor.find(name), device);
      entries.push((visited instanceof Promise ? await visited : visited).entry);
      if (exclusions.hasPatterns) parts.pop();
    }
    if (run.names.length > 0) await this.#newFiles.start(run, place);
    if (parent !== undefined) this.#parents.forget(parent);
    const rest = entries;
    if (growing === undefined) return { id: this.#folderSlots.run(() => this.#trees.finish(rest, cursor, look)) };
    return { id: this.#folderSlots.run(() => written.then(() => this.#trees.finishGrown(growing, rest, look))) };
  }

  // Workers tell of file systems as they meet them.
  #workersTake(devices: Devices): boolean {
    return this.#options.devices === undefined && this.#newFiles.takes(devices);
  }

  // Undefined when the folder cannot be read.
  #list(path: Buffer, withTypes: boolean): FolderListing | undefined {
    let listing: FolderListing;
    try {
      listing = withTypes ? listFolder(path) : { names: listNames(path), isFile: () => false };
    } catch (error) {
      this.#skip(path, error);
      return undefined;
    }
    const kept = this.#options.exclusions.tagsOf(path)?.map((tag) => tag.toString('latin1'));
    if (kept === undefined) return listing;
    return { ...listing, names: listing.names.filter((name) => kept.includes(name)) };
  }

  #isNew(text: string, parts: readonly string[], parent: ParentCursor): boolean {
    const { exclusions } = this.#options;
    if (parent.folder === undefined && !exclusions.hasPatterns) return true;
    const name = Buffer.from(text, 'latin1');
    if (parent.find(name) !== undefined) return false;
    return !exclusions.hasPatterns || !exclusions.excludesPath([...parts, name.toString('utf8')]);
  }

  async #visitLate(
    run: NewFilesRun,
    index: number,
    path: Buffer,
    { folder, devices, look, parts }: NewFilesPlace,
  ): Promise<TreeNode | undefined> {
    const name = path.subarray(folder.length);
    const surrounding = { ...devices, look: look.at(run.places[index] ?? 0), isLate: true } as const;
    const { entry } = await this.#visit(name, path, [...parts, name.toString('utf8')], undefined, surrounding);
    return entry instanceof NewFilesRun ? undefined : await entry;
  }

  #folderEntry(node: TreeNode, visited: VisitedFolder, before: TreeNode | undefined): Entry {
    const whenStored = async (): Promise<TreeNode> => {
      node.subtree = await visited.id;
      const isSame = before !== undefined && isSameNode(before, node);
      this.counts.folder(before?.type === 'dir' ? (isSame ? 'unmodified' : 'changed') : 'new');
      return isSame ? before : node;
    };
    return this.#breakage.watch(whenStored());
  }

  // Lets others work now and then, waits while too much is under way, and stops when something is beyond repair.
  #pause(): Promise<void> | undefined {
    this.#breakage.throwIfBroken();
    this.#entries += 1;
    if (this.#folderSlots.isFull) return this.#folderSlots.room();
    if (this.#entries % entriesPerLook !== 0) return undefined;
    this.#options.signal?.throwIfAborted();
    if (performance.now() - this.#turnStarted < turnMs) return undefined;
    return nextTurn().then(() => {
      this.#turnStarted = performance.now();
    });
  }

  #node(name: Buffer, path: Buffer, stat: BigIntStats): TreeNode {
    return entryNode(name, path, stat, this.#entryOptions);
  }

  #skip(path: Buffer, error: unknown, what = ''): void {
    const name = quote(path);
    if (systemErrorCode(error) === 'ENOENT') {
      this.counts.vanished += 1;
      this.#options.report({ type: 'file-vanished', path: name });
      return;
    }
    this.counts.skipped += 1;
    this.#options.report({ type: 'file-skipped', path: name, failure: unreadable(`${what}${name}`, error) });
  }
}
