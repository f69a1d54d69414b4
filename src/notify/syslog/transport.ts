// Carries framed syslog messages to one server. Syslog has no answers: what can be known of the arrival is found out here.
import { note } from '../../base/note.ts';
import { type Socket as Datagrams, createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Operation } from '../../base/operation.ts';
import type { DeliveryEvent } from '../channel.ts';
import { type Place, connectTo, placeName, settle } from '../connect.ts';
import { connectionFailure } from '../tls.ts';

// A closed UDP port answers with ICMP, which the system hands us as an error a moment later.
const refusalWithinMs = 100;

/**
 * Sends over TCP or TLS, then says that no more will come and waits until the server closes too: by then it has read
 * everything. A server that dies before that makes this fail, and the messages are sent again.
 * @throws Failure `notify.unreachable`, `notify.untrusted`.
 */
export async function sendStream(place: Place, frames: Buffer[], operation: Operation<DeliveryEvent>): Promise<void> {
  const { signal, report } = operation;
  const name = placeName(place);
  const socket = await connectTo(place, operation);
  const broken = once(socket, 'error').then(([error]) => Promise.reject(error as Error));
  broken.catch(() => {});
  try {
    // Syslog servers say nothing; what does come must be read, or their end would never be seen.
    socket.resume();
    for (const bytes of frames) {
      if (!socket.write(bytes)) await Promise.race([settle(socket, 'drain', name, signal), broken]);
    }
    socket.end();
    await Promise.race([settle(socket, 'close', name, signal), broken]);
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionFailure(name, error);
  } finally {
    socket.destroy();
  }
  const bytes = frames.reduce((sum, each) => sum + each.length, 0);
  report?.({ type: 'step', note: note('channel.messages-sent', { count: frames.length, size: bytes }) });
}

/**
 * Sends datagrams. Nobody tells whether one arrived; only a port that is closed is noticed, when its host says so.
 * @throws Failure `notify.unreachable`.
 */
export async function sendDatagrams(
  place: Pick<Place, 'host' | 'port'>,
  datagrams: Buffer[],
  { signal, report }: Operation<DeliveryEvent>,
): Promise<void> {
  const name = placeName(place);
  let socket: Datagrams | undefined;
  try {
    const { address, family } = await lookup(place.host);
    socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    const refused = once(socket, 'error').then(([error]) => Promise.reject(error as Error));
    refused.catch(() => {});
    const open = socket;
    open.connect(place.port, address);
    await Promise.race([once(open, 'connect'), refused]);
    for (const bytes of datagrams) {
      signal?.throwIfAborted();
      const sent = new Promise<void>((resolve, reject) => {
        open.send(bytes, (error) => (error === null ? resolve() : reject(error)));
      });
      await Promise.race([sent, refused]);
    }
    await Promise.race([pause(refusalWithinMs), refused]);
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionFailure(name, error);
  } finally {
    socket?.close();
  }
  report?.({
    type: 'step',
    note: note('channel.datagrams-sent', { count: datagrams.length, server: name }),
  });
}
