// Free ports of this machine, for servers that cannot choose one themselves.
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

// Below those that the kernel gives by itself to whoever connects: until its server takes it, nobody gets the port by chance.
const [firstPort, endPort] = [10_000, 32_000];
const given = new Set<number>();

/** A port that nobody listens on, for TCP and UDP of 127.0.0.1; never the same twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(firstPort, endPort);
    if (given.has(port)) continue;
    given.add(port);
    if ((await isFreeOverTcp(port)) && (await isFreeOverUdp(port))) return port;
  }
}

async function isFreeOverTcp(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function isFreeOverUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  return await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
  });
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
