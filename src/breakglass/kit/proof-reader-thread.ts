// A worker thread that reads one kit's clear text along.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import { freeBuffer } from '../../base/free-buffer.ts';
import { endOfQuestions } from '../../engine/threads/answering-thread.ts';
import { toWire, type WireError } from '../../engine/threads/wire-error.ts';
import type { ByteStream } from '../../kdbx/kdbx-crypto.ts';
import { type ProofReading, readProof } from './read-proof.ts';
import { digestKeyOf } from './record-digest.ts';

/** What comes next. */
export type ProofQuestion = { piece: Uint8Array } | { isEnd: true };

/** Comes when a piece was read, or to the end; from the first error on, each answer is that. */
export interface ProofAnswer {
  reading?: ProofReading;
  error?: WireError;
}

assert.ok(parentPort !== null);
const port = parentPort;
const pieces = new PassThrough({ objectMode: true });
const keyBytes = workerData as Uint8Array<ArrayBuffer>;
const key = digestKeyOf(keyBytes);
keyBytes.fill(0);
const answer = (found: ProofAnswer): void => port.postMessage(found);
let failed: ProofAnswer | undefined;

async function* answered(): ByteStream {
  for await (const piece of pieces as AsyncIterable<Uint8Array>) {
    yield piece;
    // It is read by now, and the clear text of secrets.
    piece.fill(0);
    freeBuffer(piece);
    answer({});
  }
}

port.on('message', (message: ProofQuestion | typeof endOfQuestions) => {
  if (message === endOfQuestions) {
    pieces.destroy();
    port.close();
  } else if (failed !== undefined) answer(failed);
  else if ('piece' in message) pieces.write(message.piece);
  else pieces.end();
});

readProof(answered(), key).then(
  (reading) => answer({ reading }),
  (error: unknown) => {
    failed = { error: toWire(error) };
    answer(failed);
  },
);
