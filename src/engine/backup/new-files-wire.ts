// What a worker found of a batch of new files, flat for the journey between the threads.
import type { BigIntStats } from 'node:fs';
import { newFileStates, type NewFiles } from './new-files.ts';
import { statWords, writeStat } from './stat-cache-file.ts';

/** All folders of a batch together; see NewFiles. */
export interface WireNewFiles {
  /** Seven numbers a folder: names seen to, files, their bytes, new blobs, new bytes, stored bytes, known blobs. */
  folders: Float64Array<ArrayBuffer>;
  states: Uint8Array<ArrayBuffer>;
  ends: Uint32Array<ArrayBuffer>;
  nodes: Uint8Array<ArrayBuffer>;
  stats: BigUint64Array<ArrayBuffer>;
  knownDigests: Uint8Array<ArrayBuffer>;
}

const numbersPerFolder = 7;
const digestBytes = 32;
// A node of a large file is longer than this; then the buffer grows.
const initialNodeBytes = 128 * 1024;

/** A file that was saved, or saved while it changed. */
export interface FoundFile {
  node: string;
  hasChanged: boolean;
  stat: BigIntStats;
  size: number;
  newBlobs: number;
  newBytes: number;
  storedBytes: number;
  knownDigests: readonly Buffer[];
}

/** Collects what a worker finds; `finish` gives it and starts afresh. */
export class NewFilesPacker {
  #nodes = Buffer.allocUnsafeSlow(initialNodeBytes);
  #length = 0;
  #folders: number[] = [];
  #states: number[] = [];
  #ends: number[] = [];
  #knownDigests: Buffer[] = [];
  #stats = new BigUint64Array(64 * statWords);
  #wantsStats = false;

  get count(): number {
    return this.#states.length;
  }

  start(wantsStats: boolean): void {
    this.#wantsStats = wantsStats;
  }

  /** What follows is of the next folder. */
  nextFolder(): void {
    for (let n = 0; n < numbersPerFolder; n += 1) this.#folders.push(0);
  }

  /** The next file; undefined when the walk is to look at it. */
  add(found: FoundFile | undefined): void {
    this.#count(0, 1);
    if (found === undefined) this.#states.push(newFileStates.other);
    else {
      this.#states.push(found.hasChanged ? newFileStates.changed : newFileStates.saved);
      this.#addNode(found.node);
      this.#count(1, 1);
      this.#count(2, found.size);
      this.#count(3, found.newBlobs);
      this.#count(4, found.newBytes);
      this.#count(5, found.storedBytes);
      this.#count(6, found.knownDigests.length);
      this.#knownDigests.push(...found.knownDigests);
      if (this.#wantsStats) this.#addStat(found.stat);
    }
    this.#ends.push(this.#length);
  }

  finish(): WireNewFiles {
    const words = this.#wantsStats ? this.count * statWords : 0;
    const found: WireNewFiles = {
      folders: Float64Array.from(this.#folders),
      states: Uint8Array.from(this.#states),
      ends: Uint32Array.from(this.#ends),
      nodes: new Uint8Array(this.#nodes.subarray(0, this.#length)),
      stats: this.#stats.slice(0, words),
      knownDigests: new Uint8Array(Buffer.concat(this.#knownDigests)),
    };
    this.#length = 0;
    this.#folders = [];
    this.#states = [];
    this.#ends = [];
    this.#knownDigests = [];
    return found;
  }

  #count(which: number, by: number): void {
    const at = this.#folders.length - numbersPerFolder + which;
    this.#folders[at] = (this.#folders[at] ?? 0) + by;
  }

  #addNode(node: string): void {
    // A character of a string is at most three bytes of UTF-8.
    const most = this.#length + node.length * 3 + 1;
    if (most > this.#nodes.length) {
      const larger = Buffer.allocUnsafeSlow(most * 2);
      this.#nodes.copy(larger, 0, 0, this.#length);
      this.#nodes = larger;
    }
    this.#length += this.#nodes.write(node, this.#length, 'utf8');
    this.#length += this.#nodes.write(',', this.#length, 'latin1');
  }

  #addStat(stat: BigIntStats): void {
    const at = (this.count - 1) * statWords;
    if (at + statWords > this.#stats.length) {
      const larger = new BigUint64Array(this.#stats.length * 2);
      larger.set(this.#stats);
      this.#stats = larger;
    }
    writeStat(stat, this.#stats, at);
  }
}

/** What was found of each folder, from the first of the names that were asked for. Nothing is copied. */
export function unpackNewFiles(found: WireNewFiles): NewFiles[] {
  const { folders, states, ends, stats, knownDigests } = found;
  const nodes = Buffer.from(found.nodes.buffer);
  const parts: NewFiles[] = [];
  let file = 0;
  let known = 0;
  for (let at = 0; at < folders.length; at += numbersPerFolder) {
    const [seen = 0, files = 0, size = 0, newBlobs = 0, newBytes = 0, storedBytes = 0, knownBlobs = 0] =
      folders.subarray(at, at + numbersPerFolder);
    parts.push({
      first: 0,
      states: states.subarray(file, file + seen),
      ends: ends.subarray(file, file + seen),
      start: file === 0 ? 0 : (ends[file - 1] ?? 0),
      nodes,
      stats: stats.subarray(file * statWords, (file + seen) * statWords),
      counts: { files, size, newBlobs, newBytes, storedBytes },
      knownDigests: knownDigests.subarray(known * digestBytes, (known + knownBlobs) * digestBytes),
    });
    file += seen;
    known += knownBlobs;
  }
  return parts;
}
