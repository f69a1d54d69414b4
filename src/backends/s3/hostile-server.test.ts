// A server that answers wrongly, by fault or on purpose: what is missing is never taken for absent, and nothing fills the memory.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { listAll } from '../../../test/support/describe-backend.ts';
import { failure } from '../../../test/support/failures.ts';
import { SecretString } from '../../base/secret-string.ts';
import { openS3Backend } from './s3-backend.ts';
import { parseBucketListing } from './s3-listing.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function backendOf(context: TestContext, answer: Answer) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const backend = openS3Backend({
    location: 'here',
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    bucket: 'bucket',
    prefix: 'top',
    pathStyle: true,
    accessKeyId: 'id',
    secretAccessKey: new SecretString('secret'),
    conditionalWrites: true,
    timeoutSeconds: 30,
    partBytes: 5 * 1024 * 1024,
  });
  context.after(async () => {
    await backend.close();
    server.closeAllConnections();
    server.close();
  });
  return { backend, asked };
}

const objects = (...keys: string[]): string =>
  keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
const page = (content: string): string => `<ListBucketResult>${content}</ListBucketResult>`;

test('a listing of which the rest cannot be asked for is refused, not taken for all of it', async (context) => {
  const cut = page(`<IsTruncated>true</IsTruncated>${objects('top/a')}`);
  const { backend } = await backendOf(context, (_request, response) => response.end(cut));
  await assert.rejects(listAll(backend), failure('backend.protocol', /ends before its end/));
});

test('a listing that goes round in circles ends', async (context) => {
  const again = page(
    `<IsTruncated>true</IsTruncated>${objects('top/a')}<NextContinuationToken>t</NextContinuationToken>`,
  );
  const { backend, asked } = await backendOf(context, (_request, response) => response.end(again));
  await assert.rejects(listAll(backend), failure('backend.protocol', /in circles/));
  assert.ok(asked.length <= 3, asked.join('\n'));
});

test('what is no listing is not an empty one, and no object is without a size', () => {
  for (const text of [
    '<html><body>Sign in to the network</body></html>',
    '<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>',
    page('<Contents><Key>a</Key></Contents>'),
    page('<Contents><Key>a</Key><Size>-1</Size></Contents>'),
    page('<Contents><Key>a</Key><Size>1e400</Size></Contents>'),
    page('<a>'.repeat(100) + '</a>'.repeat(100)),
    `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${page('<Contents><Key>&b;</Key><Size>1</Size></Contents>')}`,
  ])
    assert.throws(() => parseBucketListing(text), failure('backend.protocol'), text);
  const last = page(`<IsTruncated>false</IsTruncated>${objects('a')}<NextContinuationToken/>`);
  assert.deepEqual(parseBucketListing(last), { objects: [{ key: 'a', size: 1 }] });
});

test('objects outside of the place, and names that are no keys, are not listed', async (context) => {
  const names = ['top/data/a', 'data/b', 'other/data/c', 'top/data/../../d', 'top/data/-e', 'top//f', 'top/data/g%0Ah'];
  const { backend } = await backendOf(context, (_request, response) => response.end(page(objects(...names))));
  assert.deepEqual(
    (await listAll(backend, 'data/')).map(({ key }) => key),
    ['data/-e', 'data/a'],
  );
});

test('more than was said to be enough is not read, whether a length was told or not', async (context) => {
  const { backend } = await backendOf(context, ({ url, method }, response) => {
    if (method === 'GET' && url?.endsWith('/told')) response.writeHead(200, { 'content-length': 2 ** 40 }).write('x');
    else if (method === 'GET' && url?.endsWith('/chunks')) {
      const more = (): void => void response.write(Buffer.alloc(64 * 1024), more);
      more();
    } else response.writeHead(200, { 'content-length': 2 ** 31 }).write('<ListBucketResult>');
  });
  const options = { maxBytes: 1024 * 1024 };
  await assert.rejects(backend.load('told', undefined, options), failure('backend.too-large', /told/));
  await assert.rejects(backend.load('chunks', undefined, options), failure('backend.too-large', /chunks/));
  await assert.rejects(backend.load('told'), failure('backend.too-large'));
  await assert.rejects(listAll(backend), failure('backend.protocol'));
});

test('a part that ends before the end is no rest of an object', async (context) => {
  const { backend } = await backendOf(context, ({ url }, response) => {
    const whole = url?.endsWith('/ignored') === true;
    if (whole) response.end('0123');
    else response.writeHead(206, { 'content-range': 'bytes 5-6/10', 'content-length': 2 }).end('56');
  });
  await assert.rejects(backend.load('cut', { offset: 5 }), failure('backend.protocol', /from byte 5/));
  await assert.rejects(backend.load('cut', { offset: 5, length: 1 }), failure('backend.protocol', /gave 2 bytes/));
  await assert.rejects(backend.load('cut', { offset: 5, length: 3 }), failure('backend.short-object'));
  await assert.rejects(backend.load('ignored', { offset: 5 }), failure('backend.short-object'));
  assert.equal((await backend.load('ignored', { offset: 1, length: 2 })).toString(), '12');
});

test('an upload that was given no name touches the object that is there in no way', async (context) => {
  const { backend, asked } = await backendOf(context, ({ method }, response) => {
    if (method === 'HEAD') response.writeHead(404).end();
    else response.end('<InitiateMultipartUploadResult><UploadId></UploadId></InitiateMultipartUploadResult>');
  });
  const large = Buffer.alloc(5 * 1024 * 1024 + 1);
  await assert.rejects(backend.save('a', large, { ifExists: 'replace' }), failure('backend.protocol', /upload/));
  assert.deepEqual(
    asked.filter((one) => /^(PUT|DELETE)/.test(one)),
    [],
  );
});
