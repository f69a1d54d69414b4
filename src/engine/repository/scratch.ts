// Memory that is used over and over, and grows to the largest thing met.
import assert from 'node:assert/strict';

const firstBytes = 1024 * 1024;

/** One thread's piece of scratch memory. */
export class Scratch {
  #memory = Buffer.alloc(0);

  /** So many bytes of it, until the next call. What they hold is anything. */
  take(bytes: number): Buffer<ArrayBuffer> {
    assert.ok(bytes < 2 ** 32);
    if (this.#memory.length < bytes) {
      // In few steps, and the old memory goes at once: the collector would let much of it pile up.
      const wanted = Math.max(bytes, firstBytes, Math.min(this.#memory.length * 2, 16 * firstBytes));
      if (this.#memory.length > 0) this.#memory.buffer.transfer(0);
      this.#memory = Buffer.allocUnsafeSlow(wanted);
    }
    return this.#memory.subarray(0, bytes);
  }
}
