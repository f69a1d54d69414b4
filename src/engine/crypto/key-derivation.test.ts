import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { suite, test } from 'node:test';
import { SecretString } from '../../base/secret-string.ts';
import { deriveKey, type ScryptCost } from './key-derivation.ts';
import { keyOfLanes, laneMixer, unmixedLanes } from './scrypt-mixer.ts';
import { threadedScrypt } from './threaded-scrypt.ts';

const byMixer = (password: string, salt: string, cost: ScryptCost): Buffer | undefined => {
  const lanes = unmixedLanes(Buffer.from(password), Buffer.from(salt), cost);
  const mix = laneMixer(cost);
  assert.ok(mix !== undefined, 'the module runs wherever Node 24 does');
  mix(lanes);
  return keyOfLanes(Buffer.from(password), lanes);
};

suite('scrypt by the mixer', () => {
  test('gives the answers of RFC 7914, section 12', () => {
    assert.equal(
      byMixer('', '', { N: 16, r: 1, p: 1 })?.toString('hex'),
      '77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906',
    );
    assert.equal(
      byMixer('password', 'NaCl', { N: 1024, r: 8, p: 16 })?.toString('hex'),
      'fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640',
    );
  });

  test('gives what OpenSSL gives for every number of lanes and every size of a block', () => {
    for (const [N, r, p] of [
      [2, 1, 1],
      [2, 8, 2],
      [64, 3, 3],
      [256, 8, 5],
      [1024, 16, 6],
    ] as const) {
      const [password, salt] = [`password ${N}`, `salt ${p}`];
      assert.deepEqual(byMixer(password, salt, { N, r, p }), scryptSync(password, salt, 64, { N, r, p }));
    }
  });

  test('one mixer after the other keeps nothing of the lanes before', () => {
    const cost = { N: 64, r: 8, p: 3 };
    const mixer = laneMixer(cost);
    for (const password of ['first', 'second']) {
      const lanes = unmixedLanes(Buffer.from(password), Buffer.from('salt'), cost);
      mixer?.(lanes);
      assert.deepEqual(keyOfLanes(Buffer.from(password), lanes), scryptSync(password, 'salt', 64, cost));
    }
  });

  test('a thread gives the same; one lane and costs that ask for much memory are left to OpenSSL', async () => {
    const [password, salt] = [Buffer.from('password'), Buffer.from('salt')];
    const usual = { N: 4096, r: 8, p: 6 };
    assert.deepEqual(await threadedScrypt(password, salt, usual), scryptSync(password, salt, 64, usual));
    assert.equal(await threadedScrypt(password, salt, { ...usual, p: 1 }), undefined);
    assert.equal(await threadedScrypt(password, salt, { N: 2 ** 17, r: 8, p: 2 }), undefined);
  });
});

test('a key comes out the same whoever derives it', async () => {
  const cost = { N: 1024, r: 8, p: 4 };
  const key = await deriveKey(new SecretString('pässword'), Buffer.from('salt'), cost);
  assert.deepEqual(Buffer.from(key.copyBytes()), scryptSync('pässword', 'salt', 64, cost));
});
