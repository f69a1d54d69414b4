// Numbers for packs, so that the index spends 4 bytes on a pack's name and not 32.
import assert from 'node:assert/strict';
import type { PackId } from '../ids.ts';

const idBytes = 32;

/** Pack ids by number. A pack may be added twice and then has two numbers. */
export class PackNames {
  #ids = Buffer.alloc(1024 * idBytes);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Gives the pack a number. */
  add(id: PackId): number {
    if ((this.#count + 1) * idBytes > this.#ids.length)
      this.#ids = Buffer.concat([this.#ids, Buffer.alloc(this.#ids.length)]);
    assert.equal(this.#ids.write(id, this.#count * idBytes, 'hex'), idBytes);
    this.#count += 1;
    return this.#count - 1;
  }

  get(number: number): PackId {
    assert.ok(number < this.#count);
    return this.#ids.toString('hex', number * idBytes, (number + 1) * idBytes) as PackId;
  }
}
