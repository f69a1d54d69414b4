// One HTTP request to a receiver: own authority, no redirects, a deadline, a short look at the answer.
import { note } from '../base/note.ts';
import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { TLSSocket } from 'node:tls';
import { Failure } from '../base/failure.ts';
import type { Operation } from '../base/operation.ts';
import type { DeliveryEvent } from './channel.ts';
import { answerWithinMs } from './connect.ts';
import { type TlsConfig, connectionFailure, connectedTo, describeTls, tlsOptions } from './tls.ts';

/** What is asked of a receiver. */
export interface HttpRequest extends Operation<DeliveryEvent> {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  tls: TlsConfig;
  /** How the receiver is called in messages; the address itself may hold a secret. */
  name: string;
}

const answerBytesMax = 32_768;

/**
 * Sends the request; a 2xx answer is the receiver's word that it has it. Gives the answer's text, its beginning at least.
 * @throws Failure `notify.unreachable` (also for 408, 429 and 5xx: later it may work), `notify.untrusted`,
 *   `notify.not-authorised` (401, 403), `notify.refused` (any other answer).
 */
export async function sendRequest(url: URL, request: HttpRequest): Promise<string> {
  request.signal?.throwIfAborted();
  let answer: { status: number; text: string };
  try {
    answer = await exchange(url, request);
  } catch (error) {
    request.signal?.throwIfAborted();
    throw connectionFailure(request.name, error);
  }
  const said = answer.text.trim() === '' ? `${answer.status}` : `${answer.status}: ${answer.text.trim().slice(0, 200)}`;
  request.report?.({ type: 'step', note: note('channel.answered', { answer: said }) });
  if (answer.status >= 200 && answer.status < 300) return answer.text;
  throw answerFailure(request.name, answer.status, said);
}

function answerFailure(name: string, status: number, said: string): Failure {
  const message = `${name} answered ${said}`;
  if (status === 401 || status === 403) {
    return new Failure('notify.not-authorised', { message, hint: 'Check the credential or secret of the channel.' });
  }
  if (status === 408 || status === 429 || status >= 500) {
    return new Failure('notify.unreachable', { message, hint: 'The receiver is there but cannot take messages now.' });
  }
  return new Failure('notify.refused', {
    message,
    hint: 'Check the address: redirects are not followed, and the receiver must answer with 2xx.',
  });
}

function exchange(url: URL, request: HttpRequest): Promise<{ status: number; text: string }> {
  const { method, headers, body, tls, signal, report } = request;
  return new Promise((resolve, reject) => {
    const deadline = AbortSignal.timeout(answerWithinMs);
    const options = {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) },
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      agent: false as const,
    };
    const onAnswer = (answer: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        if (size < answerBytesMax) chunks.push(chunk);
        size += chunk.length;
      });
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }));
    };
    const sent: ClientRequest =
      url.protocol === 'https:'
        ? requestSecure(url, { ...options, ...tlsOptions(tls, url.hostname) }, onAnswer)
        : requestPlain(url, options, onAnswer);
    sent.on('socket', (socket) => {
      socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () => {
        report?.({ type: 'step', note: connectedTo(url.host, socket) });
        if (socket instanceof TLSSocket) report?.({ type: 'step', note: describeTls(socket) });
      });
    });
    sent.on('error', (error) =>
      reject(deadline.aborted ? new Error(`no answer within ${answerWithinMs / 1000} s`) : error),
    );
    sent.end(body);
  });
}
