// A blob that is hashed and compressed as it comes: only its compressed form is held until it is known whether it is new.
import { createHash } from 'node:crypto';
import type { Operation } from '../../base/operation.ts';
import type { FrameStreams } from '../format/frame-stream.ts';
import type { FramedBlob } from './blob-sealer.ts';
import type { SavedBlob, StreamedBlob } from './blob-store.ts';

/** `save` gets what was made of all pieces. */
export function framedStream(
  streams: FrameStreams,
  level: number,
  save: (framed: FramedBlob, options: Operation) => Promise<SavedBlob>,
): StreamedBlob {
  const digest = createHash('sha256');
  const writer = streams.start(level);
  let plaintextBytes = 0;
  return {
    write(piece) {
      digest.update(piece);
      writer.write(piece);
      plaintextBytes += piece.length;
    },
    finish: (options = {}) => save({ frame: writer.finish(), digest: digest.digest(), plaintextBytes }, options),
    discard: () => writer.discard(),
  };
}
