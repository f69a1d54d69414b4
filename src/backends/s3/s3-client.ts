// Requests to an S3 server: signed, and sent over lines of our own (docs/decisions/0019-http-over-a-bare-socket.md).
import { createHash } from 'node:crypto';
import { type Clock, systemClock } from '../../base/clock.ts';
import type { HttpAnswer } from './http-answer.ts';
import type { BodyLimit } from './http-body.ts';
import type { RequestHead } from './http-head.ts';
import { httpLines } from './http-lines.ts';
import { networkFailure } from './s3-failures.ts';
import { type S3Signatory, encodePath, encodeQuery, s3Signer } from './s3-signature.ts';

/** Where and as whom. */
export interface S3Target extends S3Signatory {
  /** For people. */
  location: string;
  /** `https://s3.example.org` or `http://host:port`. */
  endpoint: string;
  bucket: string;
  /** True: `endpoint/bucket/key`; false: `bucket.endpoint/key`. */
  pathStyle: boolean;
  /** PEM of a private certificate authority that is believed besides the system's. */
  ca?: string;
  /** Seconds of silence after which a request is given up. */
  timeoutSeconds: number;
  /** Dates the signatures. Default: the system's. */
  clock?: Clock;
}

/** One request. */
export interface S3Request {
  method: RequestHead['method'];
  /** Within the bucket; empty for the bucket itself. */
  key: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Uint8Array;
  /** SHA-256 of the body in hexadecimal, where it is known. */
  sha256?: string | undefined;
  /** Sends the body's MD5 too: a bucket with object lock asks for it. */
  withMd5?: boolean;
  /** Memory that the answer's body may be put into where it fits. */
  room?: Uint8Array | undefined;
  /** Of the answer's body, where an object is asked for. */
  limit?: BodyLimit | undefined;
  signal?: AbortSignal;
}

/** Sends requests over connections that are kept open. */
export interface S3Client {
  send(request: S3Request): Promise<HttpAnswer>;
  close(): void;
}

/**
 * A client for one bucket. It follows no redirect. @throws Failure `backend.unreachable|timeout|certificate|protocol` from `send`;
 * any HTTP status is an answer.
 */
export function s3Client(target: S3Target): S3Client {
  const clock = target.clock ?? systemClock;
  const base = new URL(target.endpoint);
  const isTls = base.protocol === 'https:';
  const sign = s3Signer(target);
  const host = target.pathStyle ? base.host : `${target.bucket}.${base.host}`;
  const lines = httpLines({ ...target, origin: new URL(`${base.protocol}//${host}`) });
  const top = `${base.pathname.replace(/\/+$/, '')}${target.pathStyle ? `/${encodePath(target.bucket)}` : ''}`;

  // The body is part of the signature. TLS protects it as well: there it is not hashed only for that.
  function bodyHash({ body, sha256 }: S3Request): string {
    if (sha256 !== undefined) return sha256;
    if (isTls && body !== undefined) return 'UNSIGNED-PAYLOAD';
    return createHash('sha256')
      .update(body ?? Buffer.alloc(0))
      .digest('hex');
  }

  function signed(request: S3Request): RequestHead {
    const { method, body } = request;
    const path = `${top}/${encodePath(request.key)}`;
    const query = encodeQuery(request.query ?? {});
    const headers: Record<string, string> = { host, ...request.headers, 'x-amz-content-sha256': bodyHash(request) };
    if (body !== undefined && request.withMd5 === true) {
      headers['content-md5'] = createHash('md5').update(body).digest('base64');
    }
    const signedHeaders = sign({ method, path, query, headers }, clock.now());
    signedHeaders['content-length'] = String(body?.length ?? 0);
    return { method, target: query === '' ? path : `${path}?${query}`, headers: signedHeaders };
  }

  return {
    async send(request) {
      const { body, room, limit, signal } = request;
      signal?.throwIfAborted();
      try {
        // Signed when it is sent, not while it waits: a signature is good for some minutes only.
        return await lines.exchange(() => ({ ...signed(request), body, room, limit }), signal);
      } catch (error) {
        signal?.throwIfAborted();
        throw networkFailure(target.location, error);
      }
    },
    close: () => lines.close(),
  };
}
