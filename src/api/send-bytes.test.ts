import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import fastify from 'fastify';
import { waitUntil } from '../../test/support/ports.ts';
import { sendBytes } from './send-bytes.ts';

test('whoever leaves before the first byte is no bug', async (context) => {
  const server = fastify();
  context.after(() => server.close());
  const told: unknown[] = [];
  server.setErrorHandler((error, _request, reply) => {
    told.push(error);
    return reply.status(500).send('');
  });
  const reading = Promise.withResolvers<void>();
  let ended: unknown;
  server.get('/video', (_request, reply) =>
    sendBytes(reply, async (signal) => {
      reading.resolve();
      await once(signal, 'abort');
      ended = signal.reason;
      throw signal.reason;
    }),
  );
  server.get('/broken', (_request, reply) =>
    sendBytes(reply, async () => {
      throw new Error('broken');
    }),
  );
  const address = await server.listen({ port: 0, host: '127.0.0.1' });

  const client = connect(Number(new URL(address).port), '127.0.0.1');
  client.write('GET /video HTTP/1.1\r\nHost: here\r\n\r\n');
  await reading.promise;
  client.destroy();
  await waitUntil(async () => ended, 'the end of reading');
  assert.equal((await fetch(`${address}/broken`)).status, 500);
  assert.deepEqual(
    told.map((error) => (error as Error).message),
    ['broken'],
  );
});
