import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { SecretString } from '../../base/secret-string.ts';
import { encodePath, encodeQuery, s3Signer } from './s3-signature.ts';

// The examples of the Amazon S3 API Reference, "Signature Calculations for the Authorization Header".
const sign = s3Signer({
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: new SecretString('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
  region: 'us-east-1',
});
const at = new Date('2013-05-24T00:00:00Z');
const examples = [
  {
    method: 'GET',
    path: '/test.txt',
    headers: { range: 'bytes=0-9' },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    method: 'PUT',
    path: '/test$file.text',
    headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    body: 'Welcome to Amazon S3.',
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    method: 'GET',
    path: '/',
    query: { lifecycle: '' },
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    method: 'GET',
    path: '/',
    query: { prefix: 'J', 'max-keys': '2' },
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
];

test('requests are signed as the reference has it', () => {
  for (const { method, path, query = {}, headers = {}, body = '', signature } of examples) {
    const signed = sign(
      {
        method,
        path: encodePath(path),
        query: encodeQuery(query),
        headers: {
          host: 'examplebucket.s3.amazonaws.com',
          'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
          ...headers,
        },
      },
      at,
    );
    assert.equal(/Signature=(\w+)$/.exec(signed['authorization'] ?? '')?.[1], signature, `${method} ${path}`);
  }
});

test('each day has its own key', () => {
  const of = (day: string): string | undefined =>
    sign({ method: 'GET', path: '/', query: '', headers: { 'x-amz-content-sha256': '' } }, new Date(day))[
      'authorization'
    ];
  const first = of('2013-05-24');
  assert.notEqual(of('2013-05-25'), first);
  assert.equal(of('2013-05-24'), first);
});

test('questions are in the order of their names, not of what follows them', () => {
  assert.equal(encodeQuery({ 'a-b': '1', a: '2 (x)' }), 'a=2%20%28x%29&a-b=1');
});
