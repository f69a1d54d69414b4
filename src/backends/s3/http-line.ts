// One connection to an HTTP/1.1 server, plain or by TLS: one request at a time, its answer read to where it stays.
import { type Socket, connect as connectPlain, isIP } from 'node:net';
import { type SecureContext, connect as connectSecure } from 'node:tls';
import { timedOut, unreachable } from '../failures.ts';
import { AnswerReader, type HttpAnswer } from './http-answer.ts';
import type { BodyLimit } from './http-body.ts';
import { type RequestHead, encodeHead } from './http-head.ts';

/** Where a line goes. */
export interface LineAddress {
  /** For people. */
  location: string;
  /** A name, or an IP address without brackets. */
  host: string;
  port: number;
  /** For TLS: whom to believe, and what is kept of earlier handshakes to make the next one short. */
  tls?: { context: SecureContext; session?: Buffer };
  /** Seconds of silence after which a request is given up. */
  timeoutSeconds: number;
}

/** One request. The body is not looked at after the answer came or the call failed; `room` not written to. */
export interface HttpRequest extends RequestHead {
  body?: Uint8Array | undefined;
  /** Memory that the answer's body may be put into where it fits. */
  room?: Uint8Array | undefined;
  /** Of the body of a good answer. Default `answerLimit`. */
  limit?: BodyLimit | undefined;
}

/** A connection. */
export interface HttpLine {
  /** Whether another request may be sent. */
  readonly isUsable: boolean;
  /** Whether anything came back for the last request. */
  readonly wasHeard: boolean;
  /**
   * Sends a request when no other is under way. @throws Failure `backend.timeout`, `backend.protocol`, `backend.unreachable`;
   * what the system says of a connection as it is; the signal's reason
   */
  exchange(request: HttpRequest, signal: AbortSignal | undefined): Promise<HttpAnswer>;
  close(): void;
}

const readBytes = 64 * 1024;
// Less than this goes out together with its head.
const smallBytes = 64 * 1024;

interface UnderWay {
  reader: AnswerReader;
  resolve: (answer: HttpAnswer) => void;
  reject: (error: Error) => void;
  /** Leaves the signal. */
  leave: () => void;
}

/** Begins to connect; the first request waits for that. `onEnd` is called once when the line is of no use any more. */
export function openLine(address: LineAddress, onEnd: () => void = () => {}): HttpLine {
  const { location, timeoutSeconds, tls } = address;
  const anyBytes = Buffer.allocUnsafeSlow(readBytes);
  // Where the next bytes will be read to: the body's own memory while one is under way.
  let room: Buffer | undefined;
  let underWay: UnderWay | undefined;
  let isReady = false;
  let sendWaiting: (() => void) | undefined;
  let isUsable = true;
  let wasHeard = false;

  const socket = connect(address, {
    buffer: () => {
      room = underWay?.reader.room;
      return room ?? anyBytes;
    },
    callback: (count) => {
      onBytes(count);
      return true;
    },
  });
  // It also counts while it connects, as packets may be dropped in silence, and ends a line that nobody needs.
  socket.setTimeout(timeoutSeconds * 1000);
  socket.setNoDelay(true);
  socket.on(tls === undefined ? 'connect' : 'secureConnect', () => {
    isReady = true;
    sendWaiting?.();
    sendWaiting = undefined;
  });
  socket.on('session', (session: Buffer) => {
    if (tls !== undefined) tls.session = session;
  });
  socket.on('timeout', () => end(timedOut(location, timeoutSeconds)));
  socket.on('error', end);
  socket.on('end', () => {
    if (underWay?.reader.ended() === true) finish(underWay);
    end();
  });
  socket.on('close', () => end());

  const hungUp = (): Error => unreachable(location, new Error('the server hung up in the middle of an answer'));

  function onBytes(count: number): void {
    // Nobody asked for these bytes, and whose answer would the next ones be?
    if (underWay === undefined) return end();
    const { reader } = underWay;
    wasHeard = true;
    try {
      if (room === undefined) reader.take(anyBytes.subarray(0, count));
      else reader.filled(count);
      if (reader.isWhole) finish(underWay);
    } catch (error) {
      end(error as Error);
    }
  }

  function finish({ reader, resolve, leave }: UnderWay): void {
    underWay = undefined;
    // An answer that came before the request was out: what is left of that would be taken for the next one.
    if (reader.isLast || socket.writableLength > 0) end();
    else socket.unref();
    leave();
    resolve(reader.answer());
  }

  function end(error: Error = hungUp()): void {
    if (isUsable) {
      isUsable = false;
      socket.destroy();
      onEnd();
    }
    const waiting = underWay;
    underWay = undefined;
    waiting?.leave();
    waiting?.reject(error);
  }

  function send(head: string, body: Uint8Array = new Uint8Array()): void {
    if (body.length < smallBytes) {
      socket.write(Buffer.concat([Buffer.from(head, 'latin1'), body]));
    } else {
      socket.write(head, 'latin1');
      socket.write(body);
    }
  }

  return {
    get isUsable() {
      return isUsable;
    },
    get wasHeard() {
      return wasHeard;
    },
    exchange: (request, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        if (!isUsable) throw hungUp();
        const head = encodeHead(request);
        const abort = (): void => end(signal?.reason as Error);
        signal?.addEventListener('abort', abort, { once: true });
        wasHeard = false;
        const reader = new AnswerReader(request.method === 'HEAD', request.room, request.limit);
        const leave = (): void => signal?.removeEventListener('abort', abort);
        underWay = { reader, resolve, reject, leave };
        socket.ref();
        // Not a byte of it goes to a server before its certificate was found good.
        if (isReady) send(head, request.body);
        else sendWaiting = () => send(head, request.body);
      }),
    close: () => end(),
  };
}

function connect({ host, port, tls }: LineAddress, onread: OnRead): Socket {
  if (tls === undefined) return connectPlain({ host, port, onread });
  const session = tls.session === undefined ? {} : { session: tls.session };
  const servername = isIP(host) === 0 ? host : '';
  return connectSecure({
    ...{ host, port, onread, servername, ...session },
    secureContext: tls.context,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  });
}

interface OnRead {
  buffer: () => Uint8Array;
  callback: (count: number) => boolean;
}
