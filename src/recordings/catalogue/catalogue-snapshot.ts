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
import { known, type RecordingFacts } from '../formats/facts.ts';
import type { RecordingDescription } from './recording.ts';
import { recognise } from './recognise.ts';
import { keepRecordings, type KeptChange, type SeenRecording } from './keep-recording.ts';
import {
  contentDigest,
  type SnapshotFolder,
  snapshotFolder,
  type SnapshotReader,
  snapshotSource,
} from './snapshot-source.ts';

/** What became of a snapshot's recordings. */
export interface CatalogueResult {
  added: number;
  /** The same content under another path. */
  moved: number;
  /** Recordings that were changed after they had been seen: both versions are kept. */
  changed: KeptChange[];
  /** Files that are no recordings. */
  others: number;
}

/** What is told while it goes on. */
export interface CatalogueEvent {
  type: 'catalogued';
  recordings: number;
}

const batchSize = 200;
const laterMax = 1000;

/** Takes a snapshot in and remembers that it did. `previous` is a tree of the same destination that was taken in before. */
export async function catalogueSnapshot(
  tools: CatalogueTools,
  reader: SnapshotReader,
  from: { destination: string; snapshot: NamedSnapshot; previous?: BlobId },
  options: Operation<CatalogueEvent> = {},
): Promise<CatalogueResult> {
  const { destination, snapshot } = from;
  const result: CatalogueResult = { added: 0, moved: 0, changed: [], others: 0 };
  const isHere = snapshot.hostname === hostname();
  const reading = { prefersLocal: isHere, ...(options.signal === undefined ? {} : { signal: options.signal }) };
  const gatherer = new FactGatherer(tools.layouts, reader, reading);
  const seen: SeenRecording[] = [];
  // Whether a file was changed is known when all others were seen: what lay there may have been moved by a rotation.
  const later: SeenRecording[] = [];
  const ready: SeenRecording[] = [];
  const keep = async (batch: SeenRecording[]): Promise<void> => {
    const isLate = batch === later;
    const taken = new Set<number>();
    for (const recording of batch.splice(0)) {
      const { sameAs, mayBeChange } = await recognise(tools.store, reader, from, recording, taken);
      if (sameAs !== undefined) taken.add(sameAs);
      if (mayBeChange && !isLate && later.length < laterMax) later.push(recording);
      else ready.push(sameAs === undefined ? recording : { ...recording, sameAs });
    }
    const { added, moved, changed } = keepRecordings(tools, { destination, snapshot: snapshot.id }, ready.splice(0));
    result.added += added;
    result.moved += moved;
    result.changed.push(...changed);
    options.report?.({ type: 'catalogued', recordings: result.added });
  };
  for await (const { folder, node } of newFiles(reader, snapshot.tree, from.previous, options)) {
    const source = snapshotSource(reader, folder, node, reading);
    const around = await gatherer.around(folder, source.name);
    const described =
      (await describeRecording(source, { keepsWords: tools.keepsWords, hashesAll: isHere })) ??
      unknownKind(around.layout, source.name);
    if (described === undefined) {
      result.others += 1;
      continue;
    }
    const { facts } = described;
    const { width, height, durationMs } = facts;
    const merged = { ...around.path, ...facts, ...around.side, ...known({ width, height }) };
    seen.push(
      seenRecording(snapshot, folder, node, described, durationMs === undefined ? merged : { ...merged, durationMs }),
    );
    if (seen.length >= batchSize) await keep(seen);
  }
  await keep(seen);
  await keep(later);
  tools.store.database
    .prepare('INSERT OR REPLACE INTO recording_catalogued (destination, snapshot, tree) VALUES (?, ?, ?)')
    .run(destination, snapshot.id, snapshot.tree);
  return result;
}

function seenRecording(
  snapshot: NamedSnapshot,
  folder: SnapshotFolder,
  node: TreeNode,
  description: RecordingDescription,
  facts: RecordingFacts,
): SeenRecording {
  const raw = Buffer.concat([folder.path, Buffer.from('/'), node.name]);
  return {
    host: snapshot.hostname ?? '',
    path: quote(raw),
    rawPath: raw.toString('latin1'),
    size: Number(node.size),
    modifiedNs: node.mtime.ns,
    firstSeenAt: new Date(snapshot.time),
    content: contentDigest(node),
    description: { ...description, facts },
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
  options: Operation<never> | Operation<CatalogueEvent>,
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
