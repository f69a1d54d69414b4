// Reads what a pack says of itself, by its last bytes.
import type { Operation } from '../../base/operation.ts';
import { damagedPack } from '../format/damage.ts';
import type { IndexedPack } from '../format/index-file.ts';
import { packKey } from '../format/layout.ts';
import { decodeHeaderLength, decodePackHeader, packBytes, packTrailerBytes } from '../format/pack-header.ts';
import type { PackId } from '../ids.ts';
import type { Repository } from '../repository/repository.ts';
import { pickSignal } from '../repository/sealed-files.ts';

// Enough for the headers of most packs; larger ones take a second request.
const firstRequestBytes = 4096;

/** The pack's blobs by its header, which must explain every byte of it. @throws Failure `repository.damaged-pack` */
export async function readPackHeader(
  { backend, sealer }: Pick<Repository, 'backend' | 'sealer'>,
  id: PackId,
  size: number,
  options: Operation = {},
): Promise<IndexedPack> {
  if (size < packTrailerBytes) throw damagedPack(id, 'it is too short');
  const load = (bytes: number): Promise<Buffer> =>
    backend.load(packKey(id), { offset: size - bytes, length: bytes }, pickSignal(options));
  let tail = await load(Math.min(size, firstRequestBytes));
  const length = decodeHeaderLength(id, tail, size);
  const needed = length + packTrailerBytes;
  if (needed > tail.length) tail = await load(needed);
  const header = sealer.open(tail.subarray(tail.length - needed, tail.length - packTrailerBytes));
  if (header === undefined) throw damagedPack(id, 'the seal of its header is broken');
  const blobs = decodePackHeader(id, header);
  if (packBytes(blobs) !== size) throw damagedPack(id, 'its header does not explain all of its bytes');
  return { id, blobs };
}
