// One worker thread of a backup into several repositories: gets packs, and seals what is in them with another repository's key.
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { answerQuestions } from '../threads/answering-thread.ts';
import { type LentKeys, sealersOfLentKeys } from '../threads/key-for-thread.ts';
import { PackResealer, type PackToReseal, type ResealedPack } from './reseal-pack.ts';

assert.ok(parentPort !== null);
const sealers = await sealersOfLentKeys(workerData as LentKeys);
const resealer = new PackResealer(...sealers);

answerQuestions<PackToReseal, ResealedPack>(
  parentPort,
  (pack) => resealer.reseal(pack),
  () => {
    for (const sealer of sealers) sealer.wipe();
  },
);
