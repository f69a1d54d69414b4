// Free ports of this machine, for servers that cannot choose one themselves.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A port that nobody listens on, for TCP and UDP of 127.0.0.1. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const datagrams = createSocket('udp4');
  const isFree = await new Promise<boolean>((resolve) => {
    datagrams.once('error', () => resolve(false));
    datagrams.bind(address.port, '127.0.0.1', () => resolve(true));
  });
  if (isFree) datagrams.close();
  server.close();
  await once(server, 'close');
  return isFree ? address.port : freePort();
}

/** Resolves when something accepts connections on the port; gives up after 60 s. */
export async function waitForPort(port: number): Promise<void> {
  await waitUntil(async () => {
    const socket = connect(port, '127.0.0.1');
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    return isUp ? true : undefined;
  }, `a server on port ${port}`);
}

/** Asks again and again until the answer is not undefined; after 60 s it says what did not come. */
export async function waitUntil<Value>(ask: () => Promise<Value | undefined>, what: string): Promise<Value> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${what} did not come within 60 s`);
    await pause(20);
  }
}
