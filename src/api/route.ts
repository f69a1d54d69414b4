// A route is data: its checks, its page in the OpenAPI document and its types come from one description.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Failure } from '../base/failure.ts';
import type { Role } from '../accounts/role.ts';
import type { ApiSite, Caller } from './site.ts';

/** What a handler gets. `caller` is somebody wherever `allow` is a role. */
export interface RouteInput<Query, Body> {
  params: Record<string, string>;
  query: Query;
  body: Body;
  caller: Caller;
  site: ApiSite;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** The description of a route. `path` is below `/api/v1`, parameters in braces. */
export interface RouteSpec<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  allow: Role | 'anyone';
  summary: string;
  query?: Query;
  body?: Body;
  answer: Answer;
  handle(input: RouteInput<z.output<Query>, z.output<Body>>): z.input<Answer> | Promise<z.input<Answer>>;
}

/** A route whose types were checked and forgotten, for lists. */
export type AnyRoute = RouteSpec<z.ZodType, z.ZodType, z.ZodType>;

/** Checks that a handler fits its schemas. */
export function route<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  spec: RouteSpec<Query, Body, Answer>,
): AnyRoute {
  return spec;
}

/** A stream of server-sent events: it answers by itself and stays open. */
export interface StreamSpec {
  path: string;
  allow: Role;
  summary: string;
  open(input: {
    caller: Caller;
    site: ApiSite;
    request: FastifyRequest;
    reply: FastifyReply;
    isStillAllowed(): boolean;
  }): void;
}

/** Bytes that are made while they are sent. */
export interface ContentAnswer {
  status: number;
  headers: Record<string, string>;
  body: AsyncIterable<Buffer | string>;
  /** What ends the body when it fails after it began; without it the connection is cut. */
  atFailure?(failure: Failure): string;
}

/** A route that answers with bytes instead of JSON. What it throws before the first byte is answered as a problem. */
export interface ContentSpec {
  path: string;
  allow: Role;
  summary: string;
  open(input: {
    caller: Caller;
    site: ApiSite;
    params: Record<string, string>;
    request: FastifyRequest;
    /** Aborted when the caller goes away. */
    signal: AbortSignal;
  }): Promise<ContentAnswer>;
}
