// Bytes that are made while they are sent. Backpressure is the stream's own: nothing is read from the destination that the
// browser has not taken.
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { isFailure } from '../base/failure.ts';
import type { ContentAnswer } from './route.ts';

/**
 * Sends what `open` gives; its signal is aborted when whoever asked has gone, and then nothing is answered or told.
 * @throws what `open` and the first piece throw
 */
export async function sendBytes(
  reply: FastifyReply,
  open: (signal: AbortSignal) => Promise<ContentAnswer>,
): Promise<FastifyReply> {
  const gone = new AbortController();
  reply.raw.on('close', () => gone.abort(new DOMException('whoever asked has gone', 'AbortError')));
  try {
    const answer = await open(gone.signal);
    // The first piece is made before the answer begins: until then a failure can still be told as one, and not be saved as the file.
    const pieces = answer.body[Symbol.asyncIterator]();
    const first = await pieces.next();
    const body = Readable.from(bodyFrom(first, pieces, answer), { objectMode: false, highWaterMark: 256 * 1024 });
    return reply.status(answer.status).headers(answer.headers).send(body);
  } catch (error) {
    if (gone.signal.aborted && error === gone.signal.reason) return reply.hijack();
    throw error;
  }
}

async function* bodyFrom(
  first: IteratorResult<Uint8Array | string>,
  pieces: AsyncIterator<Uint8Array | string>,
  { atFailure }: ContentAnswer,
): AsyncGenerator<Uint8Array | string> {
  try {
    for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value;
  } catch (error) {
    if (!isFailure(error) || atFailure === undefined) throw error;
    yield atFailure(error);
  } finally {
    await pieces.return?.();
  }
}
