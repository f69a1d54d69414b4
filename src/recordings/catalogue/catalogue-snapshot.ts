// Takes the recordings of a snapshot into the catalogue. What an earlier snapshot of the same destination holds unchanged
// is passed over, folder by folder.
import { hostname } from 'node:os';
import { isFailure } from '../../base/failure.ts';
import type { Operation } from '../../base/operation.ts';
import { loadTree } from '../../engine/browse/entries.ts';
import { quote } from '../../engine/format/go-text.ts';
import type { NamedSnapshot } from '../../engine/format/snapshot-types.ts';
import type { TreeNode } from '../../engine/format/tree.ts';
import type { BlobId } from '../../engine/ids.ts';
import type { CatalogueTools } from './catalogue-tools.ts';
import { describeRecording } from './describe.ts';
import { FactGatherer } from './gather-facts.ts';
import { known, plausible } from '../formats/facts.ts';
import type { RecordingDescription } from './recording.ts';
import { recognise, type Recognised } from './recognise.ts';
import {
  keepRecordings,
  type KeptChange,
  type NewRecording,
  type SeenFile,
  type SeenRecording,
} from './keep-recording.ts';
import { type SnapshotFolder, SnapshotFolders, snapshotFolder } from '../../engine/browse/snapshot-folders.ts';
import { contentDigest, type SnapshotReader, snapshotSource } from './snapshot-source.ts';

/** What became of a snapshot's recordings. */
export interface CatalogueResult {
  added: number;
  /** The same content under another path. */
  moved: number;
  /** Recordings that were changed after they had been seen: both versions are kept. */
  changed: number;
  /** Files that are no recordings. */
  others: number;
}

/** What is told while it goes on. */
export type CatalogueEvent = { type: 'catalogued'; recordings: number } | { type: 'changed'; change: KeptChange };

// A batch is written when it has so many recordings, or so many words: a session may have twenty thousand of them.
const batchMax = { recordings: 400, words: 100_000 };
const laterMax = { recordings: 1000, words: 1_000_000 };

/** Takes a snapshot in and remembers that it did. `previous` is a tree of the same destination that was taken in before. */
export async function catalogueSnapshot(
  tools: CatalogueTools,
  reader: SnapshotReader,
  from: { destination: string; snapshot: NamedSnapshot; previous?: BlobId },
  options: Operation<CatalogueEvent> = {},
): Promise<CatalogueResult> {
  const { destination, snapshot } = from;
  const { store } = tools;
  const result: CatalogueResult = { added: 0, moved: 0, changed: 0, others: 0 };
  const describe = describer(tools, reader, snapshot, options.signal);
  const folders = new SnapshotFolders(reader, snapshot.tree);
  const taken = new Set<number>();
  const look = async (file: SeenFile): Promise<Recognised> => {
    const recognised = await recognise(store, folders, destination, file, taken);
    if (recognised.sameAs !== undefined) taken.add(recognised.sameAs);
    return recognised;
  };
  const batch = new Batch();
  // Whether a file was changed is known when all others were seen: what lay there may have been moved by a rotation.
  const later = new Batch();
  const keep = (): void => {
    const { added, moved, changed } = keepRecordings(store, { destination, snapshot: snapshot.id }, batch.take());
    taken.clear();
    result.added += added;
    result.moved += moved;
    result.changed += changed.length;
    for (const change of changed) options.report?.({ type: 'changed', change });
    options.report?.({ type: 'catalogued', recordings: result.added });
  };
  const add = (recording: SeenRecording): void => {
    batch.add(recording);
    if (batch.isFull(batchMax)) keep();
  };
  for await (const found of newFiles(reader, snapshot.tree, from.previous, options)) {
    const file = seenFile(snapshot, found);
    const { sameAs, mayBeChange } = await look(file);
    if (sameAs !== undefined) {
      // What it is was told when it was seen first: it is not read again.
      add({ ...file, sameAs });
      continue;
    }
    const described = await describe(found);
    if (described === undefined) result.others += 1;
    else if (mayBeChange && !later.isFull(laterMax)) later.add({ ...file, ...described });
    else add({ ...file, ...described });
  }
  keep();
  for (const recording of later.take()) {
    const { sameAs } = await look(recording);
    add(sameAs === undefined ? recording : { ...recording, sameAs });
  }
  keep();
  store.database
    .prepare('INSERT OR REPLACE INTO recording_catalogued (destination, snapshot, tree) VALUES (?, ?, ?)')
    .run(destination, snapshot.id, snapshot.tree);
  return result;
}

/** Recordings that wait to be written. */
class Batch {
  #recordings: SeenRecording[] = [];
  #words = 0;

  add(recording: SeenRecording): void {
    this.#recordings.push(recording);
    if ('words' in recording) this.#words += recording.words.length;
  }

  isFull(most: { recordings: number; words: number }): boolean {
    return this.#recordings.length >= most.recordings || this.#words >= most.words;
  }

  take(): SeenRecording[] {
    const recordings = this.#recordings;
    this.#recordings = [];
    this.#words = 0;
    return recordings;
  }
}

type Described = Pick<NewRecording, 'description' | 'words'>;

/** Reads a file and what lies around it; it gives undefined for what is no recording. */
function describer(
  { layouts, keepsWords, wordKey }: CatalogueTools,
  reader: SnapshotReader,
  snapshot: NamedSnapshot,
  signal: AbortSignal | undefined,
): (found: FoundFile) => Promise<Described | undefined> {
  const isHere = snapshot.hostname === hostname();
  const reading = { prefersLocal: isHere, ...(signal === undefined ? {} : { signal }) };
  const gatherer = new FactGatherer(layouts, reader, reading);
  return async ({ folder, node }) => {
    const source = snapshotSource(reader, folder, node, reading);
    const around = await gatherer.around(folder, source.name);
    const described =
      (await describeRecording(source, { keepsWords, hashesAll: isHere })) ?? unknownKind(around.layout, source.name);
    if (described === undefined) return undefined;
    const { words, ...description } = described;
    const { width, height, durationMs } = description.facts;
    const facts = {
      ...around.path,
      ...description.facts,
      ...around.side,
      ...known({ width, height }),
      ...(durationMs === undefined ? {} : { durationMs }),
    };
    // As numbers at once: what was shown is not held any longer than that takes.
    return {
      description: { ...description, facts: plausible(facts) },
      words: Float64Array.from(new Set(words), (word) => wordKey.numberOf(word)),
    };
  };
}

function seenFile(snapshot: NamedSnapshot, { folder, node }: FoundFile): SeenFile {
  const raw = Buffer.concat([folder.path, Buffer.from('/'), node.name]);
  return {
    host: snapshot.hostname ?? '',
    path: quote(raw),
    rawPath: raw.toString('latin1'),
    size: Number(node.size),
    modifiedNs: node.mtime.ns,
    inode: node.inode,
    firstSeenAt: new Date(snapshot.time),
    content: contentDigest(node),
  };
}

// A file of a program whose format nobody knows is still a recording when its path says so.
function unknownKind(layout: string | undefined, name: string): RecordingDescription | undefined {
  const isSide = /\.(json|ya?ml|csv|timing|tm|time|txt|log|md)$/i.test(name);
  if (layout === undefined || isSide) return undefined;
  return { format: 'other', family: 'other', facts: {}, words: [] };
}

interface FoundFile {
  folder: SnapshotFolder;
  node: TreeNode;
}

async function* newFiles(
  reader: SnapshotReader,
  tree: BlobId,
  previous: BlobId | undefined,
  options: Operation<CatalogueEvent>,
): AsyncGenerator<FoundFile> {
  if (tree === previous) return;
  yield* filesBelow(reader, { path: Buffer.alloc(0), tree, previous }, undefined, options.signal);
}

async function* filesBelow(
  reader: SnapshotReader,
  { path, tree, previous }: { path: Buffer; tree: BlobId; previous: BlobId | undefined },
  parent: SnapshotFolder | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<FoundFile> {
  signal?.throwIfAborted();
  const nodes = await loadTree(reader, tree);
  const folder = snapshotFolder(path, nodes, parent);
  const before = await nodesBefore(reader, previous);
  for (const node of nodes) {
    signal?.throwIfAborted();
    const old = before.get(node.name.toString('latin1'));
    if (node.type === 'dir' && node.subtree !== undefined) {
      if (node.subtree === old?.subtree) continue;
      const below = {
        path: Buffer.concat([path, Buffer.from('/'), node.name]),
        tree: node.subtree,
        previous: old?.subtree,
      };
      yield* filesBelow(reader, below, folder, signal);
    } else if (node.type === 'file' && node.content !== null && node.content.length > 0) {
      if (old === undefined || !isSameFile(old, node)) yield { folder, node };
    }
  }
}

// The tree before may be gone by now: then everything is looked at again.
async function nodesBefore(reader: SnapshotReader, tree: BlobId | undefined): Promise<Map<string, TreeNode>> {
  if (tree === undefined) return new Map();
  try {
    return new Map((await loadTree(reader, tree)).map((node) => [node.name.toString('latin1'), node]));
  } catch (error) {
    if (isFailure(error, 'repository.blob-missing')) return new Map();
    throw error;
  }
}

function isSameFile(before: TreeNode, node: TreeNode): boolean {
  const isSameTime = before.mtime.ns === node.mtime.ns && before.size === node.size;
  return isSameTime && before.content?.join() === node.content?.join();
}
