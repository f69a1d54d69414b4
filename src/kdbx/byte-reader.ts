// Reads numbers and pieces off an array of bytes, and refuses to run over its end.
import { viewOf } from './bytes.ts';
import { damaged } from './refusals.ts';

/** A position in `bytes`. `name` is what a refusal calls it. Pieces it gives are views, not copies. */
export class ByteReader {
  offset = 0;
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;

  constructor(bytes: Uint8Array, name: string) {
    this.bytes = bytes;
    this.#view = viewOf(bytes);
    this.#name = name;
  }

  get left(): number {
    return this.bytes.length - this.offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#step(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#step(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#step(4), true);
  }

  take(count: number): Uint8Array {
    const start = this.#step(count);
    return this.bytes.subarray(start, start + count);
  }

  #step(count: number): number {
    if (count > this.left) throw damaged(`${this.#name} ends too early, at byte ${this.offset}`);
    const start = this.offset;
    this.offset += count;
    return start;
  }
}
