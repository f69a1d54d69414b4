// A line that can be cut: it stands between us and a real server, and passes bytes until a test tells it otherwise.
import { type Socket, connect, createServer } from 'node:net';

/** A TCP line to a server on this machine. */
export interface Line {
  /** Where to connect instead. */
  readonly host: string;
  readonly port: number;
  /** Passes nothing any more, in either direction, and answers nothing: a route that drops packets in silence. */
  swallow(): void;
  /** Passes everything again. What was under way meanwhile is cut, as its peers would do by then. */
  pass(): void;
  /** Resets every connection (RST), as a firewall or a crashed host does. */
  reset(): void;
  /** Does `action` once, as soon as this many more bytes have gone to the server. */
  afterBytes(bytes: number, action: () => void): void;
  /** How many bytes have come, both ways together. */
  passed(): number;
  stop(): Promise<void>;
}

/** Opens a line to `port`. Stop it in `after`. */
export async function openLine(port: number, host = '127.0.0.1'): Promise<Line> {
  const sockets = new Set<Socket>();
  let isSwallowing = false;
  let passed = 0;
  let trap: { bytes: number; action: () => void } | undefined;

  function count(bytes: number): void {
    if (trap === undefined) return;
    trap.bytes -= bytes;
    if (trap.bytes > 0) return;
    const { action } = trap;
    trap = undefined;
    action();
  }

  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host, allowHalfOpen: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk: Buffer) => {
        passed += chunk.length;
        if (isSwallowing) return;
        if (!to.write(chunk)) from.pause();
        if (from === near) count(chunk.length);
      });
      to.on('drain', () => from.resume());
      from.on('end', () => {
        if (!isSwallowing) to.end();
      });
      from.on('error', () => {
        if (!isSwallowing) to.resetAndDestroy();
      });
      from.on('close', () => {
        sockets.delete(from);
        if (!isSwallowing) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    host: '127.0.0.1',
    port: address.port,
    swallow() {
      isSwallowing = true;
    },
    pass() {
      isSwallowing = false;
      reset();
    },
    reset,
    afterBytes(bytes, action) {
      trap = { bytes, action };
    },
    passed: () => passed,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      reset();
      await closed;
    },
  };
}
