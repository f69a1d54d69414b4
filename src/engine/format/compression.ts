// zstd, with a context that is kept where the node binary lets us reach its own library, else through node:zlib.
import assert from 'node:assert/strict';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { nodeBinary, type Binder } from '../../base/node-binary.ts';

/** How hard data blobs are compressed: `auto` as restic's default, `off` stores them as they are, `max` takes its time. */
export type Compression = 'auto' | 'off' | 'max';

/**
 * The zstd level of each; trees are always compressed. `auto` is what gives repositories of the size that restic's `auto` gives them
 * (its encoder is not zstd's own): docs/benchmarks.md, "System trees".
 */
export const compressionLevels: Record<Compression, number> = { auto: 2, off: 2, max: 11 };

/** Compresses and decompresses single zstd frames. Not for use by two threads at once. */
export interface Compressor {
  /** Writes a frame to `target`, which holds at least `compressBound(source.length)`; gives its length in bytes. */
  compressInto(source: Uint8Array, target: Uint8Array): number;
  /** The frame's content when it is exactly `plainLength` bytes long, else undefined. Never allocates more than that. */
  decompressTo(frame: Uint8Array, target: Uint8Array): boolean;
  /** Frees native memory. The compressor cannot be used afterwards. */
  close(): void;
}

/** Bytes that the worst frame for this many bytes may take (zstd.h, ZSTD_COMPRESSBOUND, and a little more). */
export function compressBound(bytes: number): number {
  return bytes + (bytes >>> 8) + 1024;
}

/** The fastest compressor that works here. */
export async function createCompressor(level: number): Promise<Compressor> {
  if (process.env['ORBIT_PORTABLE'] !== '1') {
    const bind = await nodeBinary();
    const native = bind === undefined ? undefined : nativeCompressor(bind, level);
    if (native !== undefined && undoesItself(native)) return native;
  }
  return portableCompressor(level);
}

/** The twin on public interfaces. */
export function portableCompressor(level: number): Compressor {
  return {
    compressInto(source, target) {
      const frame = zstdCompressSync(source, {
        params: { [constants.ZSTD_c_compressionLevel]: level },
        chunkSize: Math.max(compressBound(source.length), 64),
      });
      target.set(frame);
      return frame.length;
    },
    decompressTo(frame, target) {
      try {
        const content = zstdDecompressSync(frame, {
          maxOutputLength: Math.max(target.length, 1),
          chunkSize: Math.max(target.length, 64),
        });
        if (content.length !== target.length) return false;
        target.set(content);
        return true;
      } catch {
        return false;
      }
    },
    close() {},
  };
}

/** The binary's own zstd with contexts that live as long as the compressor; undefined where it is not exported. */
export function nativeCompressor(bind: Binder, level: number): Compressor | undefined {
  try {
    zstd ??= bindZstd(bind);
    const {
      createCompression,
      freeCompression,
      compress,
      createDecompression,
      freeDecompression,
      decompress,
      isError,
    } = zstd;
    const cctx: unknown = createCompression();
    const dctx: unknown = createDecompression();
    let isClosed = false;
    return {
      compressInto(source, target) {
        assert.ok(!isClosed && target.length >= compressBound(source.length));
        const length: unknown = compress(cctx, target, target.length, source, source.length, level);
        if (isError(length) !== 0) throw new Error('zstd refused to compress');
        return Number(length);
      },
      decompressTo(frame, target) {
        assert.ok(!isClosed);
        if (target.length === 0) return frame.length > 0;
        const length: unknown = decompress(dctx, target, target.length, frame, frame.length);
        return isError(length) === 0 && Number(length) === target.length;
      },
      close() {
        if (isClosed) return;
        isClosed = true;
        freeCompression(cctx);
        freeDecompression(dctx);
      },
    };
  } catch {
    return undefined;
  }
}

let zstd: ReturnType<typeof bindZstd> | undefined;

// zstd.h, "Explicit context".
function bindZstd(bind: Binder) {
  return {
    createCompression: bind('void *ZSTD_createCCtx()'),
    freeCompression: bind('size_t ZSTD_freeCCtx(void *ctx)'),
    compress: bind('size_t ZSTD_compressCCtx(void *ctx, void *dst, size_t cap, const void *src, size_t n, int level)'),
    createDecompression: bind('void *ZSTD_createDCtx()'),
    freeDecompression: bind('size_t ZSTD_freeDCtx(void *ctx)'),
    decompress: bind('size_t ZSTD_decompressDCtx(void *ctx, void *dst, size_t cap, const void *src, size_t n)'),
    isError: bind('unsigned int ZSTD_isError(size_t code)'),
  };
}

function undoesItself(compressor: Compressor): boolean {
  const sample = Buffer.from('the same words again, '.repeat(40));
  const frame = Buffer.alloc(compressBound(sample.length));
  const length = compressor.compressInto(sample, frame);
  const content = Buffer.alloc(sample.length);
  const isSame = compressor.decompressTo(frame.subarray(0, length), content) && content.equals(sample);
  return isSame && zstdDecompressSync(frame.subarray(0, length)).equals(sample);
}
