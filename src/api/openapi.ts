// The OpenAPI 3.1 document, read off the routes.
import { z } from 'zod';
import { scopeFacts, scopes } from '../accounts/scope.ts';
import { apiContents, apiDownloads, apiRoutes, apiStreams } from './routes.ts';
import { rolesWith } from './guard.ts';
import type { Allow, AnyRoute } from './route.ts';
import { problem } from './schemas/common.ts';

type Json = Record<string, unknown>;

/** The document for this version of Orbit. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const spec of apiRoutes) {
    paths[spec.path] = { ...paths[spec.path], [spec.method.toLowerCase()]: operationOf(spec) };
  }
  for (const { path, summary, allow } of apiStreams) {
    const stream = { description: 'Events as long as the line is open', content: { 'text/event-stream': {} } };
    paths[path] = { get: { summary, ...allowed(allow), responses: { 200: stream, default: problemAnswer } } };
  }
  for (const { path, summary, allow, query } of apiDownloads) {
    const file = { description: 'The file', content: { 'application/octet-stream': {} } };
    const parameters = parametersOf(path, query);
    const responses = { 200: file, default: problemAnswer };
    paths[path] = { ...paths[path], get: { summary, ...allowed(allow), parameters, responses } };
  }
  for (const { path, summary, allow } of apiContents) {
    const bytes = { description: 'Bytes, while they are read', content: { 'application/octet-stream': {} } };
    const responses = { 200: bytes, 206: bytes, default: problemAnswer };
    paths[path] = {
      get: { summary, ...allowed(allow), parameters: parametersOf(path, undefined), responses },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Orbit', version, description: 'Break-glass and disaster-recovery backup.' },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }, { signIn: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: scopes.map((scope) => `${scope}: ${scopeFacts(scope).title.en}`).join('\n'),
        },
        signIn: { type: 'apiKey', in: 'cookie', name: 'orbit' },
      },
      schemas: { Problem: schemaOf(problem, 'output') },
    },
  };
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Sent again with the same key within a day, the request is not done twice.',
  schema: { type: 'string', minLength: 1, maxLength: 200 },
};

const problemAnswer = {
  description: 'What went wrong, and its cure',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function operationOf(spec: AnyRoute): Json {
  const parameters = [
    ...parametersOf(spec.path, spec.query),
    ...(spec.method === 'POST' && spec.allow !== 'anyone' ? [idempotencyKey] : []),
  ];
  const body =
    spec.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(spec.body, 'input') } } } };
  return {
    summary: spec.summary,
    ...allowed(spec.allow),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...body,
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: schemaOf(spec.answer, 'output') } } },
      default: problemAnswer,
    },
  };
}

function parametersOf(path: string, query: z.ZodType | undefined): Json[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return [...inPath, ...queryParameters(query)];
}

function queryParameters(query: z.ZodType | undefined): Json[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query, 'input') as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    // A number that is read from text: its schema on the way in knows nothing of it.
    schema,
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
}

// Of a scheme without flows the list holds what is needed besides (OpenAPI 3.1, security requirement object): our scopes.
function allowed(allow: Allow): { description: string; security: Json[] } {
  if (allow === 'anyone') return { description: 'For anybody.', security: [] };
  if (allow === 'account') return { description: 'For the owner of an account.', security: [{ signIn: [] }] };
  const scopes = [allow].flat();
  return {
    description: `Scope ${scopes.join(' or ')}; roles ${rolesWith(scopes)}.`,
    security: [...scopes.map((scope) => ({ token: [scope] })), { signIn: [] }],
  };
}
