// Reads the clear text of a kit's database as any opener would, and gives what is needed to tell that it holds what the source gave.
import { createHash } from 'node:crypto';
import { readClearText } from '../../kdbx/kdbx.ts';
import type { ByteStream } from '../../kdbx/kdbx-crypto.ts';
import { fromKdbxEntry } from '../../sources/secrets/kdbx-entry.ts';
import { type DigestKey, DigestList, recordDigest } from './record-digest.ts';

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
  for await (const entries of readClearText(hashed(clear))) {
    for (const entry of entries) {
      const { record, origin } = fromKdbxEntry(entry);
      digests.add(recordDigest(key, origin.source ?? '', record));
    }
  }
  return { sha256: sha256.digest('hex'), digests: digests.sorted(), records: digests.length };

  async function* hashed(pieces: ByteStream): ByteStream {
    for await (const piece of pieces) {
      sha256.update(piece);
      yield piece;
    }
  }
}
