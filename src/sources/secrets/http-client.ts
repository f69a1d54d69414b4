// JSON over HTTPS to a vault's API: a private authority, a limit on every answer, and nothing of a secret in any failure.
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { Failure, systemErrorCode } from '../../base/failure.ts';
import { field, fileText, place } from '../../base/secret-schema.ts';

/** Where a vault's API is and how its answers are taken. */
export interface HttpClientSettings {
  /** `https://vault.example:8200`, with a path in front of every call where there is one. */
  address: string;
  /** Certificates in PEM that are trusted instead of the machine's. */
  authority?: string | undefined;
  timeoutMs?: number;
  /** Larger answers are refused. 64 MiB unless told. */
  answerBytesMax?: number;
}

/** One call. `path` is appended to the address as it is: its parts are encoded already. */
export interface HttpCall {
  method: 'GET' | 'POST' | 'DELETE' | 'PUT';
  path: string;
  headers?: Record<string, string>;
  /** Sent as JSON, or as a form when `isForm`. */
  body?: Record<string, string>;
  isForm?: boolean;
  /** The answer is taken as bytes, not as JSON. */
  isBinary?: boolean;
  signal?: AbortSignal | undefined;
}

/** An answer whose body is JSON; undefined when there was none. `bytes` only when they were asked for. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  json: unknown;
  bytes?: Buffer;
}

/** Calls one server. */
export type HttpClient = (call: HttpCall) => Promise<HttpAnswer>;

const waitMsMax = 30_000;
const triesMax = 5;

/**
 * A client for one server. It follows no redirect, so that no credential reaches a server nobody named; it waits and calls
 * again when the server says it is asked too often (429) or a GET meets 502, 503 or 504.
 * @throws Failure `secrets.unreachable`, `secrets.untrusted`, `secrets.bad-answer`. What the server answered is never quoted.
 */
export function httpClient(settings: HttpClientSettings): HttpClient {
  const address = settings.address.replace(/\/+$/, '');
  return async (call) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await oneCall(settings, address, call);
      const isRepeatable = answer.status === 429 || (call.method === 'GET' && [502, 503, 504].includes(answer.status));
      if (!isRepeatable || attempt === triesMax) return answer;
      const askedMs = Number(answer.headers['retry-after'] ?? Number.NaN) * 1000;
      const waitMs = Number.isFinite(askedMs) ? askedMs : 200 * 2 ** attempt;
      await wait(Math.min(waitMs, waitMsMax), undefined, call.signal === undefined ? {} : { signal: call.signal });
    }
  };
}

/** A schema for an API's address: HTTPS, or plain HTTP to a proxy on this very machine. */
export function addressText(description: string) {
  return place(
    field(
      z.string().refine(isSafeAddress, 'must be https://…, or http:// to this machine only'),
      'Address',
      description,
    ),
  );
}

/** The field for the certificate of whoever signed the server's. */
export function authorityText() {
  return place(fileText('Certificate authority', 'in PEM, when a private authority signed the server')).optional();
}

/** True for HTTPS, and for plain HTTP to this very machine. */
export function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(address);
  if (username !== '' || password !== '' || search !== '' || hash !== '') return false;
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}

/** One part of a path, safe whatever is in it: `a/b` stays one part. */
export function pathPart(text: string): string {
  // A part of dots alone would be resolved away, and so name another path.
  if (text === '.' || text === '..') return text.replaceAll('.', '%2E');
  return encodeURIComponent(text);
}

async function oneCall(settings: HttpClientSettings, address: string, call: HttpCall): Promise<HttpAnswer> {
  const url = urlOf(address, call.path);
  const body = call.body === undefined ? undefined : encodeBody(call.body, call.isForm === true);
  const timeout = AbortSignal.timeout(settings.timeoutMs ?? 60_000);
  const signals = [timeout, ...(call.signal ? [call.signal] : [])];
  const options: RequestOptions & { ca?: string } = {
    method: call.method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-length': String(body.bytes.length), 'content-type': body.type }),
      ...call.headers,
    },
    signal: AbortSignal.any(signals),
    ...(settings.authority === undefined ? {} : { ca: settings.authority }),
  };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (url.protocol === 'http:' ? httpRequest : httpsRequest)(url, options, resolve);
      request.on('error', reject);
      request.end(body?.bytes);
    });
    const bytes = await readAnswer(response, settings.answerBytesMax ?? 64 * 1024 * 1024, url.host);
    const { statusCode: status = 0, headers } = response;
    if (call.isBinary === true) return { status, headers, json: undefined, bytes };
    const text = bytes.toString('utf8');
    bytes.fill(0);
    return { status, headers, json: parse(text, response, url.host) };
  } catch (error) {
    call.signal?.throwIfAborted();
    throw error instanceof Failure ? error : connectFailure(error, url, timeout.aborted);
  } finally {
    body?.bytes.fill(0);
  }
}

function encodeBody(body: Record<string, string>, isForm: boolean): { bytes: Buffer; type: string } {
  const text = isForm ? new URLSearchParams(body).toString() : JSON.stringify(body);
  return {
    bytes: Buffer.from(text, 'utf8'),
    type: isForm ? 'application/x-www-form-urlencoded' : 'application/json',
  };
}

function urlOf(address: string, path: string): URL {
  if (URL.canParse(address + path)) return new URL(address + path);
  throw new Failure('secrets.unreachable', {
    message: `'${address}' is not an address`,
    hint: 'Write it with its protocol, such as https://vault.example:8200.',
  });
}

async function readAnswer(response: IncomingMessage, bytesMax: number, host: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytesMax) {
      response.destroy();
      throw badAnswer(host, `it is longer than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  for (const part of chunks) part.fill(0);
  return bytes;
}

function parse(text: string, response: IncomingMessage, host: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's message quotes the text, and with it perhaps a secret. An error page of a proxy is told by its status.
    if ((response.statusCode ?? 0) >= 400) return undefined;
    throw badAnswer(host, 'it is not JSON');
  }
}

function badAnswer(host: string, why: string): Failure {
  return new Failure('secrets.bad-answer', {
    message: `the answer of ${host} cannot be used: ${why}`,
    hint: 'Check that the address is that of the API and that nothing between changes its answers.',
  });
}

function connectFailure(error: unknown, url: URL, isTimeout: boolean): Failure {
  const code = systemErrorCode(error) ?? '';
  const isUntrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ALTNAME/.test(code);
  if (isUntrusted) {
    return new Failure('secrets.untrusted', {
      message: `the certificate of ${url.host} is not trusted`,
      hint: 'If a private authority signed it, give that authority’s certificate in the settings of the source.',
      cause: error,
    });
  }
  return new Failure('secrets.unreachable', {
    message: isTimeout ? `${url.host} did not answer in time` : `${url.host} cannot be reached`,
    hint: 'Check the address, the network, and that the server is up and unsealed.',
    cause: error,
  });
}
