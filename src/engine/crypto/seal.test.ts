import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';
import { failure } from '../../../test/support/failures.ts';
import { cipherSuite, type CipherSuite } from './cipher.ts';
import { aesVector, macVectors, passesKnownAnswers } from './known-answers.ts';
import { MasterKey } from './master-key.ts';
import { nativeCiphers } from './native-cipher.ts';
import { portableCiphers } from './portable-cipher.ts';
import { Sealer, sealOverhead } from './seal.ts';

const suites: [string, () => Promise<CipherSuite | undefined>][] = [
  ['native', nativeCiphers],
  ['portable', portableCiphers],
];

for (const [name, load] of suites) {
  suite(`the ${name} ciphers`, () => {
    test('give the answers of NIST SP 800-38A and of the Poly1305-AES paper', async () => {
      const ciphers = await load();
      assert.ok(ciphers !== undefined);
      assert.equal(passesKnownAnswers(ciphers), true);
      for (const { message, r, k, nonce, tag } of macVectors) {
        const cipher = ciphers.create(new MasterKey(Buffer.concat([aesVector.key, k, r])));
        const given = Buffer.alloc(16);
        cipher.authenticate(nonce, message, given);
        assert.deepEqual(given, tag);
      }
    });

    test('seal and open any length, and open what the other twin sealed', async () => {
      const key = MasterKey.random();
      const own = Sealer.withCipher(((await load()) as CipherSuite).create(key));
      const other = Sealer.withCipher((await portableCiphers()).create(key));
      for (const length of [0, 1, 15, 16, 17, 31, 64, 255, 4096, 65_537, 1_000_003]) {
        const plaintext = randomBytes(length);
        const sealed = own.seal(plaintext);
        assert.equal(sealed.length, length + sealOverhead);
        assert.deepEqual(own.open(sealed), plaintext);
        assert.deepEqual(other.open(sealed), plaintext);
        assert.deepEqual(own.open(other.seal(plaintext)), plaintext);
      }
    });

    test('refuse a flip of any bit, other keys, too few bytes and an IV of zeros', async () => {
      const ciphers = (await load()) as CipherSuite;
      const sealer = Sealer.withCipher(ciphers.create(MasterKey.random()));
      const sealed = sealer.seal(Buffer.from('a secret of some length'));
      for (let bit = 0; bit < sealed.length * 8; bit += 1) {
        const flipped = Buffer.from(sealed);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.equal(sealer.open(flipped), undefined, `bit ${bit}`);
      }
      for (let length = 0; length < sealed.length; length += 1)
        assert.equal(sealer.open(sealed.subarray(0, length)), undefined);
      assert.equal(Sealer.withCipher(ciphers.create(MasterKey.random())).open(sealed), undefined);
      assert.equal(sealer.open(Buffer.alloc(64)), undefined);
    });
  });
}

test('the native ciphers are the ones this machine uses', async () => {
  assert.equal((await cipherSuite()).name, 'native');
});

test('a suite that gives one wrong bit is not trusted', async () => {
  const good = await portableCiphers();
  const bad: CipherSuite = {
    name: 'native',
    create(key) {
      const cipher = good.create(key);
      return {
        ...cipher,
        authenticate(iv, message, tag) {
          cipher.authenticate(iv, message, tag);
          if (message.length > 16) tag[3] = (tag[3] ?? 0) ^ 1;
        },
      };
    },
  };
  assert.equal(passesKnownAnswers(bad), false);
});

test('a key with an all-zero part is refused, and no key is ever printed', () => {
  for (const [from, to] of [
    [0, 32],
    [32, 48],
    [48, 64],
  ] as const) {
    assert.throws(() => new MasterKey(randomBytes(64).fill(0, from, to)), failure('repository.invalid-key'));
  }
  const key = MasterKey.random();
  const json = key.toKeyFileJson();
  assert.deepEqual(MasterKey.fromKeyFileJson(json).copyBytes(), key.copyBytes());
  for (const text of [inspect(key), JSON.stringify({ key }), String(key)]) assert.match(text, /\[secret\]/);
  assert.throws(() => MasterKey.fromKeyFileJson(Buffer.from('{"mac":{}}')), failure('repository.invalid-key'));
});

test('two blobs never get the same IV', async () => {
  const sealer = await Sealer.create(MasterKey.random());
  const ivs = new Set(Array.from({ length: 5000 }, () => sealer.seal(Buffer.alloc(1)).toString('hex', 0, 16)));
  assert.equal(ivs.size, 5000);
});
