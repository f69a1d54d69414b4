import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { randomBytesOf } from '../../../test/support/random-bytes.ts';
import { nativeTwinHasher } from './native-twin-hash.ts';
import { createTwinHasher, hashesRightly, portableTwinHasher, type TwinHasher } from './twin-hash.ts';

const native = await nativeTwinHasher();
const twins: [string, TwinHasher | undefined][] = [
  ['native', native],
  ['portable', portableTwinHasher()],
];
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

for (const [name, hasher] of twins) {
  suite(`the ${name} hasher`, { skip: hasher === undefined && 'this processor has none' }, () => {
    test('gives every message and the stream that grows beside them their digests, wherever they lie', () => {
      assert.ok(hasher !== undefined && hashesRightly(hasher));
      for (let round = 0; round < 40; round += 1) {
        const memory = randomBytesOf(round, 600_000);
        const choices = randomBytesOf(`choices ${round}`, 65_536);
        let chosen = 0;
        const choose = (limit: number): number => choices.readUInt32LE((chosen += 4) % 65_532) % limit;
        // The second half lives in shared memory, as packs do.
        let stream: Uint8Array =
          round % 2 === 0 ? new Uint8Array(600_000) : new Uint8Array(new SharedArrayBuffer(600_000));
        stream.set(memory);
        let known = 0;
        while (known < 500_000) {
          const from = choose(64);
          const message = memory.subarray(from, from + choose(choose(2) === 0 ? 200 : 120_000));
          assert.equal(hasher.digest(message).toString('hex'), sha256(message));
          known += choose(100_000);
          if (choose(4) === 0) stream = Uint8Array.from(stream);
          hasher.follow(stream.subarray(0, known));
        }
        if (round % 5 === 0) hasher.reset();
        else assert.equal(hasher.finish(stream.subarray(0, known)), sha256(memory.subarray(0, known)));
        if (round % 5 === 0) assert.equal(hasher.finish(new Uint8Array(3)), sha256(new Uint8Array(3)));
      }
    });
  });
}

test('a hasher that forgets the stream is not trusted, nor one that throws', () => {
  const honest = portableTwinHasher();
  assert.equal(hashesRightly({ ...honest, finish: () => sha256(new Uint8Array(0)) }), false);
  assert.equal(hashesRightly({ ...honest, digest: () => Buffer.alloc(32) }), false);
  assert.equal(
    hashesRightly({
      ...honest,
      follow() {
        throw new Error('broken');
      },
    }),
    false,
  );
});

test('the fast hasher is chosen where it can run', async () => {
  assert.equal((await createTwinHasher()).name, native === undefined ? 'portable' : 'native');
});
