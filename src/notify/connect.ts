// Opens a TCP or TLS connection to a receiver, with a deadline.
import { note } from '../base/note.ts';
import { type Socket, connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Operation } from '../base/operation.ts';
import type { DeliveryEvent } from './channel.ts';
import { type TlsConfig, connectionFailure, describeTls, tlsOptions } from './tls.ts';

/** Where to connect. `tls` absent: in the clear. */
export interface Place {
  host: string;
  port: number;
  tls?: TlsConfig;
}

/** Milliseconds that a receiver gets to answer, for each step. */
export const answerWithinMs = 15_000;

/** `host:port`, with brackets around an IPv6 address. */
export function placeName(place: Pick<Place, 'host' | 'port'>): string {
  return place.host.includes(':') ? `[${place.host}]:${place.port}` : `${place.host}:${place.port}`;
}

/** Connects, and shakes hands when TLS is asked for. @throws Failure `notify.unreachable` or `notify.untrusted`. */
export async function connectTo(place: Place, { signal, report }: Operation<DeliveryEvent>): Promise<Socket> {
  signal?.throwIfAborted();
  const name = placeName(place);
  const { host, port, tls } = place;
  const started = performance.now();
  const secure = tls === undefined ? undefined : connectTls({ host, port, ...tlsOptions(tls, host) });
  const socket = secure ?? connectTcp({ host, port });
  socket.setNoDelay(true);
  // An error that comes while nobody waits must not end the process: whoever uses the socket next finds it destroyed.
  socket.on('error', () => {});
  try {
    await settle(socket, secure === undefined ? 'connect' : 'secureConnect', name, signal);
  } catch (error) {
    socket.destroy();
    signal?.throwIfAborted();
    throw connectionFailure(name, error);
  }
  const ms = Math.round(performance.now() - started);
  report?.({
    type: 'step',
    note: note('channel.connected-in', { server: name, address: socket.remoteAddress ?? '', tookMs: ms }),
  });
  if (secure !== undefined) report?.({ type: 'step', note: describeTls(secure) });
  return socket;
}

/** Waits for an event of a socket; its error, its end, the deadline and the signal reject. */
export function settle(socket: Socket, event: string, name: string, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (act: () => void) => (): void => {
      clearTimeout(deadline);
      signal?.removeEventListener('abort', onAbort);
      socket.off(event, onEvent).off('error', onError).off('close', onClose);
      act();
    };
    const onEvent = finish(resolve);
    const onAbort = finish(() => reject(signal?.reason as Error));
    const onClose = finish(() => reject(new Error('the connection was closed')));
    const onError = (error: Error): void => finish(() => reject(error))();
    const deadline = setTimeout(
      finish(() => reject(new Error(`${name} did not answer within ${answerWithinMs / 1000} s`))),
      answerWithinMs,
    );
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once(event, onEvent).once('error', onError);
    if (event !== 'close') socket.once('close', onClose);
  });
}
