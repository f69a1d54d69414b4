// One worker thread of `check --read-data`: gets packs, gives what is wrong with them.
import assert from 'node:assert/strict';
import { parentPort, workerData } from 'node:worker_threads';
import { MasterKey } from '../crypto/master-key.ts';
import { Sealer } from '../crypto/seal.ts';
import { createCompressor } from '../format/compression.ts';
import { BlobOpener } from '../repository/blob-opener.ts';
import { checkPack } from './check-pack.ts';
import type { PackAnswer, PackQuestion } from './pack-checkers.ts';

assert.ok(parentPort !== null);
const port = parentPort;
const masterKey = new MasterKey(Buffer.from((workerData as { keyBytes: Uint8Array<ArrayBuffer> }).keyBytes.buffer));
const sealer = await Sealer.create(masterKey);
masterKey.wipe();
const tools = { sealer, opener: new BlobOpener(sealer, await createCompressor(3)) };

port.on('message', (question: PackQuestion | 'end') => {
  if (question === 'end') {
    tools.opener.close();
    sealer.wipe();
    port.close();
    return;
  }
  const { id, headerHash, bytes } = question;
  const answer: PackAnswer = checkPack(
    tools,
    id,
    headerHash,
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  );
  port.postMessage(answer);
});
