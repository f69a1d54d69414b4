// One worker thread of a copy: gets stretches of packs, and seals what is in them with the other repository's key.
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { answerQuestions } from '../threads/answering-thread.ts';
import { sealerOfLentKey } from '../threads/key-for-thread.ts';
import { StretchResealer, type Stretch } from './reseal-stretch.ts';
import type { LentKeys } from './reseal-threads.ts';

assert.ok(parentPort !== null);
const keys = workerData as LentKeys;
const sealers = [await sealerOfLentKey(keys.from), await sealerOfLentKey(keys.to)] as const;
const resealer = await StretchResealer.create(...sealers);

answerQuestions<Stretch, Uint8Array>(
  parentPort,
  (stretch) => resealer.reseal(stretch),
  () => {
    resealer.close();
    for (const sealer of sealers) sealer.wipe();
  },
);
