// One worker thread of `check --read-data`: gets packs, gives what is wrong with them.
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { freeBuffer } from '../../base/free-buffer.ts';
import { answerQuestions } from '../threads/answering-thread.ts';
import { type LentKey, sealerOfLentKey } from '../threads/key-for-thread.ts';
import { checkPack, openPackTools } from './check-pack.ts';
import type { PackAnswer, PackQuestion } from './pack-checkers.ts';

assert.ok(parentPort !== null);
const sealer = await sealerOfLentKey(workerData as LentKey);
const tools = await openPackTools(sealer);

answerQuestions<PackQuestion, PackAnswer>(
  parentPort,
  ({ id, headerHash, bytes }) => {
    try {
      return checkPack(tools, id, headerHash, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    } finally {
      freeBuffer(bytes);
    }
  },
  () => {
    tools.opener.close();
    sealer.wipe();
  },
);
