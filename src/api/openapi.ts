// The OpenAPI 3.1 document, read off the routes.
import { z } from 'zod';
import { apiDownloads, apiRoutes, apiStreams } from './routes.ts';
import type { AnyRoute } from './route.ts';
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
    paths[path] = { get: { summary, description: allowed(allow), responses: { 200: stream, default: problemAnswer } } };
  }
  for (const { path, summary, allow, query } of apiDownloads) {
    const file = { description: 'The file', content: { 'application/octet-stream': {} } };
    const parameters = parametersOf(path, query);
    const responses = { 200: file, default: problemAnswer };
    paths[path] = { ...paths[path], get: { summary, description: allowed(allow), parameters, responses } };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Orbit', version, description: 'Break-glass and disaster-recovery backup.' },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }, { signIn: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        signIn: { type: 'apiKey', in: 'cookie', name: 'orbit' },
      },
      schemas: { Problem: schemaOf(problem, 'output') },
    },
  };
}

const problemAnswer = {
  description: 'What went wrong, and its cure',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function operationOf(spec: AnyRoute): Json {
  const parameters = parametersOf(spec.path, spec.query);
  const body =
    spec.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(spec.body, 'input') } } } };
  return {
    summary: spec.summary,
    description: allowed(spec.allow),
    ...(spec.allow === 'anyone' ? { security: [] } : {}),
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

function allowed(allow: string): string {
  return allow === 'anyone' ? 'For anybody.' : `For ${allow} and above.`;
}
