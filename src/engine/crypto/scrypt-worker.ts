// A worker thread of one key derivation: gets lanes, gives them back mixed.
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { answerQuestions } from '../threads/answering-thread.ts';
import type { ScryptCost } from './key-derivation.ts';
import { laneMixer } from './scrypt-mixer.ts';
import type { MixedLanes } from './threaded-scrypt.ts';

assert.ok(parentPort !== null);
const mixer = laneMixer(workerData as ScryptCost);

answerQuestions<Uint8Array, MixedLanes>(
  parentPort,
  (lanes) => {
    mixer?.(lanes);
    return mixer && lanes;
  },
  () => {},
);
