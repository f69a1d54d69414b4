// New files that wait for a worker. Requests are cut and joined to batches: many small folders travel together, and of a large
// one every worker gets a part.
import type { NewFiles, NewFilesLook, NewFilesOptions } from './new-files.ts';

/** What somebody waits for. */
export interface NewFilesRequest {
  /** The folder's path with a slash behind it. Raw bytes, one character each, as the names. */
  folder: string;
  names: readonly string[];
  look: NewFilesLook;
  signal: AbortSignal | undefined;
  saved(part: NewFiles): void;
  reject(reason: unknown): void;
}

/** The names from `from` up to, but not including, `to`. */
export interface NewFilesPart {
  request: NewFilesRequest;
  from: number;
  to: number;
}

const batchFiles = 128;

/** First come, first served. */
export class NewFilesQueue {
  readonly #sharers: number;
  // What was taken is let go at once: through its request it holds all that was found.
  #parts: (NewFilesPart | undefined)[] = [];
  #head = 0;
  #count = 0;

  /** `sharers`: so many batches are under way at once. */
  constructor(sharers: number) {
    this.#sharers = sharers;
  }

  /** Files that wait. */
  get count(): number {
    return this.#count;
  }

  /** Resolves when all of them are seen to. @throws the signal's reason, or what `rejectAll` was given */
  add(folder: Buffer, names: readonly string[], { onSaved, signal, ...look }: NewFilesOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = names.length;
      const saved = (part: NewFiles): void => {
        onSaved(part);
        left -= part.states.length;
        if (left === 0) resolve();
      };
      const request = { folder: folder.toString('latin1'), names, look, signal, saved, reject };
      this.#parts.push({ request, from: 0, to: names.length });
      this.#count += names.length;
    });
  }

  /** What was taken and not done comes first again. */
  putBack(parts: NewFilesPart[]): void {
    this.#parts.splice(this.#head, 0, ...parts);
    for (const { from, to } of parts) this.#count += to - from;
  }

  /** The next batch, of files that are looked at in the same way; empty when nobody waits. */
  take(): NewFilesPart[] {
    const batch: NewFilesPart[] = [];
    let room = Math.min(batchFiles, Math.max(1, Math.ceil(this.#count / this.#sharers)));
    for (let next = this.#next(); next !== undefined && room > 0; next = this.#next()) {
      const { request, from } = next;
      if (batch[0] !== undefined && !isSameLook(batch[0].request.look, request.look)) break;
      const to = Math.min(next.to, from + room);
      batch.push({ request, from, to });
      room -= to - from;
      this.#count -= to - from;
      if (to === next.to) this.#passHead();
      else next.from = to;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#parts.length) {
      this.#parts = this.#parts.slice(this.#head);
      this.#head = 0;
    }
    return batch;
  }

  rejectAll(reason: unknown): void {
    for (const part of this.#parts.slice(this.#head)) part?.request.reject(reason);
    this.#parts = [];
    this.#head = 0;
    this.#count = 0;
  }

  // Passes over what was cancelled meanwhile.
  #next(): NewFilesPart | undefined {
    for (;;) {
      const part = this.#parts[this.#head];
      if (part?.request.signal?.aborted !== true) return part;
      part.request.reject(part.request.signal.reason);
      this.#passHead();
      this.#count -= part.to - part.from;
    }
  }

  #passHead(): void {
    this.#parts[this.#head] = undefined;
    this.#head += 1;
  }
}

function isSameLook(left: NewFilesLook, right: NewFilesLook): boolean {
  return left.device === right.device && left.withAtime === right.withAtime && left.wantsStats === right.wantsStats;
}
