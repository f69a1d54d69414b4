// Serves the page of a custodian's one-time link. It is one file with its own policy; `npm run build:open` makes it.
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

/** Mounts `GET /share`. */
export function mountSharePage(server: FastifyInstance): void {
  const page = readFileSync(new URL('./share.html', import.meta.url));
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page.toString('utf8'))?.[1] ?? '';
  server.get('/share', (_request, reply) =>
    reply
      .header('content-security-policy', `${policy}; frame-ancestors 'none'`)
      .type('text/html; charset=utf-8')
      .send(page),
  );
}
