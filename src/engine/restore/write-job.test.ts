import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '../../../test/support/seeded.ts';
import type { BlobId, PackId } from '../ids.ts';
import { packJob, unpackJob, type WriteJob } from './write-job.ts';

const record = <T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }) => fc.record(model, { noNullPrototype: true });
const bytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
const path = bytes(1, 40).map((raw) => Buffer.from(raw.map((byte) => byte || 1)));
const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((raw) => Buffer.from(raw).toString('hex') as BlobId);
const size = fc.integer({ min: 0, max: 2 ** 48 });
// Before 1970, and after 2262, where nanoseconds no longer fit into 64 bits.
const timeNs = fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n });

const job: fc.Arbitrary<WriteJob> = fc
  .array(
    record({
      path,
      finalPath: fc.option(path, { nil: undefined }),
      size,
      isNew: fc.boolean(),
      isLast: fc.boolean(),
      isInPlace: fc.boolean(),
      metadata: record({
        isLink: fc.constant(false),
        mode: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        uid: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        gid: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        atimeNs: timeNs,
        mtimeNs: timeNs,
        extendedAttributes: fc.array(record({ name: bytes(1, 20), value: bytes(0, 50) }), { maxLength: 3 }),
      }),
      proof: fc.option(
        fc
          .array(fc.tuple(id, size))
          .map((parts) => ({ ids: parts.map(([one]) => one), lengths: parts.map(([, n]) => n) })),
        { nil: undefined },
      ),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .chain((files) =>
    record({
      packId: id.map((text) => text as string as PackId),
      start: size,
      bytes: bytes(0, 100),
      isSparse: fc.boolean(),
      files: fc.constant(files),
      blobs: fc.array(
        record({
          blob: record({
            type: fc.constant('data' as const),
            id,
            packId: fc.constant('' as PackId),
            offset: size,
            length: size,
            uncompressedLength: size,
          }),
          places: fc.array(record({ file: fc.nat(files.length - 1), offset: size }), { maxLength: 3 }),
        }),
      ),
    }),
  );

test('a job arrives at a thread as it was sent', () => {
  fc.assert(
    fc.property(job, (sent) => {
      const blobs = sent.blobs.map(({ blob, places }) => ({ blob: { ...blob, packId: sent.packId }, places }));
      const expected = { ...sent, blobs };
      assert.deepEqual(unpackJob(structuredClone(packJob(expected))), {
        ...expected,
        bytes: new Uint8Array(sent.bytes),
      });
    }),
  );
});
