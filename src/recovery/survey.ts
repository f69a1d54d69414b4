// Looks at the snapshot and at the target before anything is done: how much, what is in the way, how fast it comes.
import { type BigIntStats, lstatSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Operation } from '../base/operation.ts';
import { loadTree } from '../engine/browse/entries.ts';
import type { Snapshot } from '../engine/format/snapshot-types.ts';
import type { TreeNode } from '../engine/format/tree.ts';
import type { BlobId, PackId } from '../engine/ids.ts';
import type { IndexedRepository } from '../engine/repository/indexed-repository.ts';
import { Selection } from '../engine/restore/selection.ts';
import type { TargetRoot } from './root.ts';

/** Space on one file system of the target. */
export interface SpaceNeed {
  /** A folder on it. */
  place: string;
  neededBytes: number;
  freeBytes: number;
}

/** What there is to restore and what is there already. */
export interface Survey {
  files: number;
  bytes: number;
  /** Paths of the target that exist and differ: they will be overwritten. */
  overwritten: Buffer[];
  /** What those take now: a safety copy needs so much at most. */
  overwrittenBytes: number;
  /** Exist and have the size and time of the snapshot: they are left alone. */
  unchanged: number;
  space: SpaceNeed[];
  /** Measured: bytes a second from the destination, decrypted. Undefined when there was nothing to measure. */
  bytesPerSecond?: number;
  sampleBytes: number;
}

const sampleFilesMax = 64;
const sampleBytesMax = 32 * 1024 * 1024;
const sampleMsMax = 3000;
const blockBytes = 4096;

/** Surveys the files that `include` and `exclude` choose. Reads trees and a sample, writes nothing. */
export async function surveyFiles(
  indexed: IndexedRepository,
  snapshot: Pick<Snapshot, 'tree'>,
  root: TargetRoot,
  wanted: { include: readonly string[]; exclude: readonly string[] },
  options: Operation = {},
): Promise<Survey> {
  const selection = new Selection(wanted);
  const survey = emptySurvey();
  const needs = new Map<number, SpaceNeed>();
  const sample: { node: TreeNode; draw: number }[] = [];
  const target = Buffer.from(root.isHere ? '' : root.path);
  // `isNew`: the folder is not there yet, or is made in the place of something else; nothing that is in it now stays in sight.
  const walk = async (
    tree: BlobId,
    folder: Buffer,
    parts: string[],
    place: SpaceNeed,
    isNew: boolean,
  ): Promise<void> => {
    options.signal?.throwIfAborted();
    for (const node of await loadTree(indexed, tree, options)) {
      parts.push(node.name.toString('utf8'));
      const { isSelected, mayBeBelow } = selection.ask(parts);
      const path = Buffer.concat([folder, Buffer.from('/'), node.name]);
      if (node.type === 'dir') {
        if (mayBeBelow && node.subtree !== undefined) {
          const there = isNew ? undefined : lstatSync(path, { bigint: true, throwIfNoEntry: false });
          const isFolder = there?.isDirectory() === true;
          if (!isFolder) overwrites(path, there);
          await walk(node.subtree, path, parts, isFolder ? placeOf(path, place, needs) : place, !isFolder);
        }
      } else if (isSelected) note(node, path, place, isNew);
      parts.pop();
    }
  };
  const overwrites = (path: Buffer, existing: BigIntStats | undefined): void => {
    if (existing === undefined) return;
    survey.overwritten.push(path.subarray(target.length));
    survey.overwrittenBytes += existing.isFile() ? Number(existing.size) : 0;
  };
  const note = (node: TreeNode, path: Buffer, place: SpaceNeed, isNew: boolean): void => {
    const size = Number(node.size);
    survey.files += 1;
    survey.bytes += size;
    const existing = isNew ? undefined : lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (existing !== undefined && isSame(existing, node)) {
      survey.unchanged += 1;
      return;
    }
    overwrites(path, existing);
    place.neededBytes += Math.ceil(size / blockBytes) * blockBytes;
    if (node.type !== 'file' || size === 0) return;
    // The larger a file, the likelier it is drawn: bytes are what takes the time.
    sample.push({ node, draw: Math.random() ** (1 / size) });
    if (sample.length < sampleFilesMax * 2) return;
    sample.sort((a, b) => b.draw - a.draw).length = sampleFilesMax;
  };
  await walk(snapshot.tree, target, ['/'], placeOf(Buffer.from(root.path), undefined, needs), false);
  survey.space = [...needs.values()].filter(({ neededBytes }) => neededBytes > 0);
  return {
    ...survey,
    ...(await measure(
      indexed,
      sample.map(({ node }) => node),
      options,
    )),
  };
}

/** A survey that found nothing to do. */
export function emptySurvey(): Survey {
  return { files: 0, bytes: 0, overwritten: [], overwrittenBytes: 0, unchanged: 0, space: [], sampleBytes: 0 };
}

/** Adds what is needed at a path besides the files: tables, a safety copy. */
export function addNeed(survey: Survey, path: string, bytes: number): void {
  if (bytes === 0) return;
  const needs = new Map(survey.space.map((need) => [statSync(need.place).dev, need]));
  placeOf(Buffer.from(path), undefined, needs).neededBytes += bytes;
  survey.space = [...needs.values()];
}

/** The need of the file system a path of the target will lie on, whether it exists or not. */
function placeOf(path: Buffer, above: SpaceNeed | undefined, needs: Map<number, SpaceNeed>): SpaceNeed {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return above ?? placeOf(Buffer.from(dirname(path.toString('utf8'))), undefined, needs);
  const known = needs.get(stat.dev);
  if (known !== undefined) return known;
  const { bavail, bsize } = statfsSync(path);
  const need = { place: path.toString('utf8') || '/', neededBytes: 0, freeBytes: bavail * bsize };
  needs.set(stat.dev, need);
  return need;
}

function isSame(existing: BigIntStats, node: TreeNode): boolean {
  if (node.type !== 'file') return !existing.isFile() && existing.mtimeNs === node.mtime.ns;
  return existing.isFile() && existing.size === node.size && existing.mtimeNs === node.mtime.ns;
}

// As a restore reads: whole stretches of packs, those with most of the sample first.
async function measure(
  indexed: IndexedRepository,
  sample: readonly TreeNode[],
  options: Operation,
): Promise<Pick<Survey, 'bytesPerSecond' | 'sampleBytes'>> {
  const packs = new Map<PackId, Map<BlobId, number>>();
  for (const id of sample.flatMap(({ content }) => content ?? [])) {
    const place = indexed.locateBlob('data', id);
    if (place === undefined) continue;
    const pack = packs.get(place.packId) ?? new Map<BlobId, number>();
    packs.set(place.packId, pack.set(id, place.length));
  }
  const bytesOf = (pack: Map<BlobId, number>): number => pack.values().reduce((sum, length) => sum + length, 0);
  const started = performance.now();
  let sampleBytes = 0;
  const isEnough = (): boolean => sampleBytes >= sampleBytesMax || performance.now() - started > sampleMsMax;
  for (const [packId, blobs] of [...packs].sort(([, a], [, b]) => bytesOf(b) - bytesOf(a))) {
    const wanted = [...blobs.keys()].map((id) => ({ type: 'data' as const, id }));
    for await (const { plaintext } of indexed.loadBlobs(packId, wanted, options)) sampleBytes += plaintext.length;
    if (isEnough()) break;
  }
  const seconds = (performance.now() - started) / 1000;
  if (sampleBytes === 0) return { sampleBytes };
  return { sampleBytes, bytesPerSecond: Math.max(1, Math.round(sampleBytes / seconds)) };
}
