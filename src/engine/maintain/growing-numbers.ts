// A list of 32-bit numbers that grows without an object for each.

/** Numbers from 0 to 2^32 − 1. */
export class GrowingNumbers {
  #numbers = new Uint32Array(4096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Uint32Array(this.#length + (this.#length >>> 1));
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length] = number;
    this.#length += 1;
  }

  /** The numbers so far, in memory that is shared with the list. */
  toArray(): Uint32Array {
    return this.#numbers.subarray(0, this.#length);
  }
}
