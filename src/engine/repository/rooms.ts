// Memory for what is read of packs, used again and again: pages that are new each time cost the system more than reading them does,
// and the collector knows nothing of how large they are. It is shared, so that threads look at it without it changing hands.

/** Rooms of one size. There are as many as were ever in use at once. */
export class Rooms {
  readonly #bytes: number;
  readonly #free: SharedArrayBuffer[] = [];

  /** `bytes`: of each. What is larger is read into memory of its own. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** What `load` gives, which may lie in the room it is offered. `giveBack` it after use. */
  async fill(load: (room: Uint8Array) => Promise<Buffer>): Promise<Buffer> {
    const room = this.#free.pop() ?? new SharedArrayBuffer(this.#bytes);
    let bytes: Buffer | undefined;
    try {
      bytes = await load(new Uint8Array(room));
      return bytes;
    } finally {
      if (bytes?.buffer !== room) this.#free.push(room);
    }
  }

  /** Nobody may look at the bytes afterwards. Those that lie elsewhere are left alone. */
  giveBack({ buffer }: Uint8Array): void {
    if (buffer instanceof SharedArrayBuffer && !this.#free.includes(buffer)) this.#free.push(buffer);
  }
}
