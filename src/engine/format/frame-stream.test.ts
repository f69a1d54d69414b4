import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { nodeBinary } from '../../base/node-binary.ts';
import { type FrameStreams, nativeFrameStreams, portableFrameStreams } from './frame-stream.ts';

const bind = await nodeBinary();
const native = bind && nativeFrameStreams(bind);
assert.ok(native !== undefined, 'the node of the tests exports zstd');
const twins: [string, FrameStreams][] = [
  ['native', native],
  ['portable', portableFrameStreams],
];

// Longer than any buffer in between, half of it incompressible.
const content = Buffer.concat([randomBytes(1_500_000), Buffer.from('of the same kind, '.repeat(90_000))]);

function framed(streams: FrameStreams, partBytes: number): Buffer {
  const writer = streams.start(3, Buffer.of(2));
  for (let at = 0; at < content.length; at += partBytes) writer.write(content.subarray(at, at + partBytes));
  return writer.finish();
}

function contentOf(streams: FrameStreams, frame: Uint8Array, maxBytes = content.length): Buffer {
  return Buffer.concat([...copied(streams.content(frame, maxBytes))]);
}

function* copied(parts: Iterable<Buffer>): Generator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

for (const [name, streams] of twins) {
  suite(`frames in parts, ${name}`, () => {
    test('zlib reads what is written in parts of any length, behind its prefix', () => {
      for (const partBytes of [content.length, 1_000_001, 4096]) {
        const bytes = framed(streams, partBytes);
        assert.equal(bytes[0], 2);
        assert.ok(zstdDecompressSync(bytes.subarray(1)).equals(content), `parts of ${partBytes}`);
      }
    });

    test('what zlib writes is read in parts, and so is an empty frame', () => {
      assert.ok(contentOf(streams, zstdCompressSync(content)).equals(content));
      const empty = streams.start(3).finish();
      assert.equal(contentOf(streams, empty).length, 0);
    });

    test('a frame that is cut short, damaged, led by something else or too large is refused', () => {
      const frame = zstdCompressSync(content);
      assert.throws(() => contentOf(streams, frame.subarray(0, -1)));
      assert.throws(() => contentOf(streams, frame.subarray(0, 100)));
      assert.throws(() => contentOf(streams, Buffer.alloc(0)));
      assert.throws(() => contentOf(streams, Buffer.concat([Buffer.alloc(4), frame])));
      assert.throws(() => contentOf(streams, frame, content.length - 1));
    });

    test('a frame that is not wanted can be let go before its end', () => {
      const writer = streams.start(3);
      writer.write(content);
      writer.discard();
      writer.discard();
    });
  });
}
