// Walks the source and saves its trees from the leaves up. A folder is finished as soon as its files are: never the whole tree in memory.
import type { BigIntStats } from 'node:fs';
import { lstatSync, readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Failure, isFailure, systemErrorCode } from '../../base/failure.ts';
import type { PosixFiles } from '../files/posix-files.ts';
import { nodeTypeOf } from '../format/file-mode.ts';
import { quote } from '../format/go-text.ts';
import { localTime } from '../format/node-time.ts';
import { compareNames, decodeTree, encodeTree, type TreeNode } from '../format/tree.ts';
import type { BlobId } from '../ids.ts';
import type { BlobWriter } from '../repository/blob-store.ts';
import { BackupCounts } from './backup-counts.ts';
import { commandOutput } from './command-stream.ts';
import { entryNode, type EntryOptions } from './entry-node.ts';
import type { BackupEvent } from './events.ts';
import type { Exclusions } from './exclusions.ts';
import type { FileSaver, SavedFile } from './file-saver.ts';
import { finder, type ParentFolder, type ParentReader, ParentTrees, subtreesOf } from './parent-trees.ts';
import { type ChangeOptions, isContentUnchanged, isSameNode, isUntouched } from './same-node.ts';
import { Slots } from './slots.ts';
import { FolderLook, type StatCache } from './stat-cache.ts';
import { entriesOf, isSameStat, type KnownFolder, namesText, statWords } from './stat-cache-file.ts';
import { join, type SourceFolder, type SourceItem, type VirtualFile } from './source-plan.ts';

/** Where blobs go, and where the parent's trees come from. */
export type TreeTarget = ParentReader & Pick<BlobWriter, 'saveBlob'>;

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
}

/** The folder that an entry lies in: the file systems of the given path and of the folder, and what was seen there so far. */
interface Surrounding {
  source: bigint;
  folder: bigint;
  look: FolderLook;
}

/** A node that is there now, or will be when its bytes are stored; undefined when it is left out. */
type Entry = TreeNode | undefined | Promise<TreeNode | undefined>;

/** A folder whose entries have all been visited. `id` settles when all of it is stored. In an object, so that nobody awaits it by accident. */
interface VisitedFolder {
  id: Promise<BlobId>;
}

/** What a look at an entry gave. Wrapped, because awaiting a promise of a promise would wait for the bytes. */
interface VisitedEntry {
  entry: Entry;
}

const maxFilesInFlight = 1024;
const maxFoldersInFlight = 1024;
const [readsMax, rereadBytesMax] = [3, 256n * 1024n ** 2n];
// Dumps are work for the database too, and each stream has a chunker of its own.
const maxStreamsInFlight = 2;
const turnMs = 20;
// The clock is looked at once for so many entries.
const entriesPerLook = 16;
const leftOut: VisitedEntry = { entry: undefined };

/** Saves one source. Use once. */
export class TreeSaver {
  readonly counts = new BackupCounts();
  readonly #target: TreeTarget;
  readonly #saver: FileSaver;
  readonly #options: TreeSaverOptions;
  readonly #parents: ParentTrees;
  readonly #fileSlots = new Slots(maxFilesInFlight);
  readonly #folderSlots = new Slots(maxFoldersInFlight);
  readonly #streamSlots = new Slots(maxStreamsInFlight);
  /** Files with several names are read once. */
  readonly #linked = new Map<string, { left: bigint; saved: Promise<SavedFile> }>();
  readonly #entryOptions: EntryOptions;
  readonly #operation: { signal?: AbortSignal };
  #broken: { error: unknown } | undefined;
  #turnStarted = 0;
  #entries = 0;

  constructor(target: TreeTarget, saver: FileSaver, options: TreeSaverOptions) {
    this.#target = target;
    this.#saver = saver;
    this.#options = options;
    this.#entryOptions = {
      files: options.files,
      ...(options.withAtime === undefined ? {} : { withAtime: options.withAtime }),
      onAttributesUnreadable: (where, error) => this.#skip(where, error, 'the extended attributes of '),
    };
    this.#operation = options.signal === undefined ? {} : { signal: options.signal };
    this.#parents = new ParentTrees(target, this.#operation);
  }

  /** Saves the source and gives its root tree. @throws what the repository threw, Failure `backup.command-failed` */
  async save(root: SourceFolder, parent: BlobId | undefined): Promise<BlobId> {
    const visited = await this.#visitSourceFolder(root, ['/'], await this.#parents.load(parent));
    return await visited.id;
  }

  async #visitSourceFolder(
    folder: SourceFolder,
    parts: string[],
    parent: ParentFolder | undefined,
  ): Promise<VisitedFolder> {
    const names = [...folder.children.keys()].map((key) => Buffer.from(key, 'latin1')).sort(Buffer.compare);
    const find = finder(parent);
    const entries: Entry[] = [];
    for (const name of names) {
      const item = folder.children.get(name.toString('latin1'));
      const before = find(name);
      parts.push(name.toString('utf8'));
      if (item !== undefined) entries.push((await this.#visitItem(name, item, parts, before)).entry);
      parts.pop();
    }
    return { id: this.#finishFolder(entries, parent) };
  }

  async #visitItem(
    name: Buffer,
    item: SourceItem,
    parts: string[],
    before: TreeNode | undefined,
  ): Promise<VisitedEntry> {
    if (item.kind === 'virtual') return { entry: this.#guard(this.#saveVirtual(name, item.file, before)) };
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
      if (exclusions.excludesFile(stat)) return leftOut;
      const isElsewhere = exclusions.oneFileSystem && device !== undefined && stat.dev !== device.source;
      if (isElsewhere && (!stat.isDirectory() || device.folder !== device.source)) return leftOut;
      device?.look.add(name, stat);
      if (before !== undefined && this.#isUntouchedFile(before, stat))
        return this.#visitFile({ ...before }, path, stat, before, device?.look);
      const type = nodeTypeOf(Number(stat.mode));
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
    return this.#visitFile(node, path, stat, before, device?.look);
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
    devices: Omit<Surrounding, 'look'>,
    parts: string[],
    parentTree: BlobId | undefined,
  ): Promise<VisitedFolder | undefined> {
    // One character a byte: such strings are cheap, and sort as bytes do.
    let names: string[];
    try {
      names = readdirSync(path, { encoding: 'latin1' }).sort();
    } catch (error) {
      this.#skip(path, error);
      return undefined;
    }
    const { exclusions } = this.#options;
    const kept = exclusions.tagsOf(path)?.map((tag) => tag.toString('latin1'));
    if (kept !== undefined) names = names.filter((name) => kept.includes(name));
    const folder = join(path, Buffer.alloc(0)).toString('latin1');
    const known = parentTree === undefined ? undefined : this.#knownFolder(parentTree);
    if (known !== undefined && (await this.#isAsKnown(known, folder, names, parts)))
      return this.#walkKnown(known, folder, devices, parts);
    const parent = await this.#parents.load(parentTree);
    const find = finder(parent);
    if (parent !== undefined) this.#parents.announce(parent);
    const look = new FolderLook();
    const device = { ...devices, look };
    const entries: Entry[] = [];
    for (const text of names) {
      const pause = this.#pause();
      if (pause !== undefined) await pause;
      const name = Buffer.from(text, 'latin1');
      if (exclusions.hasPatterns) parts.push(name.toString('utf8'));
      const visited = this.#visit(name, Buffer.from(folder + text, 'latin1'), parts, find(name), device);
      entries.push((visited instanceof Promise ? await visited : visited).entry);
      if (exclusions.hasPatterns) parts.pop();
    }
    if (parent !== undefined) this.#parents.forget(parent);
    return { id: this.#folderSlots.run(() => this.#finishFolder(entries, parent, look)) };
  }

  #knownFolder(tree: BlobId): KnownFolder | undefined {
    const known = this.#options.statCache?.find(tree);
    return known !== undefined && this.#target.hasBlob('tree', tree) ? known : undefined;
  }

  // The same entries, and the system says the same of each.
  async #isAsKnown(known: KnownFolder, folder: string, names: string[], parts: string[]): Promise<boolean> {
    const { exclusions } = this.#options;
    const isKept = (name: string): boolean =>
      !exclusions.excludesPath([...parts, Buffer.from(name, 'latin1').toString('utf8')]);
    const included = exclusions.hasPatterns ? names.filter(isKept) : names;
    if (known.names !== namesText(included)) return false;
    for (const [index, name] of included.entries()) {
      const pause = this.#pause();
      if (pause !== undefined) await pause;
      const stat = lstatSync(Buffer.from(folder + name, 'latin1'), { bigint: true, throwIfNoEntry: false });
      if (stat === undefined || !isSameStat(known.stats, index * statWords, stat)) return false;
    }
    return true;
  }

  // Nothing in the folder itself has changed; below it something may have.
  async #walkKnown(
    known: KnownFolder,
    folder: string,
    { source }: Omit<Surrounding, 'look'>,
    parts: string[],
  ): Promise<VisitedFolder> {
    const below: (VisitedFolder | undefined)[] = [];
    let files = 0;
    let bytes = 0;
    for (const { name, mode, size, device } of entriesOf(known)) {
      const type = nodeTypeOf(mode);
      if (type === 'file') {
        files += 1;
        bytes += size;
      }
      if (type !== 'dir') continue;
      const path = Buffer.from(folder + name, 'latin1');
      if (this.#options.exclusions.hasPatterns) parts.push(Buffer.from(name, 'latin1').toString('utf8'));
      below.push(await this.#walk(path, { source, folder: device }, parts, known.subtrees[below.length]));
      if (this.#options.exclusions.hasPatterns) parts.pop();
    }
    this.counts.unmodifiedFiles(files, bytes);
    this.#options.report({ type: 'files-unmodified', files, bytes });
    return { id: this.#folderSlots.run(() => this.#finishKnown(known, below)) };
  }

  async #finishKnown(known: KnownFolder, below: (VisitedFolder | undefined)[]): Promise<BlobId> {
    try {
      const subtrees: (BlobId | undefined)[] = [];
      for (const visited of below) subtrees.push(await visited?.id);
      const isSame = subtrees.every((id, index) => id === known.subtrees[index]);
      for (const [index, id] of subtrees.entries())
        if (id !== undefined) this.counts.folder(id === known.subtrees[index] ? 'unmodified' : 'changed');
      const tree = isSame ? known.tree : await this.#saveWithSubtrees(known, subtrees);
      const isWhole = subtrees.every((id) => id !== undefined);
      if (isWhole) this.#options.statCache?.add({ ...known, tree, subtrees });
      return tree;
    } catch (error) {
      this.#broken ??= { error };
      throw error;
    }
  }

  // The folder's own entries as they were, with other trees below. A subfolder that can no longer be read is left out.
  async #saveWithSubtrees(known: KnownFolder, subtrees: (BlobId | undefined)[]): Promise<BlobId> {
    const nodes = decodeTree(await this.#target.loadBlob('tree', known.tree, this.#operation));
    let at = 0;
    const changed = nodes.flatMap((node): TreeNode[] => {
      if (node.type !== 'dir') return [node];
      const subtree = subtrees[at];
      at += 1;
      return subtree === undefined ? [] : [{ ...node, subtree }];
    });
    return this.#saveTree(changed);
  }

  async #saveTree(nodes: TreeNode[]): Promise<BlobId> {
    const tree = encodeTree(nodes);
    const saved = await this.#target.saveBlob('tree', tree, this.#operation);
    this.counts.tree(saved, tree.length);
    return saved.id;
  }

  #folderEntry(node: TreeNode, visited: VisitedFolder, before: TreeNode | undefined): Entry {
    const whenStored = async (): Promise<TreeNode> => {
      node.subtree = await visited.id;
      const isSame = before !== undefined && isSameNode(before, node);
      this.counts.folder(before?.type === 'dir' ? (isSame ? 'unmodified' : 'changed') : 'new');
      return isSame ? before : node;
    };
    return this.#guard(whenStored());
  }

  #visitFile(
    node: TreeNode,
    path: Buffer,
    stat: BigIntStats,
    before: TreeNode | undefined,
    look: FolderLook | undefined,
  ): VisitedEntry | Promise<VisitedEntry> {
    if (before !== undefined && isContentUnchanged(before, stat, this.#options)) {
      if (before.content?.every((id) => this.#target.hasBlob('data', id)) === true) {
        node.content = before.content;
        return { entry: this.#doneFile(node, path, before) };
      }
      this.#options.report({ type: 'file-healed', path: quote(path) });
    }
    const read = (): VisitedEntry => ({ entry: this.#readFile(node, path, stat, before, look) });
    return this.#fileSlots.isFull ? this.#fileSlots.room().then(read) : read();
  }

  // Never rejects, so that nobody need listen before its folder is finished: what ends the run is kept in `#broken`.
  async #readFile(
    node: TreeNode,
    path: Buffer,
    stat: BigIntStats,
    before: TreeNode | undefined,
    look: FolderLook | undefined,
  ): Promise<TreeNode | undefined> {
    this.#fileSlots.take();
    try {
      for (let reads = 1, seen = stat; ; reads += 1) {
        const saved = await (seen.nlink === 1n ? this.#saveFile(path, seen) : this.#saveLinked(path, seen));
        node.content = saved.content;
        node.size = BigInt(saved.size);
        const after = lstatSync(path, { bigint: true, throwIfNoEntry: false });
        if (after !== undefined && after.mtimeNs === seen.mtimeNs && after.size === seen.size) break;
        look?.spoil();
        // What keeps changing is stored with the time before the last read: the next run reads it again.
        if (after?.isFile() !== true || after.nlink > 1n || after.size > rereadBytesMax || reads === readsMax) {
          this.#options.report({ type: 'file-changed-while-read', path: quote(path) });
          break;
        }
        seen = after;
        Object.assign(node, this.#node(node.name, path, seen));
      }
      return this.#doneFile(node, path, before);
    } catch (error) {
      if (isUnreadable(error)) this.#skip(path, error);
      else this.#broken ??= { error };
      return undefined;
    } finally {
      this.#fileSlots.giveBack();
    }
  }

  #saveFile(path: Buffer, stat: BigIntStats): Promise<SavedFile> {
    return this.#saver.saveFile(path, { ...this.#operation, expectedBytes: Number(stat.size) }).then((saved) => {
      this.counts.content(saved);
      this.#options.report({ type: 'progress', bytes: saved.size });
      return saved;
    });
  }

  #saveLinked(path: Buffer, stat: BigIntStats): Promise<SavedFile> {
    const key = `${stat.dev} ${stat.ino}`;
    const linked = this.#linked.get(key) ?? { left: stat.nlink, saved: this.#saveFile(path, stat) };
    linked.left -= 1n;
    if (linked.left > 0n) this.#linked.set(key, linked);
    else this.#linked.delete(key);
    return linked.saved;
  }

  #doneFile(node: TreeNode, path: Buffer, before: TreeNode | undefined): TreeNode {
    const isSame = before !== undefined && isSameNode(before, node);
    const change = before?.type === 'file' ? (isSame ? 'unmodified' : 'changed') : 'new';
    this.counts.file(change, Number(node.size));
    this.#options.report({ type: 'file-done', path: quote(path), size: Number(node.size), change });
    return isSame ? before : node;
  }

  async #saveVirtual(name: Buffer, file: VirtualFile, before: TreeNode | undefined): Promise<TreeNode> {
    await this.#streamSlots.room();
    const saved = await this.#streamSlots.run(() => {
      const stream = 'open' in file ? file.open(this.#options.signal) : commandOutput(file, this.#options.signal);
      return this.#saver.saveStream(stream, this.#operation);
    });
    this.counts.content(saved);
    this.#options.report({ type: 'progress', bytes: saved.size });
    // What comes out the same as before is the same file: its time is when it last changed.
    const isSame = before?.type === 'file' && isDeepStrictEqual(before.content, saved.content);
    const node: TreeNode = {
      ...bareNode(name, isSame ? before.mtime : localTime(this.#options.nowNs)),
      type: 'file',
      mode: 0o600,
      size: BigInt(saved.size),
      content: saved.content,
    };
    return this.#doneFile(node, Buffer.from(file.path), before);
  }

  async #finishFolder(entries: Entry[], parent: ParentFolder | undefined, look?: FolderLook): Promise<BlobId> {
    try {
      const nodes: TreeNode[] = [];
      for (const entry of entries) {
        const node = entry instanceof Promise ? await entry : entry;
        if (node !== undefined) nodes.push(node);
      }
      if (this.#broken !== undefined) throw this.#broken.error;
      const isSame = parent?.nodes.length === nodes.length && nodes.every((node, at) => node === parent.nodes[at]);
      const tree = parent !== undefined && isSame ? parent.id : await this.#saveTree(nodes.sort(compareNames));
      // Entries that were left out are not in the tree, and would be missed.
      const known = look?.count === nodes.length ? look.known(tree, subtreesOf(nodes)) : undefined;
      if (known !== undefined) this.#options.statCache?.add(known);
      return tree;
    } catch (error) {
      this.#broken ??= { error };
      throw error;
    }
  }

  // Lets others work now and then, waits while too much is under way, and stops when something is beyond repair.
  #pause(): Promise<void> | undefined {
    if (this.#broken !== undefined) throw this.#broken.error;
    this.#entries += 1;
    if (this.#folderSlots.isFull) return this.#folderSlots.room();
    if (this.#entries % entriesPerLook !== 0) return undefined;
    this.#options.signal?.throwIfAborted();
    if (performance.now() - this.#turnStarted < turnMs) return undefined;
    return nextTurn().then(() => {
      this.#turnStarted = performance.now();
    });
  }

  // Somebody awaits each entry, but perhaps only after another one has failed.
  #guard(entry: Promise<TreeNode | undefined>): Promise<TreeNode | undefined> {
    entry.catch((error: unknown) => {
      this.#broken ??= { error };
    });
    return entry;
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

function bareNode(name: Buffer, time: TreeNode['mtime']): Omit<TreeNode, 'type' | 'mode'> {
  return {
    name,
    mtime: time,
    atime: time,
    ctime: time,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    inode: 0n,
    deviceId: 0n,
    size: 0n,
    links: 0n,
    extendedAttributes: [],
    device: 0n,
    content: null,
  };
}

// The source's own trouble is a system error; what the repository or a command throws is a Failure and ends the run.
function isUnreadable(error: unknown): boolean {
  return isFailure(error) ? error.code === 'backup.not-a-file' : systemErrorCode(error) !== undefined;
}

function unreadable(what: string, cause: unknown): Failure {
  return new Failure('backup.unreadable', {
    message: `${what} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'Give the account that runs the backup the right to read it, or exclude it.',
    cause,
  });
}
