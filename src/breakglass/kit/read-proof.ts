// Reads the clear text of a kit's database as an opener does, and gives what is needed to tell that it holds what the source gave.
import { createHash } from 'node:crypto';
import type { ByteStream } from '../../kdbx/kdbx-crypto.ts';
import { readOwnDocument } from './own-document.ts';
import { contentDigest, type DigestKey, DigestList, recordDigest } from './record-digest.ts';

/** A clear text that was read to its end. */
export interface ProofReading {
  /** Of the clear text. */
  sha256: string;
  /** Of its records, sorted. */
  digests: Buffer;
  records: number;
}

/** Reads it; a piece may be taken back when the next one is asked for. @throws Failure `kdbx.damaged`, `kdbx.over-limit` */
export async function readProof(clear: ByteStream, key: DigestKey): Promise<ProofReading> {
  const sha256 = createHash('sha256');
  const digests = new DigestList();
  await readOwnDocument(hashed(clear), {
    entry: (entry) => digests.add(contentDigest(key, entry)),
    record: (sourceId, record) => digests.add(recordDigest(key, sourceId, record)),
  });
  return { sha256: sha256.digest('hex'), digests: digests.sorted(), records: digests.length };

  async function* hashed(pieces: ByteStream): ByteStream {
    for await (const piece of pieces) {
      sha256.update(piece);
      yield piece;
    }
  }
}
