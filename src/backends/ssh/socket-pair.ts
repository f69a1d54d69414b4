// Two connected sockets: one is ours, the other a program's standard input and output. What comes lands in one buffer that is used
// again and again: Node's own pipes take fresh memory for every 64 KiB, which costs more than the transfer itself.
import { once } from 'node:events';
import { type Socket, connect, createServer } from 'node:net';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** `near` is ours. `far` is for the program; destroy it here once the program has it. */
export interface SocketPair {
  near: Socket;
  far: Socket;
}

let pairs = 0;

/**
 * Makes a pair by way of a name in a private folder, which is gone again afterwards. `received` gets what comes; the bytes are
 * only its own until it returns.
 */
export async function socketPair(
  folder: string,
  bufferBytes: number,
  received: (bytes: Buffer) => void,
): Promise<SocketPair> {
  pairs += 1;
  const path = join(folder, `pair-${pairs}`);
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  try {
    server.listen(path);
    await once(server, 'listening');
    const buffer = Buffer.allocUnsafeSlow(bufferBytes);
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const near = connect({
      path,
      allowHalfOpen: true,
      onread: {
        buffer,
        callback(bytes) {
          received(buffer.subarray(0, bytes));
          return true;
        },
      },
    });
    const [[far]] = await Promise.all([accepted, once(near, 'connect')]);
    return { near, far };
  } finally {
    server.close();
    await rm(path, { force: true });
  }
}
