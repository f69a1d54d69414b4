// One worker thread of a copy: gets stretches of packs, and seals what is in them with the other repository's key.
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { answerQuestions } from '../threads/answering-thread.ts';
import { type LentKeys, sealersOfLentKeys } from '../threads/key-for-thread.ts';
import { StretchResealer, type Stretch } from './reseal-stretch.ts';

assert.ok(parentPort !== null);
const sealers = await sealersOfLentKeys(workerData as LentKeys);
const resealer = await StretchResealer.create(...sealers);

answerQuestions<Stretch, Uint8Array>(
  parentPort,
  (stretch) => resealer.reseal(stretch),
  () => {
    resealer.close();
    for (const sealer of sealers) sealer.wipe();
  },
);
