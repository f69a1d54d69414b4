// Requests to an S3 server: signed, sent by Node's own HTTP with our certificate rules.
import { createHash } from 'node:crypto';
import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { rootCertificates } from 'node:tls';
import { type Clock, systemClock } from '../../base/clock.ts';
import { timedOut } from '../failures.ts';
import { roomFor } from '../room-for.ts';
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
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
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
  signal?: AbortSignal;
}

/** What came back. */
export interface S3Response {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Sends requests over connections that are kept open. */
export interface S3Client {
  send(request: S3Request): Promise<S3Response>;
  close(): void;
}

const connections = 16;
const largestToldBytes = 256 * 1024 * 1024;

/** A client for one bucket. @throws Failure `backend.unreachable|timeout|certificate` from `send`; any HTTP status is an answer. */
export function s3Client(target: S3Target): S3Client {
  const clock = target.clock ?? systemClock;
  const base = new URL(target.endpoint);
  const isTls = base.protocol === 'https:';
  const options = { keepAlive: true, maxSockets: connections };
  // `ca` would replace the system's authorities: a private one is added to them.
  const agent = isTls
    ? new https.Agent({ ...options, ...(target.ca === undefined ? {} : { ca: [...rootCertificates, target.ca] }) })
    : new http.Agent(options);
  const sign = s3Signer(target);
  const host = target.pathStyle ? base.host : `${target.bucket}.${base.host}`;
  const origin = new URL(`${base.protocol}//${host}`);
  const top = `${base.pathname.replace(/\/+$/, '')}${target.pathStyle ? `/${encodePath(target.bucket)}` : ''}`;

  // The body is part of the signature. TLS protects it as well: there it is not hashed only for that.
  function bodyHash({ body, sha256 }: S3Request): string {
    if (sha256 !== undefined) return sha256;
    if (isTls && body !== undefined) return 'UNSIGNED-PAYLOAD';
    return createHash('sha256')
      .update(body ?? Buffer.alloc(0))
      .digest('hex');
  }

  function signed(request: S3Request): { path: string; headers: Record<string, string> } {
    const path = `${top}/${encodePath(request.key)}`;
    const query = encodeQuery(request.query ?? {});
    const headers: Record<string, string> = { host, ...request.headers, 'x-amz-content-sha256': bodyHash(request) };
    if (request.body !== undefined && request.withMd5 === true) {
      headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
    }
    return {
      path: query === '' ? path : `${path}?${query}`,
      headers: sign({ method: request.method, path, query, headers }, clock.now()),
    };
  }

  return {
    async send(request) {
      request.signal?.throwIfAborted();
      try {
        return await exchange(request);
      } catch (error) {
        request.signal?.throwIfAborted();
        throw networkFailure(target.location, error);
      }
    },
    close: () => agent.destroy(),
  };

  function exchange(request: S3Request): Promise<S3Response> {
    return new Promise((resolve, reject) => {
      const { path, headers } = signed(request);
      const sent = (isTls ? https : http).request(origin, {
        path,
        method: request.method,
        agent,
        // Also while it connects: packets may be dropped in silence.
        timeout: target.timeoutSeconds * 1000,
        headers: { ...headers, 'content-length': String(request.body?.length ?? 0) },
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
      sent.on('timeout', () => sent.destroy(timedOut(target.location, target.timeoutSeconds)));
      sent.on('error', reject);
      sent.on('response', (response) => {
        const body = bodyOf(response.headers, request.room);
        response.on('data', (chunk: Buffer) => body.add(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: body.whole() });
        });
      });
      sent.end(request.body);
    });
  }
}

// A length that was told is taken at once: small pieces by the thousand would keep the memory's keeper busy.
function bodyOf(headers: IncomingHttpHeaders, room?: Uint8Array): { add(chunk: Buffer): void; whole(): Buffer } {
  const told = Number(headers['content-length'] ?? 0);
  let target: Buffer | undefined;
  let filled = 0;
  const chunks: Buffer[] = [];
  return {
    add(chunk) {
      if (told > 0 && told <= largestToldBytes) target ??= roomFor(told, room);
      if (target === undefined) chunks.push(chunk);
      else filled += chunk.copy(target, filled);
    },
    whole: () => target?.subarray(0, filled) ?? Buffer.concat(chunks),
  };
}
