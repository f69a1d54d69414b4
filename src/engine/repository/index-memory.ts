// The memory that an index shares between threads. It grows in place, up to what was reserved.

/** The memory of an index, for handing it to another thread. */
export interface IndexMemory {
  control: SharedArrayBuffer;
  ids: SharedArrayBuffer;
  places: SharedArrayBuffer;
  table: SharedArrayBuffer;
}

/** 32-bit words of a blob's id. */
export const idWords = 8;
/** 32-bit words of where it lies. */
export const placeWords = 4;
/** Blobs by which it grows at least. */
export const growBlobs = 8192;
const maxBlobs = 2 ** 27;

/**
 * Memory of an empty index. Address space is reserved for the largest one; memory is used only for what is filled. Where a machine
 * grants little address space, the reservation is smaller.
 */
export function newIndexMemory(): IndexMemory {
  for (const blobs of [maxBlobs, maxBlobs / 8, maxBlobs / 64]) {
    try {
      return reserveIndex(blobs);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return reserveIndex(maxBlobs / 512);
}

function reserveIndex(blobs: number): IndexMemory {
  const slots = 2 * growBlobs;
  const control = new SharedArrayBuffer(4 * 4);
  new Int32Array(control).set([0, 0, growBlobs, slots]);
  const reserve = (bytes: number, maxByteLength: number): SharedArrayBuffer =>
    new SharedArrayBuffer(bytes, { maxByteLength });
  return {
    control,
    ids: reserve(growBlobs * idWords * 4, blobs * idWords * 4),
    places: reserve(growBlobs * placeWords * 4, blobs * placeWords * 4),
    table: reserve(slots * 4, blobs * 2 * 4),
  };
}
