// One worker thread of a restore: gets stretches of packs and writes what is in them.
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { createTwinHasher } from '../crypto/twin-hash.ts';
import { openPosixFiles } from '../files/open-posix-files.ts';
import { createCompressor } from '../format/compression.ts';
import { BlobOpener } from '../repository/blob-opener.ts';
import { freeBuffer } from '../../base/free-buffer.ts';
import { answerQuestions } from '../threads/answering-thread.ts';
import { type LentKey, sealerOfLentKey } from '../threads/key-for-thread.ts';
import { type PackedJob, unpackJob, type WriteOutcome } from './write-job.ts';
import { writePack } from './write-pack.ts';

assert.ok(parentPort !== null);
const sealer = await sealerOfLentKey(workerData as LentKey);
const opener = new BlobOpener(sealer, await createCompressor(3), await createTwinHasher());
const tools = { opener, files: await openPosixFiles() };

answerQuestions<PackedJob, WriteOutcome>(
  parentPort,
  (job) => {
    try {
      return writePack(tools, unpackJob(job));
    } finally {
      freeBuffer(job.bytes);
    }
  },
  () => {
    opener.close();
    sealer.wipe();
  },
);
