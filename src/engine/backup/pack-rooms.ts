// Shared memory for whole packs, used again and again: the collector knows nothing of how large it is.
import { newSharedPackBuffer, packTargetBytes, type PackBuffer } from '../repository/pack-builder.ts';

const keptBytes = 2 * packTargetBytes;

/** As many rooms as were ever in use at once. */
export class PackRooms {
  readonly #free: PackBuffer[] = [];

  /** Memory for so many bytes, or a little more. `giveBack` it after use. */
  take(bytes: number): PackBuffer {
    const free = this.#free.findIndex(({ length }) => length >= bytes);
    if (free !== -1) return this.#free.splice(free, 1)[0] as PackBuffer;
    const room = newSharedPackBuffer();
    return room.length >= bytes ? room : new Uint8Array(new SharedArrayBuffer(bytes));
  }

  /** Nobody may look at it afterwards. One that had to be larger for a very large blob is not kept. */
  giveBack(room: PackBuffer): void {
    if (room.length <= keptBytes) this.#free.push(room);
  }
}
