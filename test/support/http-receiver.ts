// A web server of the test's own: keeps what it got, answers what it is told to.
import { type IncomingHttpHeaders, type RequestListener, createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import type { TestCertificates } from './certificates.ts';

/** A request as it came. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A running receiver; set `status` to change its answers. */
export interface HttpReceiver {
  url: string;
  requests: ReceivedRequest[];
  status: number;
}

/** Starts a receiver that ends with the test; with certificates it speaks TLS. */
export async function httpReceiver(context: TestContext, certificates?: TestCertificates): Promise<HttpReceiver> {
  const receiver: HttpReceiver = { url: '', requests: [], status: 204 };
  const answer: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      receiver.requests.push({ method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') });
      response.writeHead(receiver.status, { location: '/elsewhere' });
      response.end(receiver.status === 204 ? undefined : 'said the receiver');
    });
  };
  const server =
    certificates === undefined
      ? createServer(answer)
      : createSecureServer(
          { cert: await readFile(certificates.certificateFile), key: await readFile(certificates.keyFile) },
          answer,
        );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  receiver.url = `${certificates === undefined ? 'http' : 'https'}://localhost:${address.port}`;
  return receiver;
}
