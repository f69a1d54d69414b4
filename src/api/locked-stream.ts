// A download from something that is open only while a callback runs: the answer begins at once, and what is open stays open
// until the last byte has been taken, or whoever asked has gone.
import type { Download } from './route.ts';

/**
 * Opens by `open`, makes the download, and keeps it open while it is read. What goes wrong before the first byte is thrown here.
 */
export function streamOut<Opened>(
  open: (work: (opened: Opened, signal: AbortSignal) => Promise<void>) => Promise<void>,
  signal: AbortSignal,
  make: (opened: Opened, signal: AbortSignal) => Download | Promise<Download>,
): Promise<Download> {
  return new Promise<Download>((resolve, reject) => {
    open(async (opened, inner) => {
      const made = await make(opened, inner);
      const isOver = Promise.withResolvers<void>();
      const end = (): void => isOver.resolve();
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      resolve({ ...made, content: thenEnd(made.content, end) });
      await isOver.promise;
    }).catch(reject);
  });
}

async function* thenEnd(content: AsyncIterable<Uint8Array>, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } finally {
    end();
  }
}
