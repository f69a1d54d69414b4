// A route is data: its checks, its page in the OpenAPI document and its types come from one description.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Role } from '../accounts/role.ts';
import type { ApiSite, Caller } from './site.ts';

/** What a handler gets. `caller` is somebody wherever `allow` is a role. */
export interface RouteInput<Query, Body> {
  params: Record<string, string>;
  query: Query;
  body: Body;
  caller: Caller;
  /** True when nobody is signed in, which only routes for anybody see. */
  isStranger: boolean;
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
  /** Whether the audit trail keeps it; unless it says otherwise, whatever is no GET. */
  isAudited?: boolean;
  /** The answer holds something that is shown once: it is never kept for a repeated request. */
  hasSecretAnswer?: boolean;
  /** What it is done to, for the audit trail, when the path does not tell. Never a secret. */
  subject?(body: z.output<Body>): string | undefined;
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
