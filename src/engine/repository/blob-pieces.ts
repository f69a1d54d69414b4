// A large compressed blob, of which only the compressed form is ever in memory: the tree of a million entries is hundreds of megabytes of text.
import { createHash } from 'node:crypto';
import type { Sealer } from '../crypto/seal.ts';
import { damagedPack } from '../format/damage.ts';
import { frameStreams } from '../format/frame-stream.ts';
import { refuseBomb } from './blob-opener.ts';
import type { LocatedBlob } from './pack-reader.ts';

/**
 * Opens the blob, expands it once to prove that it is what its id says, and gives what expands it again, a piece at a time.
 * @throws Failure `repository.damaged-pack`
 */
export async function openInPieces(
  blob: LocatedBlob,
  sealer: Pick<Sealer, 'open'>,
  sealed: Uint8Array,
): Promise<() => Iterable<Buffer>> {
  const { packId, id, uncompressedLength } = blob;
  const frame = sealer.open(sealed);
  if (frame === undefined) throw damagedPack(packId, 'its seal is broken', id);
  refuseBomb(blob, frame.length);
  const streams = await frameStreams();
  const digest = createHash('sha256');
  let bytes = 0;
  try {
    for (const piece of streams.content(frame, uncompressedLength)) {
      digest.update(piece);
      bytes += piece.length;
    }
  } catch {
    throw damagedPack(packId, 'it cannot be decompressed', id);
  }
  if (bytes !== uncompressedLength) throw damagedPack(packId, 'it cannot be decompressed', id);
  if (digest.digest('hex') !== id) throw damagedPack(packId, 'its content does not match its id', id);
  return () => streams.content(frame, uncompressedLength);
}
