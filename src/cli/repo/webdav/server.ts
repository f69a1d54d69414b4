// A read-only WebDAV server on this machine's own address, for one repository and whoever has the password that is made for it.
import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { byteRange } from '../../../api/byte-range.ts';
import { isFailure } from '../../../base/failure.ts';
import type { SecretString } from '../../../base/secret-string.ts';
import { readFile } from '../../../engine/browse/file-content.ts';
import type { IndexedRepository } from '../../../engine/repository/indexed-repository.ts';
import { multistatus, readPropfind, responseOf } from './propfind.ts';
import type { RepositoryView, Resource } from './view.ts';

/** What is served, and to whom. */
export interface ServedView {
  view: RepositoryView;
  indexed: IndexedRepository;
  password: SecretString;
  signal: AbortSignal;
}

/** The name that goes with the password. */
export const viewUser = 'orbit';

const bodyBytesMax = 64 * 1024;
const allowed = 'OPTIONS, PROPFIND, GET, HEAD';

/** Serves on 127.0.0.1 until the signal is aborted. `listening` hears the port. */
export async function serveView(served: ServedView, port: number, listening: (port: number) => void): Promise<void> {
  const server = createServer((request, response) => {
    answer(served, request, response).catch((error: unknown) => fail(response, error));
  });
  server.requestTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  listening((server.address() as AddressInfo).port);
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      server.close(() => resolve());
      server.closeAllConnections();
    };
    if (served.signal.aborted) stop();
    else served.signal.addEventListener('abort', stop, { once: true });
  });
}

async function answer(served: ServedView, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A page in a browser must not get here by a name that somebody points at this machine.
  if (!/^(127\.0\.0\.1|localhost)(:\d{1,5})?$/.test(request.headers.host ?? '')) return end(response, 421);
  if (!isPassword(served.password, request.headers.authorization)) {
    response.setHeader('WWW-Authenticate', 'Basic realm="orbit", charset="UTF-8"');
    return end(response, 401);
  }
  const names = namesOf(request.url ?? '');
  if (names === undefined) return end(response, 400);
  if (request.method === 'OPTIONS') return end(response, 200, { DAV: '1', Allow: allowed, 'MS-Author-Via': 'DAV' });
  if (!['PROPFIND', 'GET', 'HEAD'].includes(request.method ?? '')) return end(response, 405, { Allow: allowed });
  const resource = await served.view.find(names);
  if (resource === undefined) return end(response, 404);
  if (request.method === 'PROPFIND') return listFolder(served, request, response, names, resource);
  if (resource.node === undefined) return end(response, 405, { Allow: 'OPTIONS, PROPFIND' });
  return sendFile(served, request, response, resource);
}

async function listFolder(
  { view }: ServedView,
  request: IncomingMessage,
  response: ServerResponse,
  names: Buffer[],
  resource: Resource,
): Promise<void> {
  const depth = request.headers['depth'] ?? 'infinity';
  if (depth !== '0' && depth !== '1') {
    const refusal =
      '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>\n';
    return end(response, 403, { 'Content-Type': 'application/xml; charset=utf-8' }, refusal);
  }
  const body = await bodyOf(request);
  if (body === undefined) return end(response, 413);
  const wanted = readPropfind(body);
  if (wanted === undefined) return end(response, 400);
  response.writeHead(207, { 'Content-Type': 'application/xml; charset=utf-8' });
  await write(response, multistatus.start + responseOf(hrefOf(names, resource), resource, wanted));
  if (depth === '1' && resource.node === undefined)
    for await (const child of view.list(resource))
      await write(response, responseOf(hrefOf([...names, child.name], child), child, wanted));
  response.end(multistatus.end);
}

async function sendFile(
  { indexed, signal }: ServedView,
  request: IncomingMessage,
  response: ServerResponse,
  { node, size = 0, etag = '', modifiedAt }: Resource,
): Promise<void> {
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': 'attachment',
    'X-Content-Type-Options': 'nosniff',
    'Accept-Ranges': 'bytes',
    'Last-Modified': modifiedAt.toUTCString(),
    ETag: etag,
  };
  if (request.headers['if-none-match'] === etag) return end(response, 304, headers);
  const condition = request.headers['if-range'];
  const asked = condition === undefined || condition === etag ? request.headers.range : undefined;
  let range: ReturnType<typeof byteRange>;
  try {
    range = byteRange(asked, size);
  } catch (error) {
    if (!isFailure(error, 'api.bad-range')) throw error;
    return end(response, 416, { 'Content-Range': `bytes */${size}` });
  }
  const part =
    range === undefined ? {} : { 'Content-Range': `bytes ${range.offset}-${range.offset + range.length - 1}/${size}` };
  response.writeHead(range === undefined ? 200 : 206, { ...headers, ...part, 'Content-Length': range?.length ?? size });
  if (request.method === 'HEAD' || node === undefined) return void response.end();
  for await (const bytes of readFile(indexed, node, range, { signal })) {
    if (response.destroyed) return;
    await write(response, bytes);
  }
  response.end();
}

// The names on the way, as raw bytes; undefined where the address is none of ours.
function namesOf(url: string): Buffer[] | undefined {
  const path = /^(?:http:\/\/[^/]*)?(\/[^?#]*)/.exec(url)?.[1];
  if (path === undefined || /%(?![0-9a-f]{2})/i.test(path)) return undefined;
  const bytesOf = (part: string): Buffer =>
    Buffer.from(
      part.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16))),
      'latin1',
    );
  return path
    .split('/')
    .filter((part) => part !== '')
    .map(bytesOf);
}

function hrefOf(names: readonly Buffer[], { node }: Resource): string {
  const encode = (name: Buffer): string =>
    [...name]
      .map((byte) =>
        /[A-Za-z0-9._~-]/.test(String.fromCharCode(byte))
          ? String.fromCharCode(byte)
          : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
      )
      .join('');
  const path = names.map((name) => `/${encode(name)}`).join('');
  return node === undefined ? `${path}/` : path;
}

function isPassword(password: SecretString, header: string | undefined): boolean {
  const given = Buffer.from(/^Basic ([A-Za-z0-9+/=]{1,400})$/i.exec(header ?? '')?.[1] ?? '', 'base64');
  const right = Buffer.from(`${viewUser}:${password.reveal()}`);
  return given.length === right.length && timingSafeEqual(given, right);
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bodyBytesMax) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function write(response: ServerResponse, text: string | Buffer): Promise<void> {
  if (response.write(text) || response.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}

function end(response: ServerResponse, status: number, headers: Record<string, string> = {}, body = ''): void {
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

// What was begun cannot be taken back: the connection breaks, so that nobody takes a part for the whole.
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else if (isFailure(error))
    end(response, 500, { 'Content-Type': 'text/plain; charset=utf-8' }, `${error.message} [${error.code}]\n`);
  else {
    end(response, 500);
    throw error;
  }
}
