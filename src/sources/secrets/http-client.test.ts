import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { failure } from '../../../test/support/failures.ts';
import { httpClient } from './http-client.ts';

async function answering(context: TestContext, answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('an answer beyond the limit is refused, however it comes, and what is within is taken', async (context) => {
  let size = 0;
  const address = await answering(context, (response) => {
    const piece = Buffer.alloc(64, ' ');
    for (let sent = 0; sent < size; sent += piece.length) response.write(piece);
    response.end('{}');
  });
  const get = async (bytes: number) => {
    size = bytes;
    return await httpClient({ address, answerBytesMax: 10_000 })({ method: 'GET', path: '/' });
  };
  assert.deepEqual((await get(9000)).json, {});
  await assert.rejects(get(10_000), failure('secrets.bad-answer', /longer than 10000 bytes/));
});

test('an answer that ends before its announced end is a failure, and so is silence', async (context) => {
  const short = await answering(context, (response) => {
    response.writeHead(200, { 'content-length': '20' }).write('{"data":{}}');
    response.socket?.end();
  });
  await assert.rejects(httpClient({ address: short })({ method: 'GET', path: '/' }), failure('secrets.unreachable'));
  const silent = await answering(context, (response) => response.write('{"data":'));
  const client = httpClient({ address: silent, timeoutMs: 100 });
  await assert.rejects(client({ method: 'GET', path: '/' }), failure('secrets.unreachable', /in time/));
});
