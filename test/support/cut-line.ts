// A line to a server that can be cut: TCP on loopback, byte for byte, until so many bytes of answers have passed.
import { connect, createServer, type AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A line. */
export interface CutLine {
  port: number;
  /** Bytes of answers that have passed since the last `cutAfter`. */
  passed(): number;
  /** Cuts every connection when so many more bytes of answers have passed, and lets nothing through after that. */
  cutAfter(bytes: number): void;
}

/** Lays a line to a port, or to whatever `target` gives at each connection. */
export async function cutLine(context: TestContext, target: number | (() => number)): Promise<CutLine> {
  let [passed, left] = [0, Number.POSITIVE_INFINITY];
  const open = new Set<() => void>();
  const server = createServer((near) => {
    const far = connect(typeof target === 'number' ? target : target(), '127.0.0.1');
    const end = (): void => {
      near.destroy();
      far.destroy();
      open.delete(end);
    };
    open.add(end);
    for (const one of [near, far]) one.on('error', end).on('close', end);
    if (left <= 0) return end();
    near.on('data', (bytes) => far.write(bytes));
    far.on('data', (bytes) => {
      const taken = bytes.subarray(0, Math.min(bytes.length, left));
      left -= bytes.length;
      passed += taken.length;
      if (left > 0) near.write(taken);
      // What was said until here arrives, and then the line is dead.
      else near.write(taken, () => [...open].forEach((cut) => cut()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    for (const end of open) end();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    passed: () => passed,
    cutAfter(bytes) {
      [passed, left] = [0, bytes];
    },
  };
}
