// A route is data: its checks, its page in the OpenAPI document and its types come from one description.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Failure } from '../base/failure.ts';
import type { Scope } from '../accounts/scope.ts';
import type { Changes } from '../audit/changes.ts';
import type { ApiSite, Caller } from './site.ts';

/** Who may: whoever has the scope, or one of them; any person with an account; anybody at all. */
export type Allow = Scope | readonly Scope[] | 'account' | 'anyone';

/** What a handler gets. `caller` is somebody unless anyone is allowed. */
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
  allow: Allow;
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
  /** What differs before and after, for the audit trail, when it is no setting. */
  changes?(answer: z.input<Answer>, body: z.output<Body>): Changes | undefined;
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
  allow: Exclude<Allow, 'anyone'>;
  summary: string;
  open(input: {
    caller: Caller;
    site: ApiSite;
    request: FastifyRequest;
    reply: FastifyReply;
    isStillAllowed(): boolean;
  }): void;
}

/** A file that is sent as it is made: a download. It answers with a stream, never with JSON. */
export interface DownloadSpec<Query extends z.ZodType = z.ZodType> {
  path: string;
  allow: Exclude<Allow, 'anyone'>;
  summary: string;
  query?: Query;
  /** What of the query says what is taken, for the audit trail. */
  subject?(query: z.output<Query>): string | undefined;
  /** Opens what is sent. No byte of it leaves before the audit trail says who takes it. */
  send(input: DownloadInput<z.output<Query>>): Promise<Download>;
}

/** What a route gets that answers with bytes. */
export interface ContentInput {
  params: Record<string, string>;
  caller: Caller;
  site: ApiSite;
  request: FastifyRequest;
  /** Aborted when whoever asked has gone. */
  signal: AbortSignal;
}

/** What a download gets. */
export interface DownloadInput<Query> extends ContentInput {
  query: Query;
}

/** What is sent. `name` is what the browser saves it as. */
export interface Download {
  name: string;
  type: string;
  /** Known beforehand, in bytes. */
  size?: number;
  content: AsyncIterable<Uint8Array>;
}

/** Checks that a download fits its query. */
export function download<Query extends z.ZodType>(spec: DownloadSpec<Query>): DownloadSpec {
  return spec;
}

/** Bytes that are made while they are sent. */
export interface ContentAnswer {
  status: number;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array | string>;
  /** What ends the body when it fails after it began; without it the connection is cut. */
  atFailure?(failure: Failure): string;
}

/** A route that answers with bytes instead of JSON. What it throws before the first byte is answered as a problem. */
export interface ContentSpec {
  path: string;
  allow: Exclude<Allow, 'anyone'>;
  summary: string;
  open(input: ContentInput): Promise<ContentAnswer>;
}
