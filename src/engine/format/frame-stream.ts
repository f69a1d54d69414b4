// zstd frames written and read a part at a time, for what is too large to be in memory as text: whole indexes, trees of a million entries.
import assert from 'node:assert/strict';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Binder, nodeBinary } from '../../base/node-binary.ts';

/** One frame in the making. */
export interface FrameWriter {
  /** The bytes are the caller's again afterwards. */
  write(part: Uint8Array): void;
  /** What was written in front of the frame, and the frame. Nothing can be written afterwards. */
  finish(): Buffer;
  /** Frees native memory of a frame that is not wanted; may be called after `finish`. */
  discard(): void;
}

/** Makes and reads frames. */
export interface FrameStreams {
  /** `prefix`: bytes that stand in front of the frame. */
  start(level: number, prefix?: Uint8Array): FrameWriter;
  /** The frame's content in parts, each valid until the next is asked for. @throws Error when it is no whole frame, or larger than that */
  content(frame: Uint8Array, maxBytes: number): Generator<Buffer, void>;
}

const firstBytes = 256 * 1024;
const partBytes = 1024 * 1024;

let chosen: Promise<FrameStreams> | undefined;

/** Those of the binary's own zstd where they do what zlib does, else the portable twin; decided once. */
export function frameStreams(): Promise<FrameStreams> {
  chosen ??= choose();
  return chosen;
}

async function choose(): Promise<FrameStreams> {
  if (process.env['ORBIT_PORTABLE'] === '1') return portableFrameStreams;
  const bind = await nodeBinary();
  const native = bind === undefined ? undefined : nativeFrameStreams(bind);
  return native !== undefined && undoesItself(native) ? native : portableFrameStreams;
}

/** The twin on public interfaces, which holds everything in one piece. */
export const portableFrameStreams: FrameStreams = {
  start(level, prefix = new Uint8Array(0)) {
    let parts: Buffer[] = [];
    return {
      write: (part) => void parts.push(Buffer.from(part)),
      finish() {
        const content = Buffer.concat(parts);
        parts = [];
        const params = { [constants.ZSTD_c_compressionLevel]: level };
        return Buffer.concat([prefix, zstdCompressSync(content, { params })]);
      },
      discard: () => void (parts = []),
    };
  },
  *content(frame, maxBytes) {
    const content = zstdDecompressSync(frame, { maxOutputLength: Math.max(maxBytes, 1) });
    for (let at = 0; at < content.length; at += partBytes) yield content.subarray(at, at + partBytes);
  },
};

/** Undefined where a function is not exported. */
export function nativeFrameStreams(bind: Binder): FrameStreams | undefined {
  try {
    const zstd = bindZstd(bind);
    return {
      start: (level, prefix) => new NativeFrameWriter(zstd, level, prefix),
      content: (frame, maxBytes) => read(zstd, frame, maxBytes),
    };
  } catch {
    return undefined;
  }
}

type Zstd = ReturnType<typeof bindZstd>;

// zstd.h, "Streaming", in the form for those who have no structs; parameter 100 is the level.
function bindZstd(bind: Binder) {
  return {
    createCompression: bind('void *ZSTD_createCCtx()'),
    freeCompression: bind('size_t ZSTD_freeCCtx(void *ctx)'),
    setParameter: bind('size_t ZSTD_CCtx_setParameter(void *ctx, int parameter, int value)'),
    compress: bind(
      'size_t ZSTD_compressStream2_simpleArgs(void *ctx, void *dst, size_t cap, void *dstPos, const void *src, size_t n, void *srcPos, int end)',
    ),
    createDecompression: bind('void *ZSTD_createDCtx()'),
    freeDecompression: bind('size_t ZSTD_freeDCtx(void *ctx)'),
    decompress: bind(
      'size_t ZSTD_decompressStream_simpleArgs(void *ctx, void *dst, size_t cap, void *dstPos, const void *src, size_t n, void *srcPos)',
    ),
    isError: bind('unsigned int ZSTD_isError(size_t code)'),
  };
}

const levelParameter = 100;
const goOn = 0;
const endFrame = 2;

class NativeFrameWriter implements FrameWriter {
  readonly #zstd: Zstd;
  #context: unknown;
  #output: Buffer<ArrayBuffer>;
  // Where writing and reading stand, as zstd wants them: 64 bits each.
  readonly #written = new BigUint64Array(1);
  readonly #read = new BigUint64Array(1);

  constructor(zstd: Zstd, level: number, prefix: Uint8Array = new Uint8Array(0)) {
    this.#zstd = zstd;
    this.#output = Buffer.allocUnsafeSlow(Math.max(firstBytes, prefix.length));
    this.#output.set(prefix);
    this.#written[0] = BigInt(prefix.length);
    this.#context = zstd.createCompression();
    this.#proved(zstd.setParameter(this.#context, levelParameter, level));
  }

  write(part: Uint8Array): void {
    this.#feed(part, goOn);
  }

  finish(): Buffer {
    this.#feed(new Uint8Array(1).subarray(1), endFrame);
    this.discard();
    return this.#output.subarray(0, Number(this.#written[0]));
  }

  discard(): void {
    if (this.#context !== undefined) this.#zstd.freeCompression(this.#context);
    this.#context = undefined;
  }

  #feed(part: Uint8Array, directive: number): void {
    assert.ok(this.#context !== undefined);
    this.#read[0] = 0n;
    for (;;) {
      const left = this.#proved(
        this.#zstd.compress(
          this.#context,
          this.#output,
          this.#output.length,
          this.#written,
          part,
          part.length,
          this.#read,
          directive,
        ),
      );
      const isDone = directive === endFrame ? left === 0 : Number(this.#read[0]) === part.length;
      if (isDone) return;
      this.#output = Buffer.from(this.#output.buffer.transfer(this.#output.length * 2));
    }
  }

  #proved(code: unknown): number {
    if (this.#zstd.isError(code) === 0) return Number(code);
    this.discard();
    throw new Error('zstd refused to compress');
  }
}

function* read(zstd: Zstd, frame: Uint8Array, maxBytes: number): Generator<Buffer, void> {
  const context = zstd.createDecompression();
  const output = Buffer.allocUnsafeSlow(partBytes);
  const [written, taken] = [new BigUint64Array(1), new BigUint64Array(1)];
  let left = maxBytes;
  try {
    for (;;) {
      written[0] = 0n;
      const code = zstd.decompress(context, output, output.length, written, frame, frame.length, taken);
      const isBroken = zstd.isError(code) !== 0;
      const isAtEnd = Number(taken[0]) === frame.length;
      const length = Number(written[0]);
      left -= length;
      // Nothing more comes out although something is missing, or something lies behind the frame.
      if (isBroken || left < 0 || (Number(code) === 0 ? !isAtEnd : isAtEnd && length < output.length))
        throw new Error('not a whole zstd frame');
      if (length > 0) yield output.subarray(0, length);
      if (Number(code) === 0) return;
    }
  } finally {
    zstd.freeDecompression(context);
  }
}

function undoesItself(streams: FrameStreams): boolean {
  const sample = Buffer.from('the same words again, '.repeat(40));
  const writer = streams.start(3, Buffer.of(7));
  writer.write(sample.subarray(0, 100));
  writer.write(sample.subarray(100));
  const framed = writer.finish();
  const content = Buffer.concat(
    [...streams.content(framed.subarray(1), sample.length)].map((part) => Buffer.from(part)),
  );
  return framed[0] === 7 && content.equals(sample) && zstdDecompressSync(framed.subarray(1)).equals(sample);
}
