// Searches snapshots for entries by name or path.
import type { Operation } from '../../base/operation.ts';
import type { NamedSnapshot } from '../format/snapshot-types.ts';
import type { NodeType } from '../format/file-mode.ts';
import { PathPatterns } from '../path-patterns.ts';
import { pickSignal } from '../repository/sealed-files.ts';
import type { BlobId } from '../ids.ts';
import { type SnapshotEntry, treeNames, type TreeReader } from './entries.ts';

const slash = Buffer.from('/');

/** What is looked for. */
export interface FindOptions extends Operation {
  ignoreCase?: boolean;
  type?: NodeType;
  /** Bounds of the modification time. */
  oldest?: Date;
  newest?: Date;
}

// What was found in a folder, those below it among them.
type Found = readonly (SnapshotEntry | { below: Found })[];

// Most entries are no folder and not what is looked for: their text tells, in a hundredth of the time that decoding takes. With a backslash in it a
// name may be written in more ways than one.
const subtree = Buffer.from('"subtree"');
const backslash = Buffer.from('\\');

const nothing: Found = [];
// What is remembered of folders that were searched: so many entries and folders.
const rememberedMax = 250_000;

/** A search in snapshots, one after another: a folder that is the same in two of them, at the same place, is searched once. */
export class Finder {
  readonly #reader: TreeReader;
  readonly #wanted: PathPatterns;
  readonly #options: FindOptions;
  readonly #treeOptions: Operation & { needles?: readonly Buffer[] };
  readonly #known = new Map<string, Found>();
  #remembered = 0;

  /** `patterns`: `*.conf` by name anywhere, `/etc/*` from the root. @throws Failure `patterns.malformed` */
  constructor(reader: TreeReader, patterns: readonly string[], options: FindOptions = {}) {
    const { ignoreCase } = options;
    this.#reader = reader;
    this.#wanted = new PathPatterns(patterns, ignoreCase === undefined ? {} : { ignoreCase });
    this.#options = options;
    const runs = this.#wanted.runsOfNames()?.map((run) => Buffer.from(run));
    this.#treeOptions = { ...pickSignal(options), ...(runs && { needles: [...runs, subtree, backslash] }) };
  }

  /** Entries of the snapshot that one of the patterns matches, in the order of names, folders before what they hold. */
  async *in(snapshot: Pick<NamedSnapshot, 'tree'>): AsyncGenerator<SnapshotEntry> {
    yield* this.#below(snapshot.tree, Buffer.alloc(0), ['/']);
  }

  async *#below(tree: BlobId, folder: Buffer, parts: string[]): AsyncGenerator<SnapshotEntry, Found> {
    this.#options.signal?.throwIfAborted();
    const place = `${tree} ${folder.toString('latin1')}`;
    const known = this.#known.get(place);
    if (known !== undefined) {
      yield* entriesOf(known);
      return known;
    }
    const found: Found[number][] = [];
    for (const named of await treeNames(this.#reader, tree, this.#treeOptions)) {
      const here = [...parts, named.name.toString('utf8')];
      const path = (): Buffer => Buffer.concat([folder, slash, named.name]);
      if (this.#wanted.meansItself(here)) {
        const entry = { path: path(), node: named.node() };
        if (isMeant(entry, this.#options)) {
          yield entry;
          found.push(entry);
        }
      }
      if (named.subtree === undefined || !this.#wanted.answer(here).childMayMatch) continue;
      const below = yield* this.#below(named.subtree, path(), here);
      if (below.length > 0) found.push({ below });
    }
    this.#remember(place, found);
    return found;
  }

  #remember(place: string, found: Found): void {
    this.#remembered += 1 + found.length;
    if (this.#remembered <= rememberedMax) this.#known.set(place, found.length === 0 ? nothing : found);
  }
}

function* entriesOf(found: Found): Generator<SnapshotEntry> {
  for (const each of found) {
    if ('below' in each) yield* entriesOf(each.below);
    else yield each;
  }
}

function isMeant({ node }: SnapshotEntry, { type, oldest, newest }: FindOptions): boolean {
  const ms = Number(node.mtime.ns / 1_000_000n);
  return (
    (type === undefined || node.type === type) &&
    (oldest === undefined || ms >= oldest.getTime()) &&
    (newest === undefined || ms <= newest.getTime())
  );
}
