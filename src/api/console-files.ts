// Serves the console: a few files that are read once, already compressed, and one page for every address of it.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { systemErrorCode } from '../base/failure.ts';
import { noSuchRoute } from './mount.ts';
import { newNonce, pagePolicy } from './security-headers.ts';

/** Where `npm ci` builds the console. */
export const consoleFolder = fileURLToPath(new URL('../../web/console/dist/', import.meta.url));

interface ConsoleFile {
  bytes: Buffer;
  brotli?: Buffer;
  gzip?: Buffer;
}

const types: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  woff2: 'font/woff2',
};

/** Serves the console of `folder` at every address that is not the API's. Without a build the page says how to make it. */
export function mountConsole(server: FastifyInstance, folder = consoleFolder): void {
  const files = readFolder(join(folder, 'assets'));
  const page = readPage(folder);
  for (const [name, file] of files) {
    server.get(`/assets/${name}`, (request, reply) => sendFile(request, reply, name, file));
  }
  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const isPage = request.method === 'GET' && !/^\/(api|assets|health|metrics|state|flow)(\/|$)/.test(path);
    if (!isPage) throw noSuchRoute(request);
    const nonce = newNonce();
    return reply
      .header('content-security-policy', pagePolicy(nonce))
      .type('text/html; charset=utf-8')
      .send(page.replaceAll('%NONCE%', nonce));
  });
}

function sendFile(request: FastifyRequest, reply: FastifyReply, name: string, file: ConsoleFile): FastifyReply {
  const accepted = String(request.headers['accept-encoding'] ?? '');
  // Their names carry a hash of what is in them.
  reply.header('cache-control', 'public, max-age=31536000, immutable').header('vary', 'accept-encoding');
  reply.type(types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream');
  if (file.brotli !== undefined && /\bbr\b/.test(accepted)) {
    return reply.header('content-encoding', 'br').send(file.brotli);
  }
  if (file.gzip !== undefined && /\bgzip\b/.test(accepted)) {
    return reply.header('content-encoding', 'gzip').send(file.gzip);
  }
  return reply.send(file.bytes);
}

function readFolder(folder: string): Map<string, ConsoleFile> {
  const names = ifThere(() => readdirSync(folder)) ?? [];
  const read = (name: string): Buffer | undefined => ifThere(() => readFileSync(join(folder, name)));
  return new Map(
    names
      .filter((name) => !/\.(br|gz)$/.test(name))
      .map((name) => {
        const [brotli, gzip] = [read(`${name}.br`), read(`${name}.gz`)];
        const bytes = readFileSync(join(folder, name));
        return [name, { bytes, ...(brotli === undefined ? {} : { brotli }), ...(gzip === undefined ? {} : { gzip }) }];
      }),
  );
}

function readPage(folder: string): string {
  return (
    ifThere(() => readFileSync(join(folder, 'index.html'), 'utf8')) ??
    '<!doctype html><title>Orbit</title><p>The console was not built. Run <code>npm run build:console</code>, then start Orbit again.</p>'
  );
}

function ifThere<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
