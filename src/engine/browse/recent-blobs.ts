// Blobs that were read a moment ago, for those who come back to the same places: a browser that looks for a moment of a video asks
// for its beginning, its end and what lies between again and again. In memory only.
import type { Operation } from '../../base/operation.ts';
import type { BlobId, BlobType } from '../ids.ts';
import type { ContentReader } from './file-content.ts';

/**
 * Reads through, and keeps what was read last, up to `bytesMax` bytes. What it gives belongs to all who ask for it: nobody may change it.
 * It proves nothing about what lies at the destination now.
 */
export class RecentBlobs implements ContentReader {
  readonly #reader: ContentReader;
  readonly #bytesMax: number;
  // The one that was asked for last comes last.
  readonly #kept = new Map<string, Buffer>();
  #bytes = 0;

  constructor(reader: ContentReader, bytesMax: number) {
    this.#reader = reader;
    this.#bytesMax = bytesMax;
  }

  blobSize(type: BlobType, id: BlobId): number | undefined {
    return this.#reader.blobSize(type, id);
  }

  /** @throws as the reader */
  async loadBlob(type: BlobType, id: BlobId, options: Operation = {}): Promise<Buffer> {
    const key = `${type} ${id}`;
    const known = this.#take(key);
    const plaintext = known ?? (await this.#reader.loadBlob(type, id, options));
    this.#take(key);
    this.#kept.set(key, plaintext);
    this.#bytes += plaintext.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.#take(oldest);
    }
    return plaintext;
  }

  #take(key: string): Buffer | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#bytes -= kept.length;
    return kept;
  }
}
