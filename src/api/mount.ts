// Puts the routes onto the server: guards first, then the schema, then the handler; every failure becomes a problem.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Failure, isFailure } from '../base/failure.ts';
import { audited, auditedDownload } from './audited.ts';
import { callerOf, refuseForeignHost, refuseForeignSite, requireAllowed, requireCaller } from './guard.ts';
import { onceForKey } from './idempotency.ts';
import { openApiDocument } from './openapi.ts';
import { badRequest, bugFailure, problemOf, problemType } from './problem.ts';
import { apiContents, apiDownloads, apiRoutes, apiStreams } from './routes.ts';
import type {
  AnyRoute,
  ContentAnswer,
  ContentInput,
  ContentSpec,
  Download,
  DownloadSpec,
  StreamSpec,
} from './route.ts';
import { sendBytes } from './send-bytes.ts';
import { isStatePath } from './state.ts';
import { securityHeaders } from './security-headers.ts';
import type { ApiSite, Caller } from './site.ts';

const base = '/api/v1';
const nobody: Caller = { name: 'nobody', role: 'custodian', scopes: [] };

/** Mounts everything below `/api/v1`, and how failures are answered anywhere on the server. */
export function mountApi(server: FastifyInstance, site: ApiSite): void {
  server.removeContentTypeParser('text/plain');
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    if (!request.url.startsWith('/health') && !isStatePath(request.url)) refuseForeignHost(site, request);
    refuseForeignSite(request);
  });
  server.setErrorHandler((error, _request, reply) => answerFailure(site, reply, error));
  for (const spec of apiRoutes) mountRoute(server, site, spec);
  for (const spec of apiStreams) mountStream(server, site, spec);
  for (const spec of apiDownloads) mountDownload(server, site, spec);
  for (const spec of apiContents) mountBytes(server, site, spec, (input) => spec.open(input));
  const document = openApiDocument(site.version);
  server.get(`${base}/openapi.json`, (request) => {
    requireCaller(callerOf(site, request));
    return document;
  });
}

/** The failure for an address that nothing answers at. */
export function noSuchRoute(request: FastifyRequest): Failure {
  return new Failure('api.no-such-route', {
    message: `there is nothing at ${request.method} ${request.url.split('?', 1)[0] ?? ''}`,
    hint: 'GET /api/v1/openapi.json lists every route.',
  });
}

function mountRoute(server: FastifyInstance, site: ApiSite, spec: AnyRoute): void {
  server.route({
    method: spec.method,
    url: addressOf(spec.path),
    handler: async (request, reply) => {
      const caller = spec.allow === 'anyone' ? nobody : requireAllowed(callerOf(site, request), spec.allow);
      const input = {
        params: request.params as Record<string, string>,
        query: parsed(spec.query, request.query, 'query'),
        body: parsed(spec.body, request.body ?? {}, 'body'),
        caller,
        isStranger: caller === nobody,
        site,
        request,
        reply,
      };
      return onceForKey(spec, input, () => audited(spec, input, async () => await spec.handle(input)));
    },
  });
}

function mountDownload(server: FastifyInstance, site: ApiSite, spec: DownloadSpec): void {
  mountBytes(server, site, spec, async (input) => {
    const query = parsed(spec.query, input.request.query, 'query');
    return downloadAnswer(await auditedDownload(spec, { ...input, query }));
  });
}

function downloadAnswer({ name, type, size, content }: Download): ContentAnswer {
  // RFC 6266: plain letters for old clients, the true name beside it.
  const plain = name.replace(/[^\w.-]/g, '_').slice(-150);
  const exact = encodeURIComponent(name).replace(/['()*]/g, escapeByte);
  return {
    status: 200,
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${exact}`,
      ...(size === undefined ? {} : { 'content-length': String(size) }),
    },
    body: content,
  };
}

function addressOf(path: string): string {
  return `${base}${path.replace(/\{(\w+)\}/g, ':$1')}`;
}

function escapeByte(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function mountStream(server: FastifyInstance, site: ApiSite, spec: StreamSpec): void {
  server.get(addressOf(spec.path), (request, reply) => {
    // A stream is opened and kept open by the page itself: an unattended one keeps no sign-in alive.
    const who = (): Caller | undefined => callerOf(site, request, false);
    const caller = requireAllowed(who(), spec.allow);
    reply.hijack();
    reply.raw.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream; charset=utf-8' });
    const isStillAllowed = (): boolean => who()?.name === caller.name;
    spec.open({ caller, site, request, reply, isStillAllowed });
  });
}

function mountBytes(
  server: FastifyInstance,
  site: ApiSite,
  { path, allow }: Pick<ContentSpec, 'path' | 'allow'>,
  open: (input: ContentInput) => Promise<ContentAnswer>,
): void {
  server.get(addressOf(path), async (request, reply) => {
    const caller = requireAllowed(callerOf(site, request), allow);
    const params = request.params as Record<string, string>;
    return sendBytes(reply, (signal) => open({ caller, site, params, request, signal }));
  });
}

function parsed(schema: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (schema === undefined) return {};
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // Paths and what was expected; never the value: it may be a password.
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || where}: ${issue.message}`);
  throw badRequest(`the ${where} is not right: ${faults.slice(0, 10).join('; ')}`);
}

function answerFailure(site: ApiSite, reply: FastifyReply, error: unknown): FastifyReply {
  const failure = failureOf(site, error);
  const problem = problemOf(failure, refusedStatus(error));
  const wait = failure.facts['retryAfterSeconds'];
  if (wait !== undefined) reply.header('retry-after', String(wait));
  return reply.status(problem.status).type(problemType).send(JSON.stringify(problem));
}

function failureOf(site: ApiSite, error: unknown): Failure {
  if (isFailure(error)) return error;
  const status = refusedStatus(error);
  if (status !== undefined && error instanceof Error) return badRequest(error.message, error);
  site.reportBug(error);
  return bugFailure();
}

// What the framework itself refuses: bodies that are no JSON, too long, of another type.
function refusedStatus(error: unknown): number | undefined {
  if (isFailure(error) || !(error instanceof Error) || !('statusCode' in error)) return undefined;
  const status = Number(error.statusCode);
  return status >= 400 && status < 500 ? status : undefined;
}
